"""The early sign of speech: the residual is louder than the room. Sooner than voice activity, but any noise is one."""

import math
from typing import Final

import numpy as np

from steadyvoice.workers.listening.decimator import Samples

_ABOVE_DB: Final = 6.0
"""At 10 dB, signs of speech over our own voice came up to 20 ms later (95th percentile)."""
_HOPS: Final = 2
"""In a row."""
_SOUND_DB: Final = 4.0
"""Above the floor there is some sound, which may be speech."""
_QUIET_HOPS: Final = 30
"""Without sound, after which there is none."""
_LEAST_FLOOR_DB: Final = -65.0
"""Below full scale. The noise of a quiet room or of the echo canceller is not measured more closely."""
_FALLS_DB: Final = 1.0
_RISES_DB: Final = 0.05
"""Of the floor in one hop, towards the level: 5 dB a second up, 20 times as fast down."""
_SILENCE: Final = 1e-10
_OF_NEAR: Final = 0.01
"""Of the power."""


class Loudness:
    def __init__(self) -> None:
        self._floor_db = _LEAST_FLOOR_DB
        self._hops = 0
        self._quiet_hops = 0
        """Since there was some sound."""

    @property
    def is_quiet(self) -> bool:
        """For the last 0.3 s there was nothing but the room."""
        return self._quiet_hops >= _QUIET_HOPS

    def is_raised(self, residual: Samples) -> bool:
        """Whether this hop of 10 ms and the one before it are 6 dB above the floor."""
        level = 10 * math.log10(float(np.dot(residual, residual)) / len(residual) + _SILENCE)
        self._hops = self._hops + 1 if level > self._floor_db + _ABOVE_DB else 0
        self._quiet_hops = 0 if level > self._floor_db + _SOUND_DB else self._quiet_hops + 1
        step = _RISES_DB if level > self._floor_db else -_FALLS_DB
        self._floor_db = max(_LEAST_FLOOR_DB, self._floor_db + step)
        return self._hops >= _HOPS


def is_residual_echo(residual: Samples, near: Samples) -> bool:
    """Whether the canceller has left less than 1 % of the power: so it does of an echo, but not of speech over one."""
    return bool(residual.var() < _OF_NEAR * near.var())  # the near end may have an offset, which the residual has not
