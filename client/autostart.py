"""Start a daemon where none answers."""

import contextlib
import fcntl
import os
import subprocess
import time
from typing import Final, TextIO

from steadyvoice.client.lines import DaemonUnreachable, Lines
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError

_BOOT_S: Final = 30.0
_OTHER_S: Final = 2.0
"""From a daemon's lock to its socket takes milliseconds."""


class StartFailed(SteadyvoiceError):
    """The daemon that was started ended before it answered."""


def start(path: str) -> tuple[Lines, int]:
    """A client of the daemon at ``path``, and the pid of the daemon that was started for it, 0 where another answers.

    Of several who call at the same moment one starts a daemon and the others wait for it.
    StartFailed with the daemon's own words where it cannot start.
    """
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), 0o700, exist_ok=True)
        with open(f"{path}.log", "a+") as log, open(f"{path}.log") as turn:
            return _start(path, log, turn)
    except OSError as error:
        raise StartFailed(f"cannot start a daemon at {path}: {error.strerror}; pass --socket PATH") from error


def _start(path: str, log: TextIO, turn: TextIO) -> tuple[Lines, int]:
    """turn: the log again, locked by the one who starts; ``log`` the daemon keeps, and a lock on it would stay."""
    daemon: subprocess.Popen[bytes] | None = None
    begin, deadline, ended = 0, time.monotonic() + _BOOT_S, False
    while time.monotonic() < deadline:
        if daemon is not None and not ended and daemon.poll() is not None:
            ended, deadline = True, time.monotonic() + _OTHER_S
        try:
            lines = Lines(path)
            return lines, daemon.pid if daemon is not None and daemon.pid == lines.pid else 0
        except DaemonUnreachable:
            if ended and not os.path.exists(f"{path}.lock"):
                break  # and none that was started by hand is about to answer
            if daemon is None and _locked(turn):
                begin = log.seek(0, os.SEEK_END)
                daemon = _spawn(path, log)
        time.sleep(0.005)
    if not ended:
        if daemon is not None:
            daemon.terminate()
        raise StartFailed(f"the daemon did not answer within {_BOOT_S:g} s; see {path}.log")
    log.seek(begin)
    raise StartFailed(["the daemon ended at once", *log.read().strip().splitlines()][-1])


def _locked(turn: TextIO) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _spawn(path: str, log: TextIO) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        child.command("steadyvoice.daemon", "--socket", os.path.abspath(path)),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        cwd="/",
        env=child.environment(),
    )
