"""Built-in plugins that need numpy only: gain, filters, and a sine."""

import math

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.plugins.biquad import Biquad, high_pass, low_pass
from steadyvoice.workers.plugins.plugin import Parameter, Samples


def amplitude(db: float) -> float:
    """The factor of a gain in decibels."""
    return float(10 ** (db / 20))


class Gain:
    """Makes the sound louder or softer; a change is spread over a block."""

    db = Parameter(0.0, -60, 24, "dB", "gain")

    def open(self, rate: int, block: int) -> None:
        self._before = self.db

    def process(self, block: Samples) -> Samples:
        db, before = self.db, self._before
        if db == before:
            block *= np.float32(amplitude(db))
        else:
            block *= np.linspace(amplitude(before), amplitude(db), len(block), dtype=np.float32)
            self._before = db
        return block


class _Filter:
    hz: float
    q: float

    def open(self, rate: int, block: int) -> None:
        self._rate, self._biquad, self._set = rate, Biquad(block), (0.0, 0.0)

    def process(self, block: Samples) -> Samples:
        wanted = self.hz, self.q
        if wanted != self._set:
            self._biquad.set(*self.design(*wanted, self._rate))
            self._set = wanted
        return self._biquad.process(block)

    def design(self, hz: float, q: float, rate: int) -> tuple[tuple[float, float, float], tuple[float, float]]:
        raise NotImplementedError


class LowPass(_Filter):
    """Removes what is above a frequency, 12 dB per octave."""

    hz = Parameter(8000.0, 20, 20000, "Hz", "corner frequency")
    q = Parameter(math.sqrt(0.5), 0.1, 10, "", "resonance; 0.707 is flat")

    def design(self, hz: float, q: float, rate: int) -> tuple[tuple[float, float, float], tuple[float, float]]:
        return low_pass(hz, q, rate)


class HighPass(_Filter):
    """Removes what is below a frequency, 12 dB per octave: hum, rumble, a voice too near to the microphone."""

    hz = Parameter(100.0, 10, 20000, "Hz", "corner frequency")
    q = Parameter(math.sqrt(0.5), 0.1, 10, "", "resonance; 0.707 is flat")

    def design(self, hz: float, q: float, rate: int) -> tuple[tuple[float, float, float], tuple[float, float]]:
        return high_pass(hz, q, rate)


class Sine:
    """A tone, for tests: instead of the sound, or added to it."""

    hz = Parameter(440.0, 1, 20000, "Hz", "frequency")
    db = Parameter(-20.0, -120, 0, "dB", "peak level below full scale")
    mode = Parameter("replace", choices=("replace", "add"), doc="what happens to the sound that comes in")

    def __init__(self) -> None:
        self._phase = 0.0
        """Turns, 0 to 1."""
        self._at = np.arange(LIVE_BLOCK, dtype=np.float64)
        self._rate = SINK_RATE

    def open(self, rate: int, block: int) -> None:
        self._rate, self._at = rate, np.arange(block, dtype=np.float64)

    def process(self, block: Samples) -> Samples:
        turns = self.hz / self._rate
        angles = self._at * (2 * math.pi * turns)
        angles += 2 * math.pi * self._phase
        np.sin(angles, out=angles)
        angles *= amplitude(self.db)
        self._phase = (self._phase + turns * len(block)) % 1.0
        if self.mode == "add":
            block += angles
        else:
            block[:] = angles
        return block
