"""A voice of set costs, for benchmarks and tests: it hums, and takes as long for it as the text says.

Each word ``G/V/F`` is a chunk of F frames of 10 ms; the generator computes for G milliseconds before it yields them,
the vocoder for V milliseconds before it has their sound. Load it with ``engines = ["paced"]``, ``voice = "paced"``.
"""

import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from steadyvoice.workers.engines.engine import Follower, Frames, FrameSpec, Samples, Voice

RATE: Final = 24000
_FRAME: Final = RATE // 100
_HUM: Final = (0.25 + 0.1 * np.sin(np.arange(_FRAME) * 2 * np.pi / _FRAME)).astype(np.float32)


def compute(ms: float) -> None:
    """Keep a core busy for so long."""
    until = time.perf_counter_ns() + int(ms * 1e6)
    while time.perf_counter_ns() < until:
        pass


class Paced:
    """Entry point ``paced`` of the group steadyvoice.engines. A frame is the milliseconds its sound will take."""

    spec = FrameSpec("milliseconds", 1, _FRAME)

    def voices(self) -> list[Voice]:
        return [Voice("paced", "zxx", RATE, "Apache-2.0")]

    def generator(self) -> "Paced":
        return self

    def vocoder(self, voice: str, follower: Follower) -> "Paced":
        return self

    def warmup(self) -> None:
        pass

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        for word in text.split():
            generator_ms, vocoder_ms, frames = map(float, word.split("/"))
            compute(generator_ms)
            yield np.full((int(frames), 1), vocoder_ms / frames, np.float32)

    def push(self, frames: Frames) -> Samples:
        compute(float(frames.sum()))
        return np.tile(_HUM, len(frames))

    def finish(self) -> Samples:
        return np.empty(0, np.float32)
