"""How long the beginning of a segment is buffered so that the listener does not wait within it.

At a real-time factor r above 1, D seconds of sound take r D to make. Playback that begins (r - 1) D after the first
sample has its last sample just in time: the listener waits between two sentences, and not within one.

Below 1, the first blocks of an utterance may still play for less long than the next ones take, whatever their sizes
are. What was missing in the last utterances is buffered before the first sample of the next one.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

_DECAY: Final = 0.5
_SAFETY: Final = 1.1
"""Margin on the real-time factor."""
_AMPLE_S: Final = 1.0
"""With this much audio left to play, the listener did not wait for the segment: the stages waited for the listener."""


class Shortfall:
    """Seconds of audio that a listener needs before an utterance's first sample so that no later one comes too late.

    The median of the last three utterances, because one of them may have been delayed by another program.
    """

    def __init__(self) -> None:
        self._last = deque((0.0, 0.0, 0.0), maxlen=3)

    @property
    def value(self) -> float:
        return sorted(self._last)[1]

    def learn(self, seconds: float) -> None:
        self._last.append(seconds)


class RealTimeFactor:
    """Seconds that the stages need for one second of sound, an average that decays by half per segment."""

    def __init__(self) -> None:
        self._took = self._sound = 0.0
        self.shortfall = Shortfall()

    @property
    def value(self) -> float:
        """1 until a segment was measured."""
        return self._took / self._sound if self._sound else 1.0

    def learn(self, took_s: float, sound_s: float) -> None:
        self._took = _DECAY * self._took + took_s
        self._sound = _DECAY * self._sound + sound_s


class Prebuffer:
    """The prebuffer of one utterance. All times in seconds."""

    def __init__(self, factor: RealTimeFactor, lookahead_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """factor: shared by all utterances with the same voice and converter. lookahead_s: most that is buffered."""
        self._factor, self._lookahead_s, self._clock = factor, lookahead_s, clock
        self._segment_began: float | None = None
        self._began_without_lead = False
        """The listener had nothing left to play."""
        self._sound = self._first = self._shortfall = 0.0
        self._until = 0.0
        self._underrun_at = 0.0

    @property
    def ahead(self) -> float:
        """How much a listener in real time has left to play; below 0: how long the listener has been waiting."""
        return self._underrun_at - self._clock()

    def arrived(self, sound_s: float, expected_s: float) -> None:
        """Samples of a segment have arrived, which is expected to have ``expected_s`` in all."""
        now = self._clock()
        if self._segment_began is not None:
            self._shortfall = max(self._shortfall, now - self._segment_began - self._first - self._sound)
            self._sound += sound_s
            return
        lead, factor = max(0.0, self.ahead), self._factor.value
        self._segment_began, self._began_without_lead = now, not lead
        self._sound, self._first, self._shortfall = 0.0, sound_s, 0.0
        needed = (_SAFETY * factor - 1) * expected_s if factor > 1 else self._factor.shortfall.value
        wait = needed - lead
        self._until = self._segment_began + min(max(0.0, wait), self._lookahead_s * factor)

    def segment_done(self, unplayed_s: float) -> None:
        """All samples of the segment have arrived; the listener has not played ``unplayed_s`` of what was released."""
        if self._segment_began is not None and self._sound:
            took = self._clock() - self._segment_began
            stages_waited = unplayed_s > min(_AMPLE_S, self._lookahead_s / 2)
            self._factor.learn(min(took, self._sound) if stages_waited else took, self._sound)
            if self._began_without_lead and took <= self._sound:
                self._factor.shortfall.learn(self._shortfall)
        self._segment_began, self._until = None, 0.0

    def released(self, sound_s: float) -> float:
        """Samples go to the listener; return the time on the clock when a listener in real time will need more."""
        self._underrun_at = max(self._underrun_at, self._clock()) + sound_s
        return self._underrun_at

    @property
    def wait_s(self) -> float:
        """How long the samples that have arrived must still be buffered."""
        if not self._until or self._sound >= self._lookahead_s:  # the stages make no more before some is played
            return 0.0
        return max(0.0, self._until - self._clock())
