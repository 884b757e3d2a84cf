"""A message that the server plays: samples and marks in one stream of events."""

import select
from collections import deque
from typing import Any, Final

from steadyvoice.client.samples import Samples
from steadyvoice.client.utterance_base import UtteranceBase
from steadyvoice.gateways.speechd import protocol
from steadyvoice.gateways.speechd.daemon import Connection, Interest
from steadyvoice.gateways.speechd.speech import Speech

HOLD_S: Final = 0.01
"""A block waits so long for svd's report of the marks in it, which follows when the block has been taken."""
BACKLOG_BYTES: Final = 16384
"""While the server has not read so much, no samples are taken, and svd generates no more."""
_HELD_BYTES: Final = 65536


class Interleaver:
    """Samples (16 bits, mono) and marks, in the order in which they are heard. Without input or output."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._blocks: deque[tuple[float, bytes]] = deque()
        self._marks: deque[tuple[int, str]] = deque()
        self._passed = 0
        """Samples that were given out."""
        self.held = 0
        """Bytes that were not."""
        self._is_first = True
        self.stopped = False
        """A mark at which the server pauses was given out; nothing follows it."""

    @property
    def wake_at(self) -> float | None:
        """When the next block is due."""
        return self._blocks[0][0] if self._blocks else None

    def add_block(self, samples: bytes, now: float) -> None:
        """The first one is due at once: nothing is heard before it."""
        self._blocks.append((now if self._is_first else now + HOLD_S, samples))
        self.held += len(samples)
        self._is_first = False

    def add_mark(self, at_s: float, name: str) -> None:
        self._marks.append((round(at_s * self._rate), name))

    def due(self, now: float, *, ended: bool, pausing: bool = False) -> bytes:
        """The events that are due. ended: nothing more comes. pausing: none after the next mark of the server's own."""
        events = []
        while not self.stopped:
            if self._marks and (self._marks[0][0] <= self._passed or (ended and not self._blocks)):
                name = self._marks.popleft()[1]
                events.append(protocol.index_mark(name))
                self.stopped = pausing and name.startswith(protocol.OWN_MARK)
            elif self._blocks and (self._blocks[0][0] <= now or ended):
                events.append(self._next_audio())
            else:
                break
        return b"".join(events)

    def _next_audio(self) -> bytes:
        """The next block, or its part before a mark."""
        due, samples = self._blocks.popleft()
        until_mark = 2 * (self._marks[0][0] - self._passed) if self._marks else len(samples)
        if until_mark < len(samples):
            self._blocks.appendleft((due, samples[until_mark:]))
            samples = samples[:until_mark]
        self._passed += len(samples) // 2
        self.held -= len(samples)
        return protocol.audio_events(samples, self._rate)


class ServerSpeech(Speech):
    """svd generates the samples as fast as the server reads them."""

    pauses_at_once = False  # 0.11 pauses what it has at a mark, and waits for one
    _interleaver: Interleaver | None = None

    def _utterance_of(self, number: int) -> UtteranceBase[Connection]:
        assert self.connection is not None
        return Samples(self.connection, number, False)

    @property
    def wake_at(self) -> float | None:
        return self._interleaver.wake_at if self._interleaver is not None else super().wake_at

    def _has_room(self, backlog: int) -> bool:
        return backlog < BACKLOG_BYTES and (self._interleaver is None or self._interleaver.held < _HELD_BYTES)

    def interest(self, backlog: int) -> Interest:
        samples = self.utterance
        if not isinstance(samples, Samples) or not self._has_room(backlog):
            return {}
        return dict.fromkeys(samples.waits_on, select.POLLIN)

    def events(self, now: float, backlog: int) -> bytes:
        samples: Any = self.utterance
        if samples is None or samples.started is None:
            return b""
        if self._interleaver is None:
            self._interleaver = Interleaver(samples.started.sample_rate)
        while self._has_room(backlog) and (block := samples.take_bytes()) is not None:
            self._interleaver.add_block(block, now)
        for mark in self.new_marks():
            self._interleaver.add_mark(mark.at_s, mark.name)
        events = self._interleaver.due(now, ended=samples.finished is not None, pausing=self.pausing)
        return self.begin() + events if events else b""

    @property
    def end(self) -> bytes:
        if self._interleaver is not None and self._interleaver.stopped:
            return protocol.PAUSE
        return b"" if self._interleaver is not None and self._interleaver.held else super().end
