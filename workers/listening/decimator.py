"""From 48 to 16 kHz, 10 ms at a time. Every block gives as many samples; soxr would return none, then many."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE

Samples = NDArray[np.float32]

RATE: Final = 16_000
"""Hertz of all that follows."""
HOP: Final = RATE // 100
"""10 ms at that rate."""
SINK_HOP: Final = SINK_RATE // 100
"""10 ms at the sink's rate."""

_FACTOR: Final = SINK_RATE // RATE
_TAPS: Final = 97
_BETA: Final = 6.2
"""Of the Kaiser window: 65 dB less above 8.9 kHz, flat to 7.1 kHz."""


def _filter() -> Samples:
    at = np.arange(_TAPS) - _TAPS // 2
    taps = np.sinc(at / _FACTOR) * np.kaiser(_TAPS, _BETA)
    return np.asarray(taps / taps.sum(), np.float32)


_FILTER: Final = _filter()


class Decimator:
    """Mono float32, delayed by 1 ms."""

    def __init__(self) -> None:
        self._samples = np.zeros(_TAPS - _FACTOR + SINK_HOP, np.float32)
        self._windows = sliding_window_view(self._samples, _TAPS)[::_FACTOR]
        """Of these samples, one for each sample of a result."""

    def __call__(self, block: Samples) -> Samples:
        """[480] to [160]."""
        kept = _TAPS - _FACTOR
        self._samples[:kept] = self._samples[SINK_HOP:].copy()
        self._samples[kept:] = block
        made: Samples = np.ascontiguousarray(self._windows) @ _FILTER
        return made
