"""The level of a stream."""

import math
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

SILENT_DB: Final = -200.0
_WINDOW_S: Final = 1.0


class Level:
    """Peak of the last whole second."""

    def __init__(self) -> None:
        self.db = SILENT_DB
        """Relative to full scale."""
        self._peak = 0.0
        self._since = time.monotonic()

    def add(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._peak = max(self._peak, float(samples.max()), -float(samples.min()))
        if (now := time.monotonic()) - self._since >= _WINDOW_S:
            self.db = round(20 * math.log10(self._peak), 1) if self._peak > 1e-10 else SILENT_DB
            self._peak, self._since = 0.0, now
