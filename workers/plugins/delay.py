"""A delay by a fixed number of samples, read only where it is needed."""

from typing import Final

import numpy as np

from steadyvoice.workers.plugins.plugin import Samples

_LEAST_BLOCKS: Final = 32


class DelayLine:
    """The last 32 blocks, 0.34 s, or more where the delay is longer."""

    def __init__(self, delay: int, block: int) -> None:
        self._delay, self._block = delay, block
        self._ring = np.zeros(max(_LEAST_BLOCKS, delay // block + 2) * block, np.float32)
        self._at = 0
        """Where the next block is written: a multiple of the block, so that no block is cut."""

    def write(self, block: Samples) -> None:
        self._ring[self._at : self._at + self._block] = block
        self._at = (self._at + self._block) % len(self._ring)

    def read(self, out: Samples) -> None:
        """The block that was written last, ``delay`` samples late; zeros before the first sample."""
        begin = (self._at - self._block - self._delay) % len(self._ring)
        first = min(self._block, len(self._ring) - begin)
        out[:first] = self._ring[begin : begin + first]
        out[first:] = self._ring[: self._block - first]

    def peak(self) -> float:
        """Of all samples that it holds."""
        return float(np.abs(self._ring).max())
