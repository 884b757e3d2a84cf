"""Tells a stage that hangs from one that is slow: by its heartbeat, its state in the kernel, and what it computes."""

import os
import time
from contextlib import suppress
from typing import Final

from steadyvoice.ipc import procfs
from steadyvoice.ipc.shared_state import StageState

LOOK_S: Final = 0.1
BOOT_S: Final = 120.0
"""From its start until it is warm: a full-size model on a slow machine takes a quarter of that."""
STOPPED: Final = "hung: it was stopped"
STOPPED_S: Final = 0.2
BLOCKED_S: Final = 3.0
"""Neither a beat nor any computing: it waits for what does not come."""
SLOWDOWN_LIMIT: Final = 20
"""A block may take so many times as long as the longest one of late, and in any case"""
LEAST_S, MOST_S = 10.0, 60.0
FIRST_S: Final = 30.0
"""The first one: there is nothing to compare it with."""
LOADS_S: Final = 60.0
"""What it says to be starting: a model that it had not needed before,"""
LOADS_BLOCKED_S: Final = 6.0
"""neither computing nor waiting for a disk all the while;"""
DEVICE_S: Final = 10.0
"""or a sound device."""
_GAP_S: Final = 5 * LOOK_S
_IDLE_S: Final = 1.5
"""A stage with nothing to do beats once a second."""
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


class HangDetector:
    """Of one process. Looked at every LOOK_S."""

    def __init__(self, pid: int, loads_s: float) -> None:
        """loads_s: how long it may be starting something, once it is ready."""
        self._pid, self._loads_s = pid, loads_s
        self._born = time.monotonic()
        self._beat = -1
        self._stopped_since = 0.0
        self._moved = self._looked = self._born
        """When it last was seen to compute, or to beat."""
        self._cpu_s = self._cpu_at_beat_s = 0.0

    def hangs(self, words: StageState, ready: bool, has_worked: bool, loading_s: float = 0.0) -> str:
        """Why it is to be ended; empty while there is no reason. has_worked: it has done a block since it was ready.

        loading_s: for how long it has been loading something optional; 0 where it does not.
        """
        now = time.monotonic()
        if now - self._looked > _GAP_S:  # whoever looks was stopped too: Ctrl-Z, or a machine without time
            self._moved, self._stopped_since = now, 0.0
        self._looked = now
        if not ready and now - self._born > BOOT_S:
            return f"not ready after {BOOT_S:.0f} seconds"
        beat = words.heartbeat_ns
        quiet_s = now - max(beat / 1e9, self._born)
        if quiet_s < LOOK_S or (words.state == "ready" and quiet_s < _IDLE_S and ready):
            self._stopped_since = 0.0
            return ""
        state, cpu_s = look(self._pid)
        if beat != self._beat:
            self._beat, self._moved, self._cpu_at_beat_s = beat, now, cpu_s
        if state in "RD" or cpu_s > self._cpu_s:
            self._moved = now
        self._cpu_s = cpu_s
        self._stopped_since = (self._stopped_since or now) if state == "T" else 0.0
        if self._stopped_since and now - self._stopped_since >= STOPPED_S:
            return STOPPED
        if loading_s and (reason := hangs_loading(loading_s, now - self._moved)):
            return reason
        if not ready:
            return ""
        if words.state == "starting":
            limit = self._loads_s
            return f"hung: it was starting something for {limit:.0f} seconds" if quiet_s > limit else ""
        if now - self._moved > BLOCKED_S:
            return f"hung: nothing for {BLOCKED_S:.0f} seconds"
        limit = min(MOST_S, max(LEAST_S, SLOWDOWN_LIMIT * words.delay_s)) if has_worked else FIRST_S
        if quiet_s > limit and cpu_s - self._cpu_at_beat_s > limit:
            return f"hung: it computed for {limit:.0f} seconds at one block"
        return ""


def hangs_loading(loading_s: float, still_s: float) -> str:
    """Why a process that loads something optional is to be ended; empty while there is no reason.

    still_s: since it last computed or waited for a disk.
    """
    if still_s > LOADS_BLOCKED_S:
        return f"hung: nothing for {LOADS_BLOCKED_S:.0f} seconds"
    return f"hung: not loaded after {LOADS_S:.0f} seconds" if loading_s > LOADS_S else ""


def look(pid: int) -> tuple[str, float]:
    """The kernel's letter for the first thread, and the seconds that it has computed (proc_pid_stat(5)).

    Where /proc does not show the process, as if it computed all the time: then its heartbeat alone counts.
    """
    with suppress(OSError):
        if procfs.is_own():
            with open(f"/proc/{pid}/task/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            return fields[0], (int(fields[11]) + int(fields[12])) * _TICK_S
    return "R", time.monotonic()
