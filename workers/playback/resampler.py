"""From one sample rate to another in blocks of any size: a polyphase filter with linear phase, 1.5 ms late at 44.1 kHz.

soxr works on blocks of its own: at 44.1 kHz it gives nothing for 17 ms and then 737 samples at once, more than a
device's buffer of 10 ms takes. Its variable-rate mode gives them evenly, but 5 ms late and with a phase that bends.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_TAPS: Final = 128
"""Input samples for each output sample, more where the rate falls."""
_BETA: Final = 10.06
"""Of the Kaiser window: what is out of the band is 100 dB lower."""
_CUTOFF: Final = 0.95
"""Half down here, as a share of the lower Nyquist frequency: with so many taps, nine tenths pass untouched."""
_MOST_PHASES: Final = 1000
"""Rates that have no ratio with such a denominator are met to 6 millionths: a device's clock is further off."""


class Resampler:
    """Mono float32. The first output sample is the first input sample; the last are out ``delay`` samples later."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        ratio = Fraction(rate_out, rate_in).limit_denominator(_MOST_PHASES)
        self._up, self._down = ratio.numerator, ratio.denominator
        share = min(1.0, float(ratio))
        self.delay = round(_TAPS / share / 2)
        """Input samples after a time that are needed for the output at that time."""
        self._table = _table(self._up, self.delay, _CUTOFF * share)
        self._samples = np.zeros(self.delay - 1, np.float32)
        """Input that is needed still. Of the next output the first input is at ``_at`` / ``_up`` samples in it."""
        self._at = 0

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output that these samples make possible."""
        held = np.concatenate([self._samples, samples])
        windows = len(held) - 2 * self.delay + 1
        count = max(0, -((self._at - windows * self._up) // self._down))
        starts, phases = np.divmod(self._at + self._down * np.arange(count), self._up)
        self._at += count * self._down
        done = self._at // self._up
        self._samples, self._at = held[done:], self._at - done * self._up
        if not count:
            return held[:0]
        parts = sliding_window_view(held, 2 * self.delay)[starts]
        made: NDArray[np.float32] = np.einsum("ij,ij->i", parts, self._table[phases])
        return made


@lru_cache(maxsize=1)  # a device is opened again and again
def _table(phases: int, half: int, cutoff: float) -> NDArray[np.float32]:
    """[phases, 2 half]: the weights of the input samples around a time that is a share of a sample after the middle."""
    times = np.arange(1 - half, half + 1) - np.arange(phases)[:, None] / phases
    weights = np.sinc(cutoff * times) * np.i0(_BETA * np.sqrt(np.clip(1 - (times / half) ** 2, 0, 1)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
