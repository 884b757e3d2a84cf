"""When the process of a stage is started again, and when the stage is given up: decisions without clock or I/O."""

from dataclasses import dataclass
from typing import Final

MAX_FAILED_STARTS: Final = 5
"""Consecutive starts that did not lead to a stable process; after so many the stage is given up."""
BACKOFF_S: Final = 0.1
"""Delay after the second consecutive failed start; each further failed start doubles it."""
SHORTAGE_S: Final = 1.0
"""Least delay after a process could not be created: descriptors or memory may be released meanwhile."""


@dataclass(frozen=True)
class RestartNow:
    pass


@dataclass(frozen=True)
class RestartAfter:
    delay_s: float


@dataclass(frozen=True)
class GiveUp:
    retry_s: float | None
    """Seconds until the stage gets one more start; None: it gets none before the configuration changes."""


Decision = RestartNow | RestartAfter | GiveUp


class RestartPolicy:
    """Of one stage. All times are seconds of one monotonic clock."""

    def __init__(self, retry_s: float | None = None) -> None:
        """retry_s: seconds after which a stage that was given up gets one more start; None: never."""
        self._retry_s = retry_s
        self.failed_starts = 0
        """Consecutive starts that did not lead to a stable process."""
        self._restart_at = 0.0

    def record_death(
        self, at: float, *, stable: bool, killed: bool = False, left_out: bool = False, reconfigured: bool = False
    ) -> None:
        """The process ended.

        stable: it had processed blocks, or was ready for long enough to do so.
        killed: another program ended it after it was ready, which says nothing about the next process.
        left_out: it ended while it loaded something optional that the next process may do without.
        reconfigured: it was ended on purpose, because a new configuration applies to it.
        """
        self.failed_starts = 0 if stable else self.failed_starts + 1
        if killed:
            self.failed_starts = min(self.failed_starts, MAX_FAILED_STARTS - 1)
        if left_out:
            self.failed_starts = 0
        self._restart_at = at if reconfigured else at + self._backoff_s()

    def record_failed_start(self, at: float) -> None:
        """No process could be created."""
        self.failed_starts += 1
        self._restart_at = at + max(SHORTAGE_S, self._backoff_s())

    def _backoff_s(self) -> float:
        return BACKOFF_S * 2 ** (self.failed_starts - 2) if self.failed_starts > 1 else 0.0

    def decide(self, now: float) -> Decision:
        """What follows from the deaths and failed starts so far. Changes nothing."""
        if self.failed_starts >= MAX_FAILED_STARTS:
            return GiveUp(self._retry_s)
        delay_s = self._restart_at - now
        return RestartAfter(delay_s) if delay_s > 0 else RestartNow()

    def allow_one_start(self) -> None:
        """After a GiveUp: one more start; if that fails too, the stage is given up again."""
        self.failed_starts = MAX_FAILED_STARTS - 1
        self._restart_at = 0.0

    def reset(self) -> None:
        """Forget all deaths and failed starts: the configuration has changed."""
        self.failed_starts, self._restart_at = 0, 0.0
