"""Where a segment's first sound begins, so that it is whole and nothing silent precedes it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Frames, Samples, Vocoder
from steadyvoice.workers.engines.hibari.dsp import BINS, HOP, RATE

_SOFT_DB, _LOUD_DB = -57.0, -35.0
"""Levels, 0 dB at full scale. Below the first, a frame has no sample above 1 % of the voice's peak; above the second,
also the edge of its window is audible, one frame earlier."""
_AUDIBLE: Final = 0.003
"""1 % of the voice's usual peak."""
_KEPT: Final = RATE * 5 // 1000
"""Samples kept before the first audible one, which may be the slope of a soft onset."""
_MAX_TRIMMED: Final = 2 * HOP


def silent_frames(frames: Frames) -> int:
    """Number of leading frames, [n, 3006], of which nothing is audible."""
    harmonics, noise, rest = (np.exp(2 * np.minimum(frames[:, i * BINS : (i + 1) * BINS], 7)) for i in (0, 2, 3))
    power = (2 * noise + rest).sum(1) * (2 / 1200**2) + np.where(frames[:, -1] > 0, harmonics.sum(1) * 1e-6, 0)
    level = 10 * np.log10(power + 1e-12)
    return max(0, min(_first(level > _SOFT_DB) - 1, _first(level > _LOUD_DB) - 2))


def _first(true: NDArray[np.bool_]) -> int:
    return int(true.argmax()) if true.any() else len(true)


class OnsetTrimmer:
    """A vocoder that begins each segment at most 5 ms before its first audible sample.

    The samples that are left out, at most two hops, follow as silence at the segment's end, so that its length stays.
    """

    def __init__(self, vocoder: Vocoder) -> None:
        self._vocoder = vocoder
        self._trimmed = 0
        self._begun = False

    def push(self, frames: Frames) -> Samples:
        return self._trim(self._vocoder.push(frames))

    def finish(self) -> Samples:
        rest = self._trim(self._vocoder.finish())
        silence = np.zeros(self._trimmed, np.float32)
        self._trimmed, self._begun = 0, False
        return np.concatenate((rest, silence))

    def _trim(self, samples: Samples) -> Samples:
        if self._begun or not len(samples):
            return samples
        room = min(len(samples), _MAX_TRIMMED - self._trimmed)
        audible = np.flatnonzero(np.abs(samples[: room + _KEPT]) > _AUDIBLE)
        count = max(0, min(room, int(audible[0]) - _KEPT)) if len(audible) else max(0, room - _KEPT)
        self._begun = len(audible) > 0 or room < len(samples)
        self._trimmed += count
        return samples[count:]
