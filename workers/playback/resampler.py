"""A sample-rate converter for blocks of any size: a polyphase FIR filter with linear phase, 1.5 ms delay at 44.1 kHz.

soxr works in blocks of its own: at 44.1 kHz it returns nothing for 17 ms and then 737 samples, more than a device's
buffer of 10 ms takes. Its variable-rate mode returns samples evenly, but with 5 ms delay and a non-linear phase.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_TAPS: Final = 128
"""Input samples per output sample; more where the rate falls."""
_BETA: Final = 10.06
"""Shape of the Kaiser window: 100 dB attenuation in the stop band."""
_CUTOFF: Final = 0.95
"""The -6 dB point as a share of the lower Nyquist frequency; with 128 taps, 90% of the band is flat."""
_MOST_PHASES: Final = 1000
"""A ratio with a larger denominator is approximated to 6 ppm; a device's clock is less exact."""


class Resampler:
    """Mono float32. The first output sample is at the time of the first input sample."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        ratio = Fraction(rate_out, rate_in).limit_denominator(_MOST_PHASES)
        self._up, self._down = ratio.numerator, ratio.denominator
        share = min(1.0, float(ratio))
        self.delay = round(_TAPS / share / 2)
        """Input samples after a point in time that the output at this point needs."""
        self._table = _table(self._up, self.delay, _CUTOFF * share)
        self._samples = np.zeros(self.delay - 1, np.float32)
        """Input that is still needed. The window of the next output begins at ``_at`` / ``_up`` samples in it."""
        self._at = 0

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take any number of samples; return all output that they complete."""
        pending = np.concatenate([self._samples, samples])
        windows = len(pending) - 2 * self.delay + 1
        count = max(0, -((self._at - windows * self._up) // self._down))
        starts, phases = np.divmod(self._at + self._down * np.arange(count), self._up)
        self._at += count * self._down
        done = self._at // self._up
        self._samples, self._at = pending[done:], self._at - done * self._up
        if not count:
            return pending[:0]
        parts = sliding_window_view(pending, 2 * self.delay)[starts]
        made: NDArray[np.float32] = np.einsum("ij,ij->i", parts, self._table[phases])
        return made


@lru_cache(maxsize=1)  # a device is opened again and again
def _table(phases: int, half: int, cutoff: float) -> NDArray[np.float32]:
    """[phases, 2 half]: filter taps for a point ``phase`` / ``phases`` of a sample after the middle input sample."""
    times = np.arange(1 - half, half + 1) - np.arange(phases)[:, None] / phases
    weights = np.sinc(cutoff * times) * np.i0(_BETA * np.sqrt(np.clip(1 - (times / half) ** 2, 0, 1)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
