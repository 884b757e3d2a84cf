"""What a document says of the segments of its text."""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from steadyvoice.workers.text.front_end import Pronunciation
from steadyvoice.workers.text.ssml.items import PLAIN, NamedMark, Phonemes, Style, Text
from steadyvoice.workers.text.ssml.phonemes import plain_ipa

Run = tuple[int, int, int]
"""As in `Segment`."""


class PlacedMark(NamedTuple):
    at: int
    """Character of the segment's text before which the mark is."""
    mark: NamedMark


@dataclass(frozen=True, slots=True)
class SegmentDirections:
    """How one segment is spoken."""

    style: Style = PLAIN
    marks: tuple[PlacedMark, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()
    """Of characters of the segment's text."""
    silence_s: float = 0.0
    """The segment is a pause, and has no text."""


@dataclass(slots=True)
class Directions:
    """Texts and marks in, in order, by offset into their joined text; segments of that text are then looked up."""

    _offsets: list[int] = field(default_factory=list)
    _texts: list[Text] = field(default_factory=list)
    _marks: deque[tuple[int, NamedMark]] = field(default_factory=deque)

    def add(self, offset: int, item: Text | NamedMark) -> None:
        if isinstance(item, NamedMark):
            self._marks.append((offset, item))
        else:
            self._offsets.append(offset)
            self._texts.append(item)

    def of(self, start: int, end: int, runs: Sequence[Run]) -> SegmentDirections:
        """Of the segment [start, end) of the joined text. runs: of its text. Forgets what precedes its end."""
        first = bisect_right(self._offsets, start) - 1
        last = bisect_right(self._offsets, end - 1)
        texts = list(zip(self._offsets[first:last], self._texts[first:last], strict=True))
        del self._offsets[: last - 1], self._texts[: last - 1]
        marks = tuple(PlacedMark(_place(offset, runs), mark) for offset, mark in self._marks_before(end))
        return SegmentDirections(texts[0][1].style, marks, tuple(_pronunciations(texts, end, runs)))

    def pause(self, seconds: float) -> SegmentDirections:
        """Of a pause, which follows all of the text so far."""
        return SegmentDirections(marks=self.rest(), silence_s=seconds)

    def rest(self) -> tuple[PlacedMark, ...]:
        """The marks that no segment has."""
        marks, self._marks = self._marks, deque()
        return tuple(PlacedMark(0, mark) for _, mark in marks)

    def _marks_before(self, end: int) -> list[tuple[int, NamedMark]]:
        found = []
        while self._marks and self._marks[0][0] < end:
            found.append(self._marks.popleft())
        return found


def _place(offset: int, runs: Sequence[Run]) -> int:
    """The character of a segment's text that is there in the joined text, or the next one."""
    at = max(0, bisect_right(runs, offset, key=lambda run: run[1]) - 1)
    begin, source, _ = runs[at]
    place = begin + max(0, offset - source)
    return min(place, runs[at + 1][0]) if at + 1 < len(runs) else place


def _pronunciations(texts: list[tuple[int, Text]], end: int, runs: Sequence[Run]) -> list[Pronunciation]:
    found: list[tuple[Phonemes, int, int]] = []
    for offset, text in texts:
        if text.phonemes is None:
            continue
        here = _place(offset, runs), _place(min(end, offset + len(text.piece.text)), runs)
        if found and found[-1][0] == text.phonemes:
            found[-1] = (text.phonemes, found[-1][1], here[1])
        else:
            found.append((text.phonemes, *here))
    return [Pronunciation(start, stop, plain_ipa(phonemes.ipa)) for phonemes, start, stop in found if start < stop]
