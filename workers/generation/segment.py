"""A part of an utterance's text that the engine speaks at once."""

from bisect import bisect_left
from dataclasses import dataclass, field

Run = tuple[int, int, int]
"""Where a run begins in a text and in the text of its source, and from how many characters each of its own comes."""


@dataclass(frozen=True)
class Segment:
    """Cleaned text of 1 to segmenter.MAX_CHARS characters, with something to say."""

    text: str  # no control characters, whitespace folded to single spaces, stripped
    start: int  # characters [start, end) of all text fed
    end: int
    more: bool  # the sentence continues in the next segment
    runs: tuple[Run, ...] = field(default=(), compare=False, repr=False)  # of text, in all text fed

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """Convert characters [start, end) of `text`, at least one, to offsets into all text fed."""
        return self._raw(start)[0], self._raw(end - 1)[1]

    def joined(self, other: "Segment") -> "Segment":
        """One segment of this and the following one."""
        at = len(self.text) + 1
        runs = (*self.runs, *((at + text, raw, width) for text, raw, width in other.runs))
        return Segment(f"{self.text} {other.text}", self.start, other.end, other.more, runs)

    def _raw(self, char: int) -> tuple[int, int]:
        at, raw, width = self.runs[bisect_left(self.runs, (char + 1,)) - 1]
        return raw + char - at, raw + char - at + width
