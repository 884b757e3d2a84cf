"""What the last blocks of a plugin cost."""

from typing import Final

import numpy as np

_BLOCKS: Final = 1024
"""Blocks of the window: 11 s at 512 samples and 48 kHz."""


class Times:
    """Nanoseconds per block, over a rolling window."""

    def __init__(self) -> None:
        self._ns = np.zeros(_BLOCKS, np.int64)
        self.count = 0
        """Blocks so far."""

    def add(self, ns: int) -> None:
        self._ns[self.count % _BLOCKS] = ns
        self.count += 1

    def percentiles_us(self, *percents: int) -> list[float]:
        """Microseconds; 0 before the first block."""
        known = np.sort(self._ns[: min(self.count, _BLOCKS)])
        return [float(known[(len(known) - 1) * percent // 100]) / 1000 if len(known) else 0.0 for percent in percents]
