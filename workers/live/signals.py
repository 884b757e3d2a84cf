"""Signals for tests of live sound: sample i is a function of i alone, so that whoever hears one can check it.

All are mono at 48 kHz, a quarter of full scale at most.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.fade import Samples

Signal = Callable[[int, int], Samples]
"""(start, count) → samples [start, start + count)."""

PEAK: Final = 0.25
SWEEP_S: Final = 10
"""Seconds from SWEEP_HZ[0] to SWEEP_HZ[1]; then the sweep begins again."""
SWEEP_HZ: Final = (20.0, 20_000.0)
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def silence(start: int, count: int) -> Samples:
    return np.zeros(count, np.float32)


def tone(hertz: float) -> Signal:
    """A sine that begins with phase 0."""

    def samples(start: int, count: int) -> Samples:
        cycles = np.arange(start, start + count) * hertz / SINK_RATE
        return (PEAK * np.sin(2 * np.pi * (cycles % 1.0))).astype(np.float32)

    return samples


def sweep(start: int, count: int) -> Samples:
    """A sine with a frequency that rises by the same factor each second (Farina's exponential sweep)."""
    seconds = np.arange(start, start + count) % (SWEEP_S * SINK_RATE) / SINK_RATE
    low, high = SWEEP_HZ
    rise = np.log(high / low) / SWEEP_S
    phase = 2 * np.pi * low / rise * np.expm1(rise * seconds)
    return np.asarray(PEAK * np.sin(phase), np.float32)


def noise(seed: int) -> Signal:
    """White noise, uniform. Sample i has the upper 24 bits of output i of SplitMix64 (Steele, Lea, Flood 2014).

    It is bits / 2^25 - 1/4, exact in float32.
    """

    def samples(start: int, count: int) -> Samples:
        state = np.arange(start + 1, start + 1 + count, dtype=np.uint64) * _GOLDEN + np.uint64(seed)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits = (state ^ (state >> np.uint64(31))) >> np.uint64(40)
        return ((bits.astype(np.int64) - (1 << 23)) / (1 << 25)).astype(np.float32)

    return samples
