"""The socket under a session: it never blocks, and moves bytes and descriptors whenever it can."""

import contextlib
import socket
from functools import partial
from pathlib import Path
from typing import Final

from steadyvoice.client.errors import ClientClosed, DaemonUnreachable, ErrorFactory
from steadyvoice.client.session import Session
from steadyvoice.ipc import descriptors
from steadyvoice.ipc import messages as m

RETRY_S: Final = 0.01
_CHUNK: Final = 1 << 16
_MAX_FDS: Final = 16


def new_socket() -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    sock.setblocking(False)
    return sock


def is_connected(sock: socket.socket, path: Path) -> bool:
    """Try. False while the daemon's queue is full, which a Unix socket cannot wait for; OSError where there is none."""
    try:
        sock.connect(str(path))
    except BlockingIOError:
        return False
    return True


def unreachable(path: Path, error: OSError) -> DaemonUnreachable:
    if isinstance(error, TimeoutError):
        return DaemonUnreachable(f"the daemon at {path} accepts nobody; see svctl doctor")
    why = error.strerror or str(error)
    return DaemonUnreachable(f"no daemon at {path} ({why}); start one: svd")


def no_reply(path: Path, seconds: float) -> DaemonUnreachable:
    return DaemonUnreachable(f"the daemon at {path} has not answered in {seconds:g} s; see svctl doctor")


def closed() -> ClientClosed:
    return ClientClosed("this client is closed; make a new one")


class Link:
    def __init__(self, sock: socket.socket, path: Path) -> None:
        self.session = Session(path)
        self._socket = sock
        self._transferring = False

    def is_alive(self) -> bool:
        """Look, without waiting, whether the daemon is still there. All that it has said is heard."""
        while self.transfer():
            pass
        return self.session.error is None

    def transfer(self) -> bool:
        """Send what can be sent, hear what is there; whether anything was. Interrupted in the midst, all is lost."""
        if self._transferring or self.session.error is not None:  # moving: this is the garbage collector's errand
            return False
        try:
            self._transferring = True
            self._write()
            heard = self._read()
            if heard:
                self._write()  # what the answers have left to be done
            if self.session.error is not None:
                self._close_socket()
            self._transferring = False
            return heard
        except BaseException:
            self.terminate(
                partial(DaemonUnreachable, "the connection was interrupted in the midst of a message; ask again")
            )
            raise

    def _write(self) -> None:
        self.session.flush_deferred()
        outgoing = self.session.outgoing
        while outgoing:
            try:
                del outgoing[: self._socket.send(outgoing)]
            except BlockingIOError:
                return
            except OSError:  # the daemon has gone: what it has said before is still to be read
                outgoing.clear()

    def _read(self) -> bool:
        try:
            data, fds = descriptors.receive(self._socket, _CHUNK, _MAX_FDS)
        except BlockingIOError:
            return False
        except OSError:
            data, fds = b"", []
        self.session.feed(data, fds)
        return True

    def fire_and_forget(self, request: m.Request) -> None:
        """Send it as soon as that is possible; nobody waits for the answer. Never raises."""
        self.session.fire_and_forget(request)
        self.transfer()

    def terminate(self, why: ErrorFactory) -> None:
        """End it for this reason: the daemon silences what this client has asked for."""
        self.session.terminate(why)
        self._close_socket()

    def _close_socket(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def close(self) -> None:
        self.terminate(closed)
