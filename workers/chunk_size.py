"""The size of the next chunk of a stage that works in chunks, computed from their cost and the listener's buffer.

A chunk of s seconds costs fixed + slope * s, because its context costs something however short the chunk is: short
chunks have less latency, long chunks cost less per second. The next chunk is computed while one plays, so the first
chunk is the shortest that plays at least as long as its successor takes. Each later chunk is the longest that is ready
before the listener's buffer is empty.
"""

import math
import time
from collections.abc import Callable
from typing import Final

from steadyvoice.workers.input_pace import InputPace

_DECAY: Final = 0.95
_SAFETY: Final = 1.25
"""Margin on the cost of a chunk."""
_OVERHEAD_S: Final = 0.03
"""Seconds for other work between two chunks, in this stage and in those after it."""


class Cost:
    """Seconds that a chunk takes: least squares over recent chunks, with weights that decay."""

    def __init__(self) -> None:
        self._n = self._x = self._y = self._xx = self._xy = 0.0

    def learn(self, seconds: float, took_s: float) -> None:
        for name, value in (
            ("_n", 1.0), ("_x", seconds), ("_y", took_s), ("_xx", seconds * seconds), ("_xy", seconds * took_s),
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) * _DECAY + value)

    def __call__(self, seconds: float) -> float:
        """The cost of a chunk of this size; 0 before the first ``learn``, in proportion while all had one size."""
        if not self._n:
            return 0.0
        x, y = self._x / self._n, self._y / self._n
        spread = self._xx / self._n - x * x
        slope = (self._xy / self._n - x * y) / spread if spread > 1e-4 * x * x else y / x
        slope = min(max(slope, 0.0), y / x)
        return y + slope * (seconds - x)


class ChunkSizer:
    """The chunks of one utterance. All sizes and times in seconds.

    sizes: the possible sizes, ascending. cost: of a chunk, shared by all utterances of the model. ahead: what a
    listener in real time has left to play. min_input_s: the input that the next stage needs before its first output;
    two chunks together reach it, which overshoots it less than one chunk would. withheld_s: sound of the first chunk
    that the listener gets only with the second one.
    """

    def __init__(
        self,
        sizes: tuple[float, ...],
        cost: Cost,
        ahead: Callable[[], float],
        min_input_s: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
        *,
        withheld_s: float = 0.0,
    ) -> None:
        self._sizes, self._cost, self._ahead, self._min_input_s, self._clock = sizes, cost, ahead, min_input_s, clock
        self._withheld_s, self._pace, self._begun = withheld_s, InputPace(), False

    def arrived(self, seconds: float, at: float | None = None) -> None:
        """Input of this length was made at this time; None: now."""
        self._pace.arrived(seconds, self._clock() if at is None else at)

    @property
    def first(self) -> float:
        """The size of the utterance's first chunk; the largest size if none plays as long as the next chunk takes."""
        least = self._least
        if not self._withheld_s:
            return least
        arrives = self._pace.until(least, self._clock())
        more = 0.0 if arrives == math.inf else _SAFETY * arrives
        return next((size for size in self._sizes if self._plays_until(size, least, more)), self._sizes[-1])

    @property
    def _least(self) -> float:
        """The smallest size of a chunk that plays as long as one of its size takes."""
        smallest = max((size for size in self._sizes if 2 * size <= self._min_input_s()), default=0.0)
        return next(
            (size for size in self._sizes if size >= smallest and self._time_needed(size) <= size), self._sizes[-1]
        )

    def _plays_until(self, size: float, following: float, arrives: float) -> bool:
        """Whether a first chunk plays until one of size ``following`` is ready, the input of which comes in ``arrives``
        seconds."""
        waits = max(0.0, arrives - self._cost(size))
        return size >= following and size - self._withheld_s >= waits + self._time_needed(following)

    def next(self, waiting: float) -> float:
        """The size of the chunk to compute now, of ``waiting`` seconds of input; 0: wait for more input."""
        if not self._begun:
            first = self.first
            self._begun = waiting >= first
            return first if self._begun else 0.0
        least = self._least
        if waiting < least:
            return 0.0
        ahead = self._ahead()
        ready = [size for size in self._sizes if least <= size <= waiting]
        best = max((size for size in ready if self._time_needed(size) <= ahead), default=least)
        larger = next((size for size in self._sizes if size > waiting), None)
        if larger is not None and best == ready[-1]:
            arrives = 2 * self._pace.until(larger - waiting, self._clock())
            if arrives + self._time_needed(larger) <= ahead:
                return 0.0
        return best

    def _time_needed(self, size: float) -> float:
        return _SAFETY * self._cost(size) + _OVERHEAD_S
