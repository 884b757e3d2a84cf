"""A client written from docs/protocol.md: a plain socket. Of this package it uses only the reader of a ring."""

import base64
import json
import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from steadyvoice.ipc import descriptors
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer

Message = dict[str, Any]


@dataclass
class Received:
    """Events and samples of one utterance."""

    events: list[Message] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Index of the first sample of each block; from a ring, also of the END slot."""

    @property
    def data(self) -> bytes:
        return b"".join(self.blocks)

    @property
    def started(self) -> Message:
        return next(event for event in self.events if event["type"] == "started")

    @property
    def finished(self) -> Message:
        assert self.events[-1]["type"] == "finished", self.events
        return self.events[-1]


class PlainClient:
    """Requests and events are maps. json: encoded as JSON lines; else as msgpack."""

    def __init__(self, path: Path, *, json: bool) -> None:
        self._json = json
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self._buffer = bytearray()
        self.fds: list[int] = []
        """Descriptors that were received and not used yet."""
        self.received: dict[int, Received] = defaultdict(Received)

    def send(self, **request: Any) -> None:
        if self._json:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
        else:
            body = msgspec.msgpack.encode(request)
            self.socket.sendall(struct.pack("<I", len(body)) + body)

    def event(self) -> Message:
        """The next event, which is also added to ``received``; EOFError where the daemon has closed the connection."""
        while (event := self._cut()) is None:
            data, fds = descriptors.receive(self.socket, 1 << 16, 16)
            self.fds += fds
            if not data:
                raise EOFError
            self._buffer += data
        received = self.received[event.get("id", 0)]
        if event["type"] == "audio":
            assert not any(event["type"] == "finished" for event in received.events), "audio after finished"
            received.blocks.append(base64.b64decode(event["data"]) if self._json else event["data"])
            received.indexes.append(event["index"])
        else:
            received.events.append(event)
        return event

    def _cut(self) -> Message | None:
        if self._json:
            line, newline, rest = self._buffer.partition(b"\n")
            message = json.loads(line) if newline else None
        else:
            length = int.from_bytes(self._buffer[:4], "little") if len(self._buffer) >= 4 else 1 << 32
            rest = self._buffer[4 + length :]
            message = msgspec.msgpack.decode(self._buffer[4 : 4 + length]) if len(self._buffer) >= 4 + length else None
        if message is not None:
            self._buffer = rest
        return message

    def until(self, kind: str, number: int | None = None) -> Message:
        """Read to the next event of one of these types, separated by spaces, and of utterance ``number`` if given."""
        while (event := self.event())["type"] not in kind.split() or number not in (None, event.get("id")):
            pass
        return event

    def speak(self, text: str, **how: Any) -> int:
        """Ask for samples; return the utterance's number."""
        self.send(type="speak", text=text, sink="pcm", **how)
        return int(self.until("queued")["id"])

    def speak_and_read(self, text: str, **how: Any) -> Received:
        """Speak, and read all samples: from the ring, if the daemon sends one, else from events."""
        number = self.speak(text, **how)
        begun = self.until("started finished", number)
        if begun.get("ring"):
            ring, filled, taken = (self.fds.pop(0) for _ in range(3))
            for index, block in _read(ring, EventNotifier(filled), EventNotifier(taken)):
                self.received[number].indexes.append(index)
                self.received[number].blocks.append(block)
        if begun["type"] == "started":
            self.until("finished", number)
        return self.received[number]

    def close(self) -> None:
        self.socket.close()
        descriptors.close_all(self.fds)
        self.fds.clear()

    def __enter__(self) -> "PlainClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(ring: int, filled: EventNotifier, taken: EventNotifier) -> Iterator[tuple[int, bytes]]:
    """The index and the payload of each slot, to END."""
    consumer = Consumer(ring, taken)
    descriptors.close_all([ring])
    while True:
        if (slot := consumer.peek()) is None:
            assert filled.wait(60)
            continue
        words = slot.words
        index, count, kind = words[s.INDEX], words[s.COUNT], words[s.KIND]
        yield index, slot.bytes() if kind == s.PCM else b""
        if kind == s.END:
            consumer.release(index)
            return
        consumer.release(index + count)
