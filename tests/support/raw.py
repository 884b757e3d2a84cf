"""A foreign client: a plain socket, of this package only the ring's reader."""

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
class Heard:
    """Events and samples of one utterance."""

    events: list[Message] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Of the first sample of each block; with a ring, that of END after them."""

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


class Raw:
    """Requests and events as maps. json: as lines, else msgpack."""

    def __init__(self, path: Path, *, json: bool) -> None:
        self._json = json
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self._buffer = bytearray()
        self.fds: list[int] = []
        """Descriptors that have come and belong to nobody yet."""
        self.heard: dict[int, Heard] = defaultdict(Heard)

    def send(self, **request: Any) -> None:
        if self._json:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
        else:
            body = msgspec.msgpack.encode(request)
            self.socket.sendall(struct.pack("<I", len(body)) + body)

    def event(self) -> Message:
        """The next event, noted under its utterance too; EOFError where the daemon has closed."""
        while (event := self._cut()) is None:
            data, fds = descriptors.receive(self.socket, 1 << 16, 16)
            self.fds += fds
            if not data:
                raise EOFError
            self._buffer += data
        heard = self.heard[event.get("id", 0)]
        if event["type"] == "audio":
            assert not any(event["type"] == "finished" for event in heard.events), "audio after finished"
            heard.blocks.append(base64.b64decode(event["data"]) if self._json else event["data"])
            heard.indexes.append(event["index"])
        else:
            heard.events.append(event)
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
        """Read on to the next event of this type, or of these; of the utterance ``number``, if one is given."""
        while (event := self.event())["type"] not in kind.split() or number not in (None, event.get("id")):
            pass
        return event

    def speak(self, text: str, **how: Any) -> int:
        """Ask for samples; return the utterance's number."""
        self.send(type="speak", text=text, sink="pcm", **how)
        return int(self.until("queued")["id"])

    def hear(self, text: str, **how: Any) -> Heard:
        """Speak, and hear it to the end: through the ring, if one comes, else in events."""
        number = self.speak(text, **how)
        begun = self.until("started finished", number)
        if begun.get("ring"):
            ring, filled, taken = (self.fds.pop(0) for _ in range(3))
            for index, block in _read(ring, EventNotifier(filled), EventNotifier(taken)):
                self.heard[number].indexes.append(index)
                self.heard[number].blocks.append(block)
        if begun["type"] == "started":
            self.until("finished", number)
        return self.heard[number]

    def close(self) -> None:
        self.socket.close()
        descriptors.close_all(self.fds)
        self.fds.clear()

    def __enter__(self) -> "Raw":
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
        index, rows, kind = words[s.INDEX], words[s.COUNT], words[s.KIND]
        yield index, slot.bytes() if kind == s.PCM else b""
        if kind == s.END:
            consumer.release(index)
            return
        consumer.release(index + rows)
