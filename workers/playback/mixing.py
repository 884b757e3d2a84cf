"""Speech and live sound in one block for the device."""

from typing import Final

import numpy as np

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.fade import Samples

_SLOPE: Final = 1000 / 20 / SINK_RATE
"""Change of a gain per sample: 20 ms from silence to full level."""


class Gain:
    """A gain that moves to each new value without a step."""

    def __init__(self) -> None:
        self._now = 1.0

    def apply(self, samples: Samples, wanted: float) -> None:
        """Multiply the samples in place; at a gain of 1 they stay as they are, bit for bit."""
        if self._now == wanted:
            if wanted != 1.0:
                samples *= np.float32(wanted)
            return
        change = np.clip(wanted - self._now, -_SLOPE * len(samples), _SLOPE * len(samples))
        steps = np.arange(1, len(samples) + 1, dtype=np.float32) * np.float32(np.sign(change) * _SLOPE)
        ramp = self._now + (np.minimum(steps, change) if change > 0 else np.maximum(steps, change))
        samples *= ramp.astype(np.float32)
        self._now = wanted if len(samples) and abs(change) < _SLOPE * len(samples) else float(ramp[-1])


class Mixer:
    def __init__(self) -> None:
        self._speech, self._live = Gain(), Gain()

    def speech(self, block: Samples, gain: float) -> None:
        """Give speech its gain, in place."""
        self._speech.apply(block, gain)

    def add(self, block: Samples, live: Samples, gain: float, *, speaks: bool) -> None:
        """Add live samples, which may be changed, to the block. speaks: there are others in it."""
        self._live.apply(live, gain)
        if speaks:
            block += live
        else:
            block[:] = live
        np.clip(block, -1.0, 1.0, out=block)
