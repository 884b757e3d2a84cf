"""How large the next chunk is, of a stage that works in chunks: computed from what chunks cost and the listener has.

A chunk of s seconds takes fixed + slope * s: its context costs something however short it is. Short chunks come soon,
long ones are cheap. While one plays the next must be made, so the first is the shortest that plays as long as another
of its size takes, and none is shorter; each is the longest that will be there before the listener has heard the rest.
"""

import time
from collections.abc import Callable
from typing import Final

_FORGET: Final = 0.95
_SAFETY: Final = 1.25
"""A chunk may take so much longer than it should."""
_LEAST_S: Final = 0.03
"""What else is done between two chunks, and by who comes after."""


class Cost:
    """Seconds that a chunk takes, fitted to what chunks took lately: least squares, the last ones count most."""

    def __init__(self) -> None:
        self._n = self._x = self._y = self._xx = self._xy = 0.0

    def learn(self, seconds: float, took_s: float) -> None:
        for name, value in (
            ("_n", 1.0), ("_x", seconds), ("_y", took_s), ("_xx", seconds * seconds), ("_xy", seconds * took_s),
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) * _FORGET + value)

    def __call__(self, seconds: float) -> float:
        """0 until something was learnt; in proportion while all had the same size."""
        if not self._n:
            return 0.0
        x, y = self._x / self._n, self._y / self._n
        spread = self._xx / self._n - x * x
        slope = (self._xy / self._n - x * y) / spread if spread > 1e-4 * x * x else y / x
        slope = min(max(slope, 0.0), y / x)
        return y + slope * (seconds - x)


class ChunkSizer:
    """One utterance's chunks. All times in seconds.

    sizes: those there are, ascending. cost: of one, shared by all utterances of the model. ahead: what a listener has
    before him who hears a second a second: what is taken sooner is not needed sooner. takes: what who comes
    next must have before he gives anything. Two chunks for it are enough, and overshoot it less than one does.
    """

    def __init__(
        self,
        sizes: tuple[float, ...],
        cost: Cost,
        ahead: Callable[[], float],
        takes: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sizes, self._cost, self._ahead, self._takes, self._clock = sizes, cost, ahead, takes, clock
        self._begun = False
        self._pace = 0.0
        """Seconds in which a second of sound comes."""
        self._last: float | None = None

    def arrived(self, seconds: float) -> None:
        now = self._clock()
        if self._last is not None:
            pace = (now - self._last) / seconds
            self._pace += (pace - self._pace) / 4 if self._pace else pace
        self._last = now

    @property
    def first(self) -> float:
        """The size of an utterance's first chunk; the largest where none plays as long as the next takes."""
        least = max((size for size in self._sizes if 2 * size <= self._takes()), default=0.0)
        return next((size for size in self._sizes if size >= least and self._needs(size) <= size), self._sizes[-1])

    def next(self, waiting: float) -> float:
        """The size of the chunk to make now, of so much that waits; 0 to wait for more."""
        first = self.first
        if waiting < first:
            return 0.0
        if not self._begun:
            self._begun = True
            return first
        ahead = self._ahead()
        ready = [size for size in self._sizes if first <= size <= waiting]
        best = max((size for size in ready if self._needs(size) <= ahead), default=first)
        larger = next((size for size in self._sizes if size > waiting), None)
        if larger is not None and best == ready[-1]:
            comes = 2 * self._pace * (larger - waiting)
            if comes + self._needs(larger) <= ahead:
                return 0.0
        return best

    def _needs(self, size: float) -> float:
        return _SAFETY * self._cost(size) + _LEAST_S
