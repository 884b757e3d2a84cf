"""A live input in simulated time, and a sink that can be stopped."""

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.live.live_input import Block, LiveInput
from steadyvoice.workers.live.naming import source_of
from steadyvoice.workers.live.sources import Source

SECOND, RATE, BLOCK = 1_000_000_000, 48000, 512


class Sink:
    """Plays from time 0 on, but not while it is ``stopped``."""

    def __init__(self) -> None:
        self.stops: list[tuple[int, int]] = []

    def position(self, now_ns: int) -> float:
        stopped = sum(min(now_ns, end) - start for start, end in self.stops if start < now_ns)
        return (now_ns - stopped) * RATE / 1e9


class Session:
    """A live input in simulated time."""

    def __init__(self) -> None:
        self.now_ns, self.sink = SECOND, Sink()
        self.blocks: list[Block] = []

    def open(self, source: str | Source, resume: tuple[int, int] | None = None) -> LiveInput:
        self.live = LiveInput(source_of(source) if isinstance(source, str) else source, self.sink, resume)
        self.live.open(self.now_ns)
        return self.live

    def run(self, seconds: float) -> None:
        end = self.now_ns + int(seconds * 1e9)
        while self.now_ns < end:
            self.blocks += self.live.step(self.now_ns)
            self.now_ns += max(100_000, int(self.live.sleep_s * 1e9))

    @property
    def sound(self) -> NDArray[np.float32]:
        first = self.blocks[0].start
        assert [block.start for block in self.blocks] == [first + BLOCK * at for at in range(len(self.blocks))]
        assert all(block.samples.shape == (BLOCK,) and block.samples.dtype == np.float32 for block in self.blocks)
        return np.concatenate([block.samples for block in self.blocks])
