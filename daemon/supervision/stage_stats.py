"""What has happened to the processes of stages since the daemon's start: ends by cause, and how long recovery took."""

import signal
from collections import Counter
from typing import Literal

from steadyvoice.ipc import histogram

Cause = Literal["killed", "stopped", "hung", "crashed", "exited", "reconfigured"]
"""Of the end of a stage's process. killed: by another program, or by the kernel for want of memory. stopped: another
program stopped it, and the daemon ended it. hung: the daemon ended it. crashed: by another signal, such as SIGSEGV.
exited: by itself, after an error. reconfigured: the daemon replaced it, because its configuration had changed."""


class StageStats:
    def __init__(self) -> None:
        self.restarts: Counter[tuple[str, Cause]] = Counter()
        """Processes that have ended, by the stage's label and the cause."""
        self.recovery = histogram.private()
        """From the end of a process until its replacement works."""
        self.model_load = histogram.private()
        """From the start of a model's processes until all of them are warm."""


def cause_of(exit_status: int | None, *, hung: bool, stopped: bool, reconfigured: bool) -> Cause:
    """exit_status: below 0, minus the number of the signal. hung, stopped, reconfigured: why the daemon ended it."""
    if reconfigured:
        return "reconfigured"
    if stopped:
        return "stopped"
    if hung:
        return "hung"
    if exit_status is not None and exit_status < 0:
        return "killed" if exit_status in (-signal.SIGKILL, -signal.SIGTERM) else "crashed"
    return "exited"
