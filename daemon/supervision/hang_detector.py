"""Distinguishes a hung process from a slow one. Pure: the caller passes the time and what it has sampled."""

from dataclasses import dataclass
from typing import Final

LOOK_S: Final = 0.1
"""Interval of the checks."""
BOOT_S: Final = 120.0
"""Limit from the start of a process until it is ready. A full-size model on a slow machine takes a quarter of that."""
STOPPED: Final = "hung: it was stopped"
STOPPED_S: Final = 0.2
BLOCKED_S: Final = 3.0
"""Limit for a block during which the process neither computes nor publishes a heartbeat."""
SLOWDOWN_LIMIT: Final = 20
"""A block may compute this many times as long as the longest of the last blocks, within MIN_BLOCK_S to MAX_BLOCK_S."""
MIN_BLOCK_S, MAX_BLOCK_S = 10.0, 60.0
FIRST_BLOCK_S: Final = 30.0
"""Limit for the first block, which has no earlier one to compare it with."""
LOADING_S: Final = 60.0
"""Limit for loading something optional, such as a model that was not needed before."""
LOADING_BLOCKED_S: Final = 6.0
"""Limit for neither computing nor waiting for a disk during that time."""
DEVICE_OPENING_S: Final = 10.0
"""Limit for opening a sound device."""
_CHECK_GAP_S: Final = 5 * LOOK_S
_IDLE_HEARTBEAT_S: Final = 1.5
"""A ready stage without work publishes a heartbeat once a second."""


@dataclass(frozen=True)
class StageSample:
    """What a stage has published, and what the supervisor knows of it."""

    heartbeat_ns: int
    """Monotonic; 0 before the first heartbeat."""
    state: str
    """One of shared_state.STATES."""
    longest_block_s: float = 0.0
    """Computing time of the longest of the last blocks."""
    ready: bool = True
    has_worked: bool = True
    """It has completed a block since it was ready."""
    loading_s: float = 0.0
    """Seconds since it began to load something optional; 0 while it loads nothing."""
    held: bool = False
    """A debugger may stop it: nothing of it is judged, and all limits count from the end of the hold."""


@dataclass(frozen=True)
class ProcessSample:
    """What the kernel shows of a process (proc_pid_stat(5))."""

    state: str
    """The kernel's letter for the first thread: R running, D waiting for a disk, S sleeping, T stopped."""
    cpu_s: float
    """Processor time used since the start."""


class HangDetector:
    """Of one process; called every LOOK_S. All times are monotonic seconds."""

    def __init__(self, started_at: float, starting_limit_s: float) -> None:
        """starting_limit_s: how long a ready stage may stay in state "starting", while it opens or loads something."""
        self._since, self._starting_limit_s = started_at, starting_limit_s
        """From when the limits count: the start of the process, or the end of the last hold."""
        self._heartbeat_ns = -1
        self._stopped_since = 0.0
        self._active_at = self._checked_at = started_at
        """When the process was last seen to compute or to publish a heartbeat; and when it was last checked."""
        self._cpu_s = self._cpu_at_heartbeat_s = 0.0

    def needs_process_sample(self, now: float, stage: StageSample) -> bool:
        """False while a recent heartbeat proves that the stage does not hang, which saves reading /proc."""
        if stage.held:
            return False
        limit_s = _IDLE_HEARTBEAT_S if stage.state == "ready" and stage.ready else LOOK_S
        return self._quiet_s(now, stage) >= limit_s

    def _quiet_s(self, now: float, stage: StageSample) -> float:
        return now - max(stage.heartbeat_ns / 1e9, self._since)

    def check(self, now: float, stage: StageSample, process: ProcessSample | None) -> str:
        """Why the process must be killed; empty if it need not. process: None where none is needed."""
        if now - self._checked_at > _CHECK_GAP_S:  # the daemon itself was stopped (Ctrl-Z), or got no processor time
            self._active_at, self._stopped_since = now, 0.0
        self._checked_at = now
        if stage.held:
            self._since = self._active_at = now
            self._stopped_since = 0.0
            return ""
        if not stage.ready and now - self._since > BOOT_S:
            return f"not ready after {BOOT_S:.0f} seconds"
        if process is None:
            self._stopped_since = 0.0
            return ""
        self._record_activity(now, stage, process)
        if self._stopped_since and now - self._stopped_since >= STOPPED_S:
            return STOPPED
        if stage.loading_s and (reason := hang_while_loading(stage.loading_s, now - self._active_at)):
            return reason
        return self._hang_in_block(now, stage, process) if stage.ready else ""

    def _record_activity(self, now: float, stage: StageSample, process: ProcessSample) -> None:
        if stage.heartbeat_ns != self._heartbeat_ns:
            self._heartbeat_ns, self._active_at, self._cpu_at_heartbeat_s = stage.heartbeat_ns, now, process.cpu_s
        if process.state in "RD" or process.cpu_s > self._cpu_s:
            self._active_at = now
        self._cpu_s = process.cpu_s
        self._stopped_since = (self._stopped_since or now) if process.state == "T" else 0.0

    def _hang_in_block(self, now: float, stage: StageSample, process: ProcessSample) -> str:
        quiet_s = self._quiet_s(now, stage)
        if stage.state == "starting":
            limit_s = self._starting_limit_s
            return f"hung: it was starting something for {limit_s:.0f} seconds" if quiet_s > limit_s else ""
        if now - self._active_at > BLOCKED_S:
            return f"hung: nothing for {BLOCKED_S:.0f} seconds"
        limit_s = FIRST_BLOCK_S
        if stage.has_worked:
            limit_s = min(MAX_BLOCK_S, max(MIN_BLOCK_S, SLOWDOWN_LIMIT * stage.longest_block_s))
        if quiet_s > limit_s and process.cpu_s - self._cpu_at_heartbeat_s > limit_s:
            return f"hung: it computed for {limit_s:.0f} seconds at one block"
        return ""


def hang_while_loading(loading_s: float, inactive_s: float) -> str:
    """Why a process that loads something optional must be killed; empty if it need not.

    inactive_s: seconds since it last computed or waited for a disk.
    """
    if inactive_s > LOADING_BLOCKED_S:
        return f"hung: nothing for {LOADING_BLOCKED_S:.0f} seconds"
    return f"hung: not loaded after {LOADING_S:.0f} seconds" if loading_s > LOADING_S else ""
