"""Pitch marks: one per period where voiced, one every 5 ms where unvoiced.

A mark's period is the lag at which the 12 ms around it best match earlier sound (normalised cross-correlation of
the low-passed sound at about 8 kHz, parabolic peak, as in D. Talkin, "A robust algorithm for pitch tracking", 1995).
Comparing with earlier sound needs 6 ms of lookahead instead of 21, and misses the first period of a voiced sound.
Marks are moved to the period's centre of energy, so that a window two periods wide ends where it is quietest.

Each mark is computed from whole windows at its own position, so marks do not depend on how the sound is cut.
"""

from cmath import phase
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Samples

LOWEST, HIGHEST = 65, 600
"""Range of detected fundamental frequencies in hertz; sound outside counts as unvoiced."""
HOP = 0.005
"""Seconds between marks where unvoiced."""

_BEGIN, _GO_ON, _LONGEST = 0.6, 0.5, 0.2  # correlation thresholds; higher for long periods, as noise has many lags
_NOTHING = 1e-10  # mean square, -100 dB: below it counts as silence


class SampleBuffer:
    """Samples by index in the utterance: zeros before the first; ``forget`` frees old ones."""

    def __init__(self, past: int) -> None:
        self.end = 0
        self._begin = -past
        self._past = past
        self._samples = np.zeros(past, np.float32)

    def append(self, pcm: Samples) -> None:
        self._samples = np.concatenate((self._samples, pcm), dtype=np.float32)
        self.end += len(pcm)

    def between(self, begin: int, end: int) -> Samples:
        return self._samples[begin - self._begin : end - self._begin]

    def forget(self, before: float) -> None:
        """Free the samples that are more than ``past`` before this index."""
        gone = int(before) - self._past - self._begin
        if gone > 0:
            self._samples = self._samples[gone:]
            self._begin += gone


def windows(pcm: Samples, width: int, step: int = 1) -> NDArray[np.float32]:
    """[(n - width) // step + 1, width]: numpy's sliding_window_view of contiguous samples, in a tenth of its time."""
    return np.ndarray(((len(pcm) - width) // step + 1, width), np.float32, pcm, 0, (4 * step, 4))


@dataclass(frozen=True, slots=True)
class Mark:
    """Positions and lengths in samples, with fractions."""

    at: float
    period: float
    """Distance from the previous mark where voiced, else the constant distance."""
    voiced: bool


class Periods:
    """The marks of one utterance, in order."""

    def __init__(self, rate: int) -> None:
        self._hop = HOP * rate
        self._step = step = max(1, rate // 8000)
        self._window = rate * 12 // 1000 // step
        self._longest, self._shortest = rate // LOWEST // step, max(2, rate // HIGHEST // step)
        low_pass = np.hanning((rate // 1500 | 1) + 2)[1:-1]
        self._low_pass = (low_pass / low_pass.sum()).astype(np.float32)
        self._half = self._window * step // 2
        self._side = len(low_pass) // 2
        self._period = 0.0
        self._last = -self._hop
        self._next = 0.0
        self.past = (self._longest + self._window) * step + self._side

    @property
    def needs(self) -> int:
        """Number of samples of the utterance that the next mark requires."""
        return round(self._next) + self._half + self._side + 1

    def mark(self, sound: SampleBuffer) -> Mark:
        """The next mark. ``sound`` must contain ``needs`` samples."""
        around = self._around(round(self._next), sound)
        period = self._repeats(around)
        at = self._next
        if not period:
            mark = Mark(at, self._hop, False)
        else:
            away = self._energy(around, period)
            if not self._period:
                at += away if at + away > self._last + 0.2 * period else away + period
            else:
                at += _within(period - self._period, 0.1 * period) + _within(0.1 * away, 0.03 * period)
            mark = Mark(at, period, True)
        self._period, self._last, self._next = period, at, at + mark.period
        return mark

    def _around(self, centre: int, sound: SampleBuffer) -> Samples:
        """The low-passed sound at about 8 kHz, from one window plus the longest lag before, to half a window after."""
        end = centre + self._half
        begin = end - (self._longest + self._window) * self._step
        taps = windows(sound.between(begin - self._side, end + self._side), len(self._low_pass), self._step)
        thin: Samples = np.einsum("ij,j->i", taps, self._low_pass)  # a matrix product would start BLAS threads
        return thin

    def _repeats(self, around: Samples) -> float:
        """The period of the last window in samples; 0: unvoiced."""
        n = self._window
        energy = np.cumsum(np.concatenate((np.zeros(1), np.square(around, dtype=np.float64))))
        energy = energy[n:] - energy[:-n]
        floor = n * _NOTHING
        same = np.correlate(around, around[-n:], "valid") / np.sqrt((energy + floor) * (energy[-1] + floor))
        same = same[::-1]  # indexed by lag
        peak = (same[1:-1] > same[:-2]) & (same[1:-1] >= same[2:])
        peak[: self._shortest - 1] = False
        lags = np.flatnonzero(peak) + 1
        if not len(lags):
            return 0.0
        score = same[lags] * (
            1 - 0.15 * lags / self._longest
        )  # a lag of two periods matches as well as one of one period
        if self._period:
            score += 0.1 * (np.abs(np.log2(lags * self._step / self._period)) < 0.25)
        lag = int(lags[np.argmax(score)])
        before, top, after = same[lag - 1 : lag + 2].tolist()
        if top < (_GO_ON if self._period else _BEGIN) + _LONGEST * lag / self._longest:
            return 0.0
        fraction = (before - after) / 2 / (before - 2 * top + after)
        return float((lag + fraction) * self._step)

    def _energy(self, around: Samples, period: float) -> float:
        """Distance from the mark to its period's centre of energy: the phase of the energy's fundamental.

        Reduced where that fundamental is weak, and so its phase uncertain, as in a sine.
        """
        n = round(period / self._step)
        turns = (np.arange(-n, 0) * self._step + self._half) / period
        energy = np.square(around[-n:])
        fundamental = complex(np.sum(energy * np.exp(-2j * np.pi * turns)))
        return -phase(fundamental) * period / (2 * pi) * abs(fundamental) / (float(energy.sum()) + 1e-30)


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
