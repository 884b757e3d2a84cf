"""Start a daemon where none answers."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from steadyvoice.client.client import Client
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.ipc.errors import SteadyvoiceError

_BOOT_S: Final = 30.0


class StartFailed(SteadyvoiceError):
    """The daemon that was started ended before it answered."""


def connect(path: Path, *, autostart: bool) -> tuple[Client, int]:
    """A client of the daemon at ``path``, and the pid of the daemon started for it, 0 where one was there.

    DaemonUnreachable without autostart; StartFailed with the daemon's own words where it cannot start.
    """
    try:
        return Client(path), 0
    except DaemonUnreachable:
        if not autostart:
            raise
    return _start(path)


def _start(path: Path) -> tuple[Client, int]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = open(f"{path}.log", "a+")  # noqa: SIM115 - the daemon keeps it
    except OSError as error:
        raise StartFailed(f"cannot start a daemon at {path}: {error.strerror}; pass --socket PATH") from error
    with log:
        start = log.tell()
        daemon = subprocess.Popen(
            [sys.executable, "-m", "steadyvoice.daemon", "--socket", str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"},  # it is not that service
        )
        deadline = time.monotonic() + _BOOT_S
        while time.monotonic() < deadline:
            ended = daemon.poll() is not None
            try:
                return Client(path), daemon.pid
            except DaemonUnreachable:
                if ended:  # and no other one, started at the same moment, serves in its place
                    log.seek(start)
                    lines = log.read().strip().splitlines()
                    raise StartFailed(lines[-1] if lines else "the daemon ended at once") from None
            time.sleep(0.005)
    daemon.terminate()
    raise StartFailed(f"the daemon did not answer within {_BOOT_S:g} s; see {path}.log")
