"""Conversion between 48 kHz mono float32 and a device's own rate, channels and sample format."""

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


class CaptureFitting:
    """The conversion of what one opened device records. It has state, as ``Fitting``."""

    def __init__(self, rate: int, layout: Layout) -> None:
        self._layout = layout
        self._resampler = None if rate == SINK_RATE else Resampler(rate, SINK_RATE)

    def fit(self, frames: bytes | memoryview) -> NDArray[np.float32]:
        """The device's frames as samples at 48 kHz; with a resampler, those that the frames complete."""
        samples = unpacked(frames, self._layout)
        return samples if self._resampler is None else self._resampler.push(samples)


def unpacked(frames: bytes | memoryview, layout: Layout) -> NDArray[np.float32]:
    """Samples from -1 to 1: the mean of the first two channels, or the only channel. A view where possible."""
    if layout == FLOAT_MONO:
        return np.frombuffer(frames, "<f4")
    bits = int(layout.format[1:])
    if bits == 24:
        octets = np.frombuffer(frames, "u1").reshape(-1, 3)
        values = np.pad(octets, ((0, 0), (1, 0))).view("<i4").reshape(-1, layout.channels)
        bits = 32
    else:
        kind = "<f4" if layout.format == "f32" else f"<i{bits // 8}"
        values = np.frombuffer(frames, kind).reshape(-1, layout.channels)
    if layout.format == "f32":
        return np.asarray((values[:, 0] + values[:, 1]) * np.float32(0.5))
    return np.asarray(values[:, :2].mean(axis=1, dtype=np.float64) / 2.0 ** (bits - 1), np.float32)


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
