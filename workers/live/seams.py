"""Joints where samples are dropped from a stream or added to it: 5 ms fades, so that no step is heard as a click."""

from typing import Final

import numpy as np

from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain

_NONE: Final = np.empty(0, np.float32)


class Seams:
    """A stream's samples pass through ``push``; a correction is made at the next ones."""

    def __init__(self) -> None:
        self._pending = _NONE
        """Samples that wait until a correction has all that it needs."""
        self._correction = 0
        self._fades_in = False
        self._tail = _NONE
        """The first samples that were skipped: they fade out over the next ones."""

    def skip(self, samples: Samples) -> None:
        """Leave these out, although they come next."""
        self._tail = np.concatenate([self._tail, samples[: FADE_SAMPLES - len(self._tail)]])

    def correct(self, frames: int) -> None:
        """Above 0: put so much silence in. Below 0: leave so many samples out."""
        self._correction += frames

    def fade_in(self) -> None:
        """Silence was put in before the next samples."""
        self._fades_in = True

    def push(self, samples: Samples) -> Samples:
        """The samples, corrected; fewer or none while a correction waits for more."""
        if not (self._correction or self._fades_in or len(self._pending) or len(self._tail)):
            return samples
        samples, self._pending = np.concatenate([self._pending, samples]), _NONE
        if len(samples) < max(0, -self._correction) + 2 * FADE_SAMPLES:
            self._pending = samples
            return _NONE
        correction, self._correction = self._correction, 0
        falling = fade_out_gain(FADE_SAMPLES)
        if self._fades_in:
            self._fades_in = False
            samples[:FADE_SAMPLES] *= 1 - falling
        if over := len(self._tail):
            gain, self._tail, tail = fade_out_gain(over), _NONE, self._tail
            samples[:over] = samples[:over] * (1 - gain) + tail * gain
        if not correction:
            return samples
        head = samples[:FADE_SAMPLES] * falling
        if correction > 0:
            rest = samples[FADE_SAMPLES:]
            rest[:FADE_SAMPLES] *= 1 - falling
            return np.concatenate([head, np.zeros(correction, np.float32), rest])
        rest = samples[-correction:]
        rest[:FADE_SAMPLES] = head + rest[:FADE_SAMPLES] * (1 - falling)
        return rest
