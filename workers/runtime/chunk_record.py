"""What a stage that works in chunks knows of the chunks it has made of an utterance: their sizes and their sound."""

import time
from collections.abc import Callable


class Chunks:
    """Sizes of the chunks of the current segment; see `engines.Downstream`."""

    def __init__(self, segment: int, before: list[int], report: Callable[[int, int, int], None]) -> None:
        """before: those of this segment before a crash. report: is called with segment, number and size of others."""
        self._segment, self._before, self._report = segment, before, report
        self._count = 0

    def planned(self) -> int:
        return self._before[self._count] if self._count < len(self._before) else 0

    def chose(self, size: int) -> None:
        if size != self.planned():
            self._report(self._segment, self._count, size)
        self._count += 1

    def next_segment(self) -> None:
        self._segment, self._count, self._before = self._segment + 1, 0, []


class Lead:
    """What a listener in real time will have left to play of what this stage has written, all of which arrives: the
    last converter knows only of what has arrived, which lacks a chunk that a later stage works on."""

    def __init__(
        self,
        unit_s: float,
        delay_s: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        *,
        lookahead_s: float = 0.0,
    ) -> None:
        """All times in seconds. unit_s: of a frame or sample; 0: none is counted. delay_s: until what is written now
        arrives. lookahead_s: of the last sound, which does not arrive before more is written."""
        self._unit_s, self._delay_s, self._clock, self._lookahead_s = unit_s, delay_s, clock, lookahead_s
        self._underrun_at = 0.0

    def written(self, count: int) -> None:
        """The stage has written so many frames or samples."""
        if count and self._unit_s:
            self._underrun_at = max(self._underrun_at, self._clock() + self._delay_s()) + count * self._unit_s

    def ahead(self) -> float:
        """When something that is written now arrives."""
        return self._underrun_at - self._clock() - self._delay_s() - self._lookahead_s
