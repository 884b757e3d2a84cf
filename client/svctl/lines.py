"""``svctl``'s connection to the daemon: requests and events as JSON lines.

Programs have ``Client``, which carries samples in shared memory. A command that lives for one utterance would spend
more time on importing it than the daemon needs to answer.
"""

import json
import select
import socket
import sys
import time
from types import TracebackType
from typing import Any, Final, NoReturn, Self

from steadyvoice.client.errors import DaemonUnreachable as DaemonUnreachable
from steadyvoice.ipc.errors import RequestRefused

Event = dict[str, Any]
"""As docs/protocol.md has it."""

ANSWER_S: Final = 10.0
_CHUNK: Final = 1 << 16


class Lines:
    """Connected, or DaemonUnreachable. What it has queued falls silent when it is closed, unless detached."""

    def __init__(self, path: str, fd: int = -1, received: bytes = b"") -> None:
        """fd: a connection to ``path`` on which one request, number 1, has been sent; -1 where there is none yet.

        received: what has been read from it.
        """
        self._path = path
        self._buffer = received
        self._ref = 0
        if fd >= 0:
            self._ref, self._socket = 1, socket.socket(fileno=fd)
            self._socket.setblocking(True)
            return
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            why = error.strerror or error
            raise DaemonUnreachable(f"no daemon at {path} ({why}); start one: svd") from error

    @property
    def pid(self) -> int:
        """Of who listens there."""
        return int.from_bytes(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], sys.byteorder)

    def send(self, kind: str, **fields: object) -> int:
        """Return the number that the reply will carry."""
        self._ref += 1
        request = json.dumps({"type": kind, "ref": self._ref, **fields}, ensure_ascii=False)
        try:
            self._socket.sendall(request.encode() + b"\n")
        except OSError:
            while True:  # the daemon may have said why before it closed
                for event in self.receive():
                    refused(event)
        return self._ref

    def receive(self, timeout: float | None = None, *also: int) -> list[Event]:
        """The events that are there; waits for some, or until one of the descriptors ``also`` can be read."""
        if b"\n" in self._buffer:
            return self._events()
        poll = select.poll()
        for fd in (self._socket.fileno(), *also):
            poll.register(fd, select.POLLIN)
        ready = poll.poll(None if timeout is None else timeout * 1000)
        if all(fd != self._socket.fileno() for fd, _ in ready):
            return []
        try:
            data = self._socket.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            raise DaemonUnreachable(f"the daemon at {self._path} has gone away")
        self._buffer += data
        return self._events()

    def _events(self) -> list[Event]:
        if not self._buffer.startswith(b"{"):
            self._turned_away()
        *lines, self._buffer = self._buffer.split(b"\n")
        return [json.loads(line) for line in lines]

    def ask(self, kind: str, timeout: float = ANSWER_S, **fields: object) -> Event:
        """Send and return the reply. RequestRefused where the daemon refuses."""
        ref = self.send(kind, **fields)
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            for event in self.receive(left):
                if event.get("ref") == ref:
                    refused(event)
                    return event
        raise DaemonUnreachable(f"the daemon at {self._path} has not answered for {timeout:g} s; see svctl doctor")

    def _turned_away(self) -> NoReturn:
        """One client too many: told in msgpack, since the daemon does not wait to hear what the client speaks."""
        from steadyvoice.ipc import messages, wire

        frames = wire.MessageReader(_CHUNK)
        frames.feed(self._buffer)
        event = wire.decode_event(frames.next() or b"")
        assert isinstance(event, messages.Error)
        raise RequestRefused(event.code, event.message, retryable=event.retryable, field=event.field)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def refused(event: Event) -> None:
    """Raise RequestRefused where the event says so."""
    if event["type"] == "error":
        retryable, field = event.get("retryable", False), event.get("field", "")
        raise RequestRefused(event["code"], event["message"], retryable=retryable, field=field)
