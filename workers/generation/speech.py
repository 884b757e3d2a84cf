"""An utterance on its way through the generator: what is to be said, what of it was made, and when more is needed."""

import codecs
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import (
    CONVERTER_HELD_S,
    VOCODER_HELD_S,
    RestartPoint,
    SegmentStart,
    UtteranceSpec,
    Word,
    Words,
)
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.segmenter import Segment, Segmenter

_NEWCOMER_S: Final = 0.3
"""Who waits for the first sound is served before all who have more than this: what they tell of what they have heard is
a fifth of a second old."""


class Length:
    """How many seconds a voice takes for a character, at rate 1."""

    def __init__(self) -> None:
        self._chars, self._seconds = 15.0, 1.0  # as people speak

    def of(self, chars: int) -> float:
        return chars * self._seconds / self._chars

    def learn(self, chars: int, seconds: float) -> None:
        self._chars, self._seconds = self._chars / 2 + chars, self._seconds / 2 + seconds


@dataclass
class Speech:
    """An utterance on its way: text not yet spoken, and the frames of the segment at hand."""

    begin: Slot
    """A copy."""
    spec: UtteranceSpec
    engine: engines.Engine
    generator: engines.Generator
    length: "Length"
    segmenter: Segmenter = field(init=False)
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    frames: Iterator[engines.Frames | engines.Word] | None = None
    known: Segment | None = None
    """The segment that is made anew, before those of the segmenter."""
    made: engines.Frames | None = None
    """Frames not yet sent: an engine may yield more at once than the listener is owed."""
    segment: Segment | None = None
    """The one at hand, or the last one."""
    part: int = 0
    """Its number, when it is at hand, or that of the next one."""
    at: int = 0
    """Characters of the text before it."""
    sentence: int = 0
    """The number of the sentence that it belongs to."""
    first: int = 0
    """Its first frame."""
    worded: bool = False
    """The engine has told words of it."""
    begun: bool = False
    """BEGIN is sent when the first frames are due: the device plays what begins first."""
    produced: int = 0
    underrun_at: float = 0.0
    """When a listener who takes a second a second will have nothing."""
    fed_at: float = 0.0
    """When text came last, and first."""
    first_fed_at: float = 0.0
    waits_until: float = 0.0
    """Nothing can be done for it before, unless more text comes: this text does not tell where its segment ends."""

    def __post_init__(self) -> None:
        restart = self.spec.restart or RestartPoint(0)
        self.segmenter = Segmenter(restart.at, restart.line)
        self.part, self.at, self.sentence = restart.part, restart.at, restart.sentence
        before = restart.seconds * self.spec.voice_rate / self.engine.spec.samples_per_frame
        self.first = self.produced = restart.frames or round(before)
        self.begin.words[s.SEGMENT], self.begin.words[s.SENTENCE] = self.part, self.sentence
        self._again = restart if restart.end else None
        self._known = ""

    def feed(self, data: bytes) -> None:
        """More of the text, in UTF-8, cut anywhere."""
        text = self.decoder.decode(data)
        if self._again is None:
            self.segmenter.feed(text)
            return
        self._known += text
        if len(self._known) >= self._again.end - self._again.at:
            self._take_known(self._again)

    def _take_known(self, restart: RestartPoint) -> None:
        """All of the part that is made anew has come: it is the same segment, whatever else was there at its time."""
        size = restart.end - restart.at
        alone = Segmenter(restart.at, restart.line)
        alone.feed(self._known[:size])
        alone.close()
        segment = alone.next()
        assert segment is not None
        while (rest := alone.next()) is not None:  # it had been cut by time, where there was no more text
            segment = segment.joined(rest)
        self.segmenter = Segmenter(restart.end, restart.line + size)
        self.segmenter.feed(self._known[size:])
        self.known, self._again, self._known = replace(segment, more=restart.more), None, ""

    def next(self) -> Segment | None:
        """The next segment that no further text can change, else None."""
        known, self.known = self.known, None
        return known or self.segmenter.next()

    def take(self, segment: Segment) -> SegmentStart:
        """The segment is at hand."""
        self.segment, self.first, self.worded = segment, self.produced, False
        words = self.begin.words
        words[s.SEGMENT], words[s.SENTENCE] = self.part, self.sentence
        at, self.at = self.at, segment.end
        utterance = words[s.UTTERANCE]
        return SegmentStart(utterance, self.part, at, segment.end, segment.more, self.sentence, self.produced)

    def leave(self) -> None:
        """The segment at hand has been made."""
        assert self.segment is not None
        self.sentence += not self.segment.more
        self.begin.words[s.SENTENCE] = self.sentence
        self.part += 1
        self.frames = None

    @property
    def has_work(self) -> bool:
        return self.frames is not None or self.known is not None or self.segmenter.pending or self.segmenter.done

    @property
    def held_s(self) -> float:
        """Seconds that stages may keep back: made, and not yet the listener's."""
        held_s = VOCODER_HELD_S if self.engine.spec.held else 0.0
        return held_s + CONVERTER_HELD_S if self.spec.converter else held_s

    def lead(self, heard_s: float) -> float:
        """Seconds that were made beyond what was heard."""
        return self._seconds(self.produced) - heard_s

    def deadline(self, heard_s: float, now: float) -> float:
        """In how many seconds the listener needs more. What is taken faster than it plays is not needed earlier."""
        return max(self.lead(heard_s), self.underrun_at - now) if self.begun else _NEWCOMER_S

    def add(self, frames: int) -> None:
        self.produced += frames
        self.underrun_at = max(self.underrun_at, time.monotonic()) + self._seconds(frames)

    @property
    def expected_ms(self) -> int:
        """How long the segment at hand should last."""
        assert self.segment is not None
        return int(self.length.of(len(self.segment.text)) / self.spec.rate * 1e3)

    def measure(self) -> None:
        """The segment at hand has been made."""
        assert self.segment is not None
        self.length.learn(len(self.segment.text), self._seconds(self.produced - self.first) * self.spec.rate)

    def words(self, told: list[engines.Word]) -> Words:
        """Where words of the segment at hand lie in the whole text, and in the sink's samples."""
        assert self.segment is not None
        return Words(
            self.begin.words[s.UTTERANCE],
            [
                Word(
                    *self.segment.raw(word.start, word.end),
                    self._samples(self.first + word.begins),
                    self._samples(self.first + word.ends),
                    self.sentence,
                )
                for word in told
            ],
        )

    def _samples(self, frames: int) -> int:
        return frames * self.engine.spec.samples_per_frame * self.spec.sink_rate // self.spec.voice_rate

    def _seconds(self, frames: int) -> float:
        return frames * self.engine.spec.samples_per_frame / self.spec.voice_rate
