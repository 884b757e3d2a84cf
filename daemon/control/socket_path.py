"""The Unix socket's path: reserved by a lock file, bound, and removed at the end."""

import contextlib
import errno
import fcntl
import hashlib
import os
import socket
from pathlib import Path

from steadyvoice.ipc import control_socket, refusals
from steadyvoice.ipc.errors import SteadyvoiceError


class AddressTaken(SteadyvoiceError):
    """Another daemon serves this socket, or the socket cannot be created."""


class Address:
    """The socket's path, reserved by a file lock, which distinguishes a stale socket from one that a daemon serves."""

    def __init__(self, path: Path) -> None:
        """Reserve the path. AddressTaken."""
        try:
            self.path = path.absolute()
        except OSError as error:
            raise AddressTaken("the working directory is gone; pass an absolute path with --socket") from error
        # The same at every start, so that a start finds and removes what a killed daemon of this path left.
        self.instance = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        self._lock_path = Path(f"{self.path}.lock")
        self._bound = False
        try:
            control_socket.make_folder(str(self.path))
            self._lock = self._acquire()
        except OSError as error:
            if isinstance(error, BlockingIOError):
                raise AddressTaken(f"another svd serves {path}; use it, or pass another --socket") from error
            raise AddressTaken(f"cannot make {path}: {error.strerror}; pass another --socket") from error

    def _acquire(self) -> int:
        while True:
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _lock(lock)
                if os.stat(self._lock_path).st_ino == os.fstat(lock).st_ino:
                    return lock
            except FileNotFoundError:
                pass
            except OSError:
                os.close(lock)
                raise
            os.close(lock)  # its owner removed the file and released the lock since the open

    def listen(self) -> socket.socket:
        """Create the socket, accessible to this user only, in place of a stale one. AddressTaken."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            if self.path.exists() and not self.path.is_socket():
                raise FileExistsError(errno.EEXIST, "a file that is no socket is in the way")
            if _has_listener(self.path):  # systemd after a failure of the service; a daemon would hold the lock
                raise OSError(errno.EADDRINUSE, "its service has failed (systemctl status steadyvoice)")
            self.path.unlink(missing_ok=True)
            mask = os.umask(0o177)
            try:
                sock.bind(str(self.path))
                self._bound = True
            finally:
                os.umask(mask)
            sock.listen(1024)
        except OSError as error:
            sock.close()
            why = error.strerror or error
            raise AddressTaken(f"cannot listen on {self.path}: {why}; pass another --socket") from error
        return sock

    def release(self) -> None:
        """Remove the files that this daemon created, but not a socket of systemd nor files of a later daemon."""
        with contextlib.suppress(OSError):
            if os.stat(self._lock_path).st_ino == os.fstat(self._lock).st_ino:
                if self._bound:
                    self.path.unlink(missing_ok=True)
                self._lock_path.unlink()
        os.close(self._lock)


def _lock(fd: int) -> None:
    """BlockingIOError if another process holds the lock. lockf where flock is refused."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if not refusals.is_refused(error, errno.ENOLCK):
            raise
        refusals.note("flock", error.errno)
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except PermissionError:  # POSIX allows this error too for a lock that is held
            raise BlockingIOError from None


def _has_listener(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as sock:
        return sock.connect_ex(str(path)) in (0, errno.EAGAIN)
