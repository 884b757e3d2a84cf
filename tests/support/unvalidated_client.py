"""A client that sends any bytes, valid or not, and decodes what the daemon replies."""

import itertools
import os
import select
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from steadyvoice.ipc import descriptors, wire

Message = dict[str, Any]


class UnvalidatedClient:
    """Checks nothing that it sends. ``closed``: the daemon has closed the connection. Sending also reads events."""

    def __init__(self, path: Path, *, json: bool = False) -> None:
        self.json = json
        self.events: list[Message] = []
        self.closed = False
        self._refs = itertools.count(1_000_000)
        self._frames = wire.MessageReader(1 << 26)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.setblocking(False)

    def framed(self, body: bytes) -> bytes:
        return body + b"\n" if self.json else len(body).to_bytes(4, "little") + body

    def packed(self, **request: Any) -> bytes:
        return self.framed(msgspec.json.encode(request) if self.json else msgspec.msgpack.encode(request))

    def send(self, data: bytes) -> None:
        """Send all of the data, and read the events that arrive meanwhile."""
        left = memoryview(data)
        while left and not self.closed:
            poll = select.poll()
            poll.register(self.socket, select.POLLIN | select.POLLOUT)
            for _, ready in poll.poll():
                if ready & select.POLLIN:
                    self._receive()
                if ready & select.POLLOUT and not self.closed:
                    try:
                        left = left[self.socket.send(left[: 1 << 16]) :]
                    except BlockingIOError:
                        pass
                    except OSError:
                        self._receive()
                        self.closed = True

    def until(self, found: Callable[[list[Message]], bool], seconds: float = 60) -> Self:
        """Read until ``found(events)`` is true or the daemon has closed the connection."""
        while not self.closed and not found(self.events):
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            assert poll.poll(seconds * 1000), f"nothing more comes after {self.events[-3:]}"
            self._receive()
        return self

    def ask(self, **request: Any) -> Message:
        """Send a request, and wait for its reply. AssertionError if the daemon closes the connection first."""
        ref = next(self._refs)
        self.send(self.packed(ref=ref, **request))
        found: list[Message] = []

        def answered(events: list[Message]) -> bool:
            found[:] = [event for event in events if event.get("ref") == ref]
            return bool(found)

        self.until(answered)
        assert found, f"the daemon has closed, instead of a reply to {request}"
        return found[0]

    def ids(self, kind: str) -> list[int]:
        return [event["id"] for event in self.events if event["type"] == kind]

    def _receive(self) -> None:
        try:
            data, fds = descriptors.receive(self.socket, 1 << 16, 250)
        except BlockingIOError:
            return
        except ConnectionError:
            data, fds = b"", []
        descriptors.close_all(fds)
        self.closed = self.closed or not data
        self._frames.feed(data)
        decode = msgspec.json.decode if self._frames.json else msgspec.msgpack.decode
        self.events += map(decode, iter(self._frames.next, None))

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def descriptors_of(pid: int) -> int:
    """How many descriptors a process holds."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident(pids: Iterable[int]) -> int:
    """Bytes of the processes' memory that are in RAM."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")
