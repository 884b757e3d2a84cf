"""Where a voice's periods lie: one mark a period while it is voiced, one every 5 ms while it is not.

A mark's period is the lag at which the 12 ms around it best repeat what went before (normalised cross-correlation of
the low-passed sound at about 8 kHz, parabolic peak, as in D. Talkin, "A robust algorithm for pitch tracking", 1995).
Looking back, not ahead, costs 6 ms of the future instead of 21, and the first period of a voiced sound.
Marks are drawn to where a period's energy lies, so that a window two periods wide cuts it at its quietest.

Every mark is computed from whole windows at its own place, so that marks do not depend on how the sound was cut.
"""

from cmath import phase
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Samples

LOWEST, HIGHEST = 65, 600
"""Hertz of the voices that are followed; what lies outside is left as it is."""
HOP = 0.005
"""Seconds between the marks of what has no period."""

_BEGIN, _GO_ON, _LONGEST = 0.6, 0.5, 0.2  # how alike two periods are, of 1; more for long ones: noise has many lags
_NOTHING = 1e-10  # mean square: -100 dB has no pitch


class SampleBuffer:
    """Samples by their number in the utterance: zeros before its first; those that are past are let go."""

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
        """Nothing earlier than ``past`` samples before that will be asked for again."""
        gone = int(before) - self._past - self._begin
        if gone > 0:
            self._samples = self._samples[gone:]
            self._begin += gone


def windows(pcm: Samples, width: int, step: int = 1) -> NDArray[np.float32]:
    """[(n - width) // step + 1, width]: numpy's sliding_window_view of contiguous samples, in a tenth of its time."""
    return np.ndarray(((len(pcm) - width) // step + 1, width), np.float32, pcm, 0, (4 * step, 4))


@dataclass(frozen=True, slots=True)
class Mark:
    """Samples, with their fractions."""

    at: float
    period: float
    """To the mark before, while voiced; else the distance of two marks."""
    voiced: bool


class Periods:
    """The marks of one utterance, one by one."""

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
        """How many samples of the utterance must be there for the next mark."""
        return round(self._next) + self._half + self._side + 1

    def mark(self, sound: SampleBuffer) -> Mark:
        """The next one. The sound must reach to ``needs``."""
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
        """The low-passed sound at about 8 kHz, from a window and the longest lag before to half a window after."""
        end = centre + self._half
        begin = end - (self._longest + self._window) * self._step
        taps = windows(sound.between(begin - self._side, end + self._side), len(self._low_pass), self._step)
        thin: Samples = np.einsum("ij,j->i", taps, self._low_pass)  # a matrix product would wake BLAS threads
        return thin

    def _repeats(self, around: Samples) -> float:
        """The period that the last window shows, in samples; 0: none."""
        n = self._window
        energy = np.cumsum(np.concatenate((np.zeros(1), np.square(around, dtype=np.float64))))
        energy = energy[n:] - energy[:-n]
        floor = n * _NOTHING
        same = np.correlate(around, around[-n:], "valid") / np.sqrt((energy + floor) * (energy[-1] + floor))
        same = same[::-1]  # by lag
        peak = (same[1:-1] > same[:-2]) & (same[1:-1] >= same[2:])
        peak[: self._shortest - 1] = False
        lags = np.flatnonzero(peak) + 1
        if not len(lags):
            return 0.0
        score = same[lags] * (1 - 0.15 * lags / self._longest)  # two periods are as alike as one
        if self._period:
            score += 0.1 * (np.abs(np.log2(lags * self._step / self._period)) < 0.25)
        lag = int(lags[np.argmax(score)])
        before, top, after = same[lag - 1 : lag + 2].tolist()
        if top < (_GO_ON if self._period else _BEGIN) + _LONGEST * lag / self._longest:
            return 0.0
        fraction = (before - after) / 2 / (before - 2 * top + after)
        return float((lag + fraction) * self._step)

    def _energy(self, around: Samples, period: float) -> float:
        """How far after the mark its period's energy lies: the phase of the energy's fundamental, and less where that
        is weak and says little, as in a sine."""
        n = round(period / self._step)
        turns = (np.arange(-n, 0) * self._step + self._half) / period
        energy = np.square(around[-n:])
        fundamental = complex(np.sum(energy * np.exp(-2j * np.pi * turns)))
        return -phase(fundamental) * period / (2 * pi) * abs(fundamental) / (float(energy.sum()) + 1e-30)


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
