"""Parts of the clock controller: the least late reading, the drift of the sink's clock, the loop."""

import math
from typing import Final

from steadyvoice.ipc.stage_protocol import SINK_RATE

MAX_PPM: Final = 1000.0
_FAST_HZ, _FAST_S, _SLOW_HZ = 0.1, 30, 0.01
_LOST: Final = 96
"""Frames of error at which the ratio is far off: the loop is fast again for a third of that time."""
_SLOWEST_HZ, _SLOWEST_AFTER_S = 0.005, 60
_NOISE: Final = 0.2
"""Frames from one second's error to the next, on average, above which the slowest loop is used."""


class LeastLate:
    """The largest of a window's readings, each relative to where an even clock would be."""

    def __init__(self) -> None:
        self.best = -math.inf
        self.at_ns, self.reading = 0, 0.0

    def add(self, at_ns: int, relative: float, reading: float) -> None:
        if relative > self.best:
            self.best, self.at_ns, self.reading = relative, at_ns, reading


class SinkDrift:
    """How fast the sink's clock is relative to the monotonic one: readings of one window are compared along it."""

    def __init__(self) -> None:
        self.share = 0.0
        self._last: LeastLate | None = None
        self._count = 0

    def learn(self, reading: LeastLate) -> None:
        if self._last is not None and reading.at_ns > self._last.at_ns:
            seconds = (reading.at_ns - self._last.at_ns) / 1e9
            share = (reading.reading - self._last.reading) / seconds / SINK_RATE - 1
            if abs(share) < MAX_PPM * 1e-6:  # else the clock stood still for a moment
                self._count = min(self._count + 1, 8)
                self.share += (share - self.share) / self._count
        self._last = reading


class Loop:
    """Second-order loop, critically damped: fast at first, then slow, slower still where the errors are noisy."""

    def __init__(self) -> None:
        self.ratio = 1.0
        self._z1 = self._z2 = self._z3 = 0.0
        self._steps = 0
        self._noise, self._last = 0.0, 0.0

    @property
    def has_slowed(self) -> bool:
        """The last step was the first of the slow loop: the ratios before were only found."""
        return self._steps == _FAST_S + 1

    def settle(self) -> None:
        """The error has become 0 by a correction."""
        self._z1 = self._z2 = 0.0

    def step(self, error: float) -> None:
        """error: frames; the least late one of a second."""
        if abs(error) > _LOST:
            self._steps = min(self._steps, _FAST_S * 2 // 3)
        self._steps += 1
        self._noise += (abs(error - self._last) - self._noise) / 16
        self._last = error
        w = 2 * math.pi * self._bandwidth()
        w0 = 1 - math.exp(-20 * w)
        self._z1 += w0 * (2 * w / SINK_RATE * error - self._z1)
        self._z2 += w0 * (self._z1 - self._z2)
        most = MAX_PPM * 1e-6
        self._z3 = min(max(self._z3 + w / 2 * self._z2, -most), most)
        self.ratio = 1 - min(max(self._z2 + self._z3, -most), most)

    def _bandwidth(self) -> float:
        if self._steps <= _FAST_S:
            return _FAST_HZ
        return _SLOWEST_HZ if self._steps > _SLOWEST_AFTER_S and self._noise > _NOISE else _SLOW_HZ
