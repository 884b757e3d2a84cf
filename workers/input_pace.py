"""When more input comes, of a stage that gets its input in bursts: what the stage before it makes at a time."""

import math
from typing import Final

_DECAY: Final = 0.75
"""Of the longest interval, with each burst."""
_RECENT: Final = 0.25
"""Weight of the last burst in the usual size of one."""


class InputPace:
    """Bursts of one utterance. All sizes and times in seconds: those of sound, and of a clock."""

    def __init__(self) -> None:
        self._at: float | None = None
        """Time of the last burst."""
        self._burst = self._usual = self._interval = 0.0

    def arrived(self, seconds: float, at: float) -> None:
        """Input of this length was made. Equal times are parts of one burst."""
        if at == self._at:
            self._burst += seconds
            return
        if self._at is not None:
            self._interval = max(at - self._at, _DECAY * self._interval)
            self._usual += (self._burst - self._usual) * (_RECENT if self._usual else 1.0)
        self._at, self._burst = at, seconds

    def until(self, seconds: float, now: float) -> float:
        """How long it takes until so much more has arrived; infinite before the second burst."""
        if self._at is None or not self._interval:
            return math.inf
        bursts = math.ceil(seconds / self._usual - 1e-6)
        return max(0.0, bursts * self._interval - (now - self._at))
