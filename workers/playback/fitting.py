"""Conversion of 48 kHz mono float32 to a device's own rate, channels and sample format."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.alsa import FLOAT_MONO, Layout
from steadyvoice.workers.playback.resampler import Resampler


class Fitting:
    """The conversion for one opened device. It has state: that of the resampler."""

    def __init__(self, rate: int, layout: Layout) -> None:
        self.rate, self.layout = rate, layout
        self._resampler = None if rate == SINK_RATE else Resampler(SINK_RATE, rate)
        self.delay = self._resampler.delay if self._resampler else 0
        """Samples at 48 kHz that ``fit`` buffers until it gets more."""

    @property
    def changes_nothing(self) -> bool:
        return self._resampler is None and self.layout == FLOAT_MONO

    def fit(self, samples: NDArray[np.float32]) -> NDArray[Any]:
        """The samples as device frames; with a resampler, the frames that they complete."""
        if self.changes_nothing:
            return samples
        if self._resampler is not None:
            samples = np.clip(self._resampler.push(samples), -1.0, 1.0)  # a resampler may overshoot
        return packed(samples, self.layout)

    def samples(self, frames: int) -> int:
        """The number of samples at 48 kHz that ``fit`` turns into ``frames`` frames at most."""
        if self._resampler is None:
            return frames
        return max(0, frames - 1) * SINK_RATE // self.rate


def packed(samples: NDArray[np.float32], layout: Layout) -> NDArray[Any]:
    """Frames with the samples, from -1 to 1, in the first two channels; the other channels are silent."""
    values = _quantised(samples, layout)
    if layout.channels == 1:
        return values
    frames = np.zeros((len(values), layout.channels, *values.shape[1:]), values.dtype)
    frames[:, 0] = frames[:, 1] = values
    return frames


def _quantised(samples: NDArray[np.float32], layout: Layout) -> NDArray[Any]:
    if layout.format == "f32":
        return samples
    bits = int(layout.format[1:])
    most = 2.0 ** (bits - 1)
    values = np.clip(np.rint(samples.astype(np.float64) * most), -most, most - 1)
    if bits == 16:
        return values.astype("<i2")
    whole = values.astype("<i4")
    return whole if bits == 32 else np.ascontiguousarray(whole.view("u1").reshape(-1, 4)[:, :3])
