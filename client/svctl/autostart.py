"""Start a daemon if none is running."""

import contextlib
import fcntl
import os
import stat
import subprocess
import time
from typing import Final

from steadyvoice.client.svctl.console import note
from steadyvoice.client.svctl.json_connection import DaemonUnreachable, JsonConnection
from steadyvoice.client.svctl.refusals import ADVICE
from steadyvoice.ipc import child
from steadyvoice.ipc.control_socket import make_folder
from steadyvoice.ipc.errors import SteadyvoiceError

_BOOT_S: Final = 30.0
_OTHER_DAEMON_S: Final = 2.0
"""Seconds to wait for a daemon started elsewhere; it needs only milliseconds from its lock to its socket."""
_LOG_BYTES: Final = 1 << 16


class StartFailed(SteadyvoiceError):
    """The daemon could not be started, or ended before it answered."""


def connect(path: str) -> JsonConnection:
    """Like `start`, and print a line on stderr if a daemon was started."""
    lines, pid = start(path)
    if pid:
        note(f"started svd in the background (pid {pid}); it keeps running for the next call")
    return lines


def start(path: str, configuration: str = "") -> tuple[JsonConnection, int]:
    """Connect to the daemon at ``path``. Returns the connection and the pid of the daemon started for it, else 0.

    configuration: file that a new daemon is started with; empty: the user's, if there is one.

    If several processes call this at the same time, one starts a daemon and the others wait for it. StartFailed with
    the daemon's own error message if it cannot start.
    """
    try:
        make_folder(path)
        with contextlib.ExitStack() as cleanup:
            log = _log(f"{path}.log")
            cleanup.callback(os.close, log)
            start_lock = os.open(
                f"{path}.log" if _is_own_file(log) else os.path.dirname(path) or os.curdir, os.O_RDONLY
            )
            cleanup.callback(os.close, start_lock)
            return _start(path, configuration, log, start_lock)
    except OSError as error:
        raise StartFailed(f"cannot start a daemon at {path}: {error.strerror}; {_advice(path, error)}") from error


def _advice(path: str, error: OSError) -> str:
    if error.errno in ADVICE:
        return ADVICE[error.errno]
    try:
        os.path.abspath(path)
    except OSError:
        return "the working directory no longer exists: change to another one"
    return "name a socket in a folder of your own with --socket, or in STEADYVOICE_SOCKET"


def _log(name: str) -> int:
    """Open the daemon's log, readable by its user only.

    If no such file can be made, use memory that ends with the daemon: a missing log must not prevent speech.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with contextlib.suppress(OSError):
        fd = os.open(name, flags, 0o600)
        if _is_own_file(fd):
            os.fchmod(fd, 0o600)  # older versions made it readable by all users
            return fd
        os.close(fd)
    try:
        fd = os.memfd_create("steadyvoice.log")
    except OSError:
        return os.open(os.devnull, os.O_RDWR | os.O_APPEND)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    return fd


def _is_own_file(fd: int) -> bool:
    """Whether it is a regular file of this user with a single link: not a pipe, a device or a link to another file."""
    info = os.fstat(fd)
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and info.st_nlink == 1


def _start(path: str, configuration: str, log: int, start_lock: int) -> tuple[JsonConnection, int]:
    """log: inherited by the daemon. start_lock: locked by the process that starts a daemon; a lock on ``log`` would be
    inherited too.
    """
    daemon: subprocess.Popen[bytes] | None = None
    begin, deadline, ended = 0, time.monotonic() + _BOOT_S, False
    try:
        while time.monotonic() < deadline:
            if daemon is not None and not ended and daemon.poll() is not None:
                ended, deadline = True, time.monotonic() + _OTHER_DAEMON_S
            try:
                lines = JsonConnection(path)
                return lines, daemon.pid if daemon is not None and daemon.pid == lines.pid else 0
            except DaemonUnreachable:
                if ended and not os.path.exists(f"{path}.lock"):
                    break  # and no other daemon is about to answer
                if daemon is None and _try_lock(start_lock):
                    begin = os.lseek(log, 0, os.SEEK_END)
                    daemon = _spawn(path, configuration, log)
            time.sleep(0.005)
        if not ended:
            if daemon is not None:
                daemon.terminate()
            raise StartFailed(f"the daemon did not answer within {_BOOT_S:g} s; see {path}.log")
    finally:
        if daemon is not None:
            daemon.returncode = 0  # the daemon outlives this process: prevent Popen's warning about a running child
    logged = os.pread(log, _LOG_BYTES, begin).decode(errors="replace").strip().splitlines()
    own = [line.removeprefix("svd: ") for line in logged if line.startswith("svd: ")]
    raise StartFailed(["the daemon ended at once", *logged[-1:], *own[-1:]][-1])


def _try_lock(start_lock: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(start_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _spawn(path: str, configuration: str, log: int) -> "subprocess.Popen[bytes]":
    options = ["--config", configuration] if configuration else []
    return subprocess.Popen(
        child.command("steadyvoice.daemon", "--socket", os.path.abspath(path), *options),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        cwd="/",
        env=child.environment() | {"STEADYVOICE_STARTED_BY": "svctl"},
    )
