"""The fade at every place where playback is interrupted: 5 ms, so that no step in the waveform is heard as a click."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE

Samples = NDArray[np.float32]
"""Mono samples at SINK_RATE, from -1 to 1."""

FADE_SAMPLES: Final = SINK_RATE * 5 // 1000
_CURVE: Final = (np.cos(np.linspace(0, np.pi / 2, FADE_SAMPLES)) ** 2).astype(np.float32)


def fade_out_gain(samples: int) -> Samples:
    """The gain of each of ``samples`` samples, falling from 1 to 0; at most FADE_SAMPLES.

    1 minus this gain fades in: a fade-out and a fade-in of the same samples add up to these samples.
    """
    return _CURVE if samples == FADE_SAMPLES else _CURVE[np.linspace(0, FADE_SAMPLES - 1, samples).astype(int)]
