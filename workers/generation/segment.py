"""A part of an utterance's text that the engine speaks at once."""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Segment:
    """Cleaned text of 1 to segmenter.MAX_CHARS characters, with something to say."""

    text: str  # no control characters, whitespace folded to single spaces, stripped
    start: int  # characters [start, end) of all text fed
    end: int
    more: bool  # the sentence continues in the next segment
    runs: tuple[tuple[int, int], ...] = field(
        default=(), compare=False, repr=False
    )  # where each run begins: in text, in all text fed

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """Convert characters [start, end) of `text`, at least one, to offsets into all text fed."""
        return self._raw(start), self._raw(end - 1) + 1

    def joined(self, other: "Segment") -> "Segment":
        """One segment of this and the following one."""
        at = len(self.text) + 1
        runs = (*self.runs, *((at + text, raw) for text, raw in other.runs))
        return Segment(f"{self.text} {other.text}", self.start, other.end, other.more, runs)

    def _raw(self, char: int) -> int:
        at, raw = self.runs[bisect_right(self.runs, (char, self.end)) - 1]
        return raw + char - at
