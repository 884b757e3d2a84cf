"""How long a segment's beginning is held back where the stages are slower than the sound plays: just long enough.

Made at r seconds a second, D seconds of sound take r D. Who begins to play (r - 1) D after the first of it was there
hears the last of it just in time: the pause is between two sentences, and not in the middle of one.
"""

import time
from collections.abc import Callable
from typing import Final

_FORGET: Final = 0.5
_SAFETY: Final = 1.1
"""It may take so much longer than it should."""
_AMPLE_S: Final = 1.0
"""A listener who has not taken so much has not waited for it."""


class Pace:
    """Seconds in which the stages make a second of sound; at most 1 where they are quick enough."""

    def __init__(self) -> None:
        self._took = self._sound = 0.0

    @property
    def value(self) -> float:
        return self._took / self._sound if self._sound else 1.0

    def learn(self, took: float, sound: float) -> None:
        self._took = _FORGET * self._took + took
        self._sound = _FORGET * self._sound + sound


class Prebuffer:
    """One utterance's. pace: of all that take the same way. most: never held for longer, in seconds of sound."""

    def __init__(self, pace: Pace, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace, self._most, self._clock = pace, most, clock
        self._began: float | None = None
        self._sound = 0.0
        self._until = 0.0
        self._dry_at = 0.0

    @property
    def ahead(self) -> float:
        """Seconds that a listener has before him who hears a second a second; below 0 where he waits."""
        return self._dry_at - self._clock()

    def came(self, sound: float, expected: float) -> None:
        """So many seconds of a segment that is expected to have so many."""
        if self._began is not None:
            self._sound += sound
            return
        self._began, self._sound = self._clock(), 0.0
        pace = self._pace.value
        pause = (_SAFETY * pace - 1) * expected - max(0.0, self.ahead) if pace > 1 else 0.0
        self._until = self._began + min(max(0.0, pause), self._most * pace)

    def over(self, untaken: float) -> None:
        """The segment has been made; the listener has not taken the last so many seconds."""
        if self._began is not None and self._sound:
            took = self._clock() - self._began
            self._pace.learn(min(took, self._sound) if untaken > min(_AMPLE_S, self._most / 2) else took, self._sound)
        self._began, self._until = None, 0.0

    def gave(self, sound: float) -> float:
        """So many seconds go to the listener; return when, by the clock, he will have heard them."""
        self._dry_at = max(self._dry_at, self._clock()) + sound
        return self._dry_at

    @property
    def wait(self) -> float:
        """Seconds for which what has come is still to be held back."""
        if not self._until or self._sound >= self._most:  # no more is made before some of it was heard
            return 0.0
        return max(0.0, self._until - self._clock())
