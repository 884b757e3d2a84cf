"""A blocking connection to the daemon: requests out, events in, descriptors beside them."""

import itertools
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from steadyvoice.ipc import descriptors, wire
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import Refused, SteadyvoiceError

_EVENT_BYTES: Final = 16 << 20
_CHUNK: Final = 1 << 16

Reply = TypeVar("Reply", m.Welcome, m.Queued, m.Cancelled, m.StatusReply, m.VoicesReply)


class DaemonUnreachable(SteadyvoiceError):
    """No daemon answers at the socket, or it went away. Start one, then connect anew."""


class Connection:
    """Not for several threads at once. ``on_event`` hears every event, replies too, in their order."""

    def __init__(self, path: Path, on_event: Callable[[m.Event, list[int]], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._refs = itertools.count(1)
        self._frames = wire.Frames(_EVENT_BYTES)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            why = error.strerror or str(error)
            raise DaemonUnreachable(f"no daemon at {path} ({why}); start one: svd") from error
        self._replies: dict[int, m.Event | None] = {}
        """Of the requests that are waited for."""
        self._fds: list[int] = []
        """Descriptors received whose message is not yet whole."""

    def send(self, request: m.Request) -> int:
        """Send without waiting; return the number that the reply will carry."""
        ref = next(self._refs)
        try:
            self._socket.sendall(wire.encode(msgspec.structs.replace(request, ref=ref)))
        except OSError:
            self.receive()  # the daemon may have said why before it closed
            raise DaemonUnreachable(f"the daemon at {self._path} has gone away") from None
        return ref

    def ask(self, request: m.Request, kind: type[Reply]) -> Reply:
        """Send and wait for the reply. Refused where the daemon refuses."""
        ref = self.send(request)
        self._replies[ref] = None
        try:
            while (reply := self._replies[ref]) is None:
                self.receive()
        finally:
            del self._replies[ref]
        if isinstance(reply, m.Error):
            raise Refused(reply.code, reply.message, retryable=reply.retryable)
        assert isinstance(reply, kind)
        return reply

    def receive(self, timeout: float | None = None, *also: int) -> None:
        """Wait for the daemon, or for one of the descriptors ``also``, and hear all that is there.

        Refused where it refuses a request that nobody waits for.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        for fd in also:
            poll.register(fd, select.POLLIN)
        ready = poll.poll(None if timeout is None else timeout * 1000)
        if any(fd == self._socket.fileno() for fd, _ in ready):
            self._hear()

    def _hear(self) -> None:
        try:
            data, fds = descriptors.receive(self._socket, _CHUNK, 16)
        except OSError as error:
            raise DaemonUnreachable(f"the daemon at {self._path} has gone away") from error
        if not data:
            raise DaemonUnreachable(f"the daemon at {self._path} has gone away")
        self._fds += fds
        self._frames.feed(data)
        refusal: Refused | None = None
        while (message := self._frames.next()) is not None:
            event = wire.decode_event(message)
            ref = getattr(event, "ref", 0)
            if isinstance(event, m.Error) and ref not in self._replies:
                refusal = refusal or Refused(event.code, event.message, retryable=event.retryable)
            own: list[int] = []
            if isinstance(event, m.Started) and event.ring:
                own, self._fds = self._fds[:3], self._fds[3:]
            self._on_event(event, own)
            if ref in self._replies:
                self._replies[ref] = event
        if refusal is not None:
            raise refusal

    def close(self) -> None:
        self._socket.close()
