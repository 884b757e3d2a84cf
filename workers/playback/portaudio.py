"""A sound device that plays, through PortAudio."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.alsa import FLOAT_MONO
from steadyvoice.workers.playback.fitting import Fitting
from steadyvoice.workers.playback.naming import PLAYBACK
from steadyvoice.workers.playback.sound_library import DeviceStream

LEAD_IN_SAMPLES: Final = SINK_RATE * 10 // 1000
"""PulseAudio now and then drops up to so many of the first samples of a stream; measured at a null sink's monitor."""


class Device(DeviceStream):
    """A sound device that takes 48 kHz mono float32, whatever its own rate, channels and sample format are.

    No call waits for the device to play. All counts are samples at 48 kHz.
    """

    direction = PLAYBACK

    def __init__(self, wanted: str, block: int) -> None:
        """As ``DeviceStream``."""
        super().__init__(wanted, block)
        self._fitting = Fitting(SINK_RATE, FLOAT_MONO)
        self.lead_in_samples = LEAD_IN_SAMPLES
        """Samples of silence before the first sound after each opening."""
        self.delay = 0
        """Samples that the resampler buffers until more are written."""
        self.buffer_samples = 0
        """Capacity of the device's buffer, in samples."""

    def _open(self, sd: Any, latency_s: float) -> None:
        """``latency_s``: seconds from writing a sample that fills the buffer until the sample is heard."""
        super()._open(sd, latency_s)
        self._fitting = Fitting(self.rate, self.layout)
        self.delay = self._fitting.delay
        frames = int(self._stream.write_available)
        self.buffer_samples = self._fitting.samples(frames)
        self.latency_s = max(self.latency_s, frames / self.rate) + self.delay / SINK_RATE

    def writable(self) -> int:
        """Samples that ``write`` takes without waiting. NoDevice if the device is lost."""
        return self._fitting.samples(int(self._call(lambda: self._stream.write_available)))

    def write(self, samples: NDArray[np.float32]) -> bool:
        """Write samples, at most ``writable``; return True if the device's buffer was empty. NoDevice as above."""
        frames = self._fitting.fit(samples)
        return bool(len(frames) and self._call(lambda: self._stream.write(frames)))
