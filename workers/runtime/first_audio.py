"""The generator's scheduling: SCHED_FIFO until an utterance has its first frames, the ordinary scheduler after that.

The listener waits for the first frames; all others are computed ahead of the listener. Where the core is shared with
models that compute all the time, an ordinary process would get a part of it, after a time slice of each of them.
"""

import time
from typing import Final

from steadyvoice.workers.runtime import realtime

_NAP_S: Final = 1e-6
_MOST_S: Final = 0.25
"""First frames that take longer, by half of what the kernel allows (realtime.RUNAWAY_US), end the privilege."""


class FirstAudioPriority:
    """Of the calling thread. An engine that takes long for its first frames must not have it: it would keep others off
    the core."""

    def __init__(self, priority: int) -> None:
        """priority: of SCHED_FIFO; 0: never."""
        self._priority = priority
        self._is_fifo = False
        self._working_since = 0.0
        """Monotonic seconds; 0 where no first frames were computed since the last sleep."""

    def sleeping(self) -> None:
        """Before a sleep: the stage wakes at once for a text that arrives."""
        self._leave_work()
        self._set(is_fifo=True)

    def working(self, *, first: bool) -> None:
        """Before a step. first: for an utterance that has no frames yet."""
        if first:
            self._set(is_fifo=True)
            self._working_since = self._working_since or time.monotonic()
        elif self._is_fifo:
            self._leave_work()
            self._set(is_fifo=False)

    def _leave_work(self) -> None:
        if self._working_since and self._is_fifo:
            if time.monotonic() - self._working_since > _MOST_S:
                self._set(is_fifo=False)
                self._priority = 0
            else:
                time.sleep(_NAP_S)  # from here the kernel counts afresh what the thread computes under SCHED_FIFO
        self._working_since = 0.0

    def _set(self, *, is_fifo: bool) -> None:
        if is_fifo and not self._is_fifo and self._priority:
            self._is_fifo = realtime.become_fifo(self._priority)
            self._priority = self._priority if self._is_fifo else 0
        elif not is_fifo and self._is_fifo:
            realtime.become_ordinary()
            self._is_fifo = False
