"""The non-blocking socket of a session: transfers bytes and descriptors when possible."""

import contextlib
import socket
from functools import partial
from pathlib import Path
from typing import Final

from steadyvoice.client.errors import ClientClosed, DaemonUnreachable, ErrorFactory
from steadyvoice.client.session import Session
from steadyvoice.ipc import descriptors, requests

RETRY_S: Final = 0.01
_CHUNK: Final = 1 << 16
_MAX_FDS: Final = 16


def new_socket() -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    sock.setblocking(False)
    return sock


def is_connected(sock: socket.socket, path: Path) -> bool:
    """Try to connect. False while the daemon's backlog is full, which cannot be polled; OSError if nothing listens."""
    try:
        sock.connect(str(path))
    except BlockingIOError:
        return False
    return True


def unreachable(path: Path, error: OSError) -> DaemonUnreachable:
    if isinstance(error, TimeoutError):
        return DaemonUnreachable(f"the daemon at {path} does not accept connections; see svctl doctor")
    why = error.strerror or str(error)
    return DaemonUnreachable(f"no daemon at {path} ({why}); start one: svd")


def no_reply(path: Path, seconds: float) -> DaemonUnreachable:
    return DaemonUnreachable(f"the daemon at {path} has not answered in {seconds:g} s; see svctl doctor")


def closed() -> ClientClosed:
    return ClientClosed("this client is closed; make a new one")


class Link:
    """A session and its socket. Subclasses decide when to wait. Use it from one thread."""

    def __init__(self, sock: socket.socket, path: Path) -> None:
        self.session = Session(path)
        self._socket = sock
        self._transferring = False

    def is_alive(self) -> bool:
        """Return, without waiting, whether the daemon is still connected. Processes everything that it has sent."""
        while self.transfer():
            pass
        return self.session.error is None

    def transfer(self) -> bool:
        """Send and receive as much as possible without waiting. Return whether anything was received.

        If an exception interrupts the transfer, the session ends, because a message may be half read or half written.
        """
        if self._transferring or self.session.error is not None:  # re-entered from the garbage collector
            return False
        try:
            self._transferring = True
            self._write()
            received = self._read()
            if received:
                self._write()  # requests that the events have triggered
            if self.session.error is not None:
                self._close_socket()
            self._transferring = False
            return received
        except BaseException:
            self.terminate(partial(DaemonUnreachable, "the connection was interrupted within a message; try again"))
            raise

    def _write(self) -> None:
        self.session.flush_deferred()
        outgoing = self.session.outgoing
        while outgoing:
            try:
                del outgoing[: self._socket.send(outgoing)]
            except BlockingIOError:
                return
            except OSError:  # the daemon has closed the connection; its last messages can still be read
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

    def fire_and_forget(self, request: requests.Request) -> None:
        """Queue a request, try to send it and ignore its reply. Never raises.

        May be called by the garbage collector.
        """
        self.session.fire_and_forget(request)
        self.transfer()

    def terminate(self, make_error: ErrorFactory) -> None:
        """End the session with this error and close the socket; the daemon then cancels this client's utterances."""
        self.session.terminate(make_error)
        self._close_socket()

    def _close_socket(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def close(self) -> None:
        self.terminate(closed)
