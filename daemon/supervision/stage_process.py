"""One stage's process: spawned with its place, heard through its mail, watched through a descriptor."""

import asyncio
import errno
import os
import signal
import socket
import time
from typing import Final, Literal

from steadyvoice.daemon.pipeline import NAMES, Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.hang_detector import DEVICE_S, LOADS_S, STOPPED, HangDetector
from steadyvoice.ipc import procfs, refusals
from steadyvoice.ipc.shared_state import StageState
from steadyvoice.ipc.stage_channel import StageChannel
from steadyvoice.ipc.stage_protocol import Ready, Scheduling

_MODEL_THREADS: Final = 4
"""torch's, at most, and one for each core of the stage: more make a small model slower."""
_WELL_S: Final = 1.0
_DEATH_S: Final = 10.0
_LOOK_S: Final = 0.01
"""Where the kernel does not tell of a stage's end, it is looked for so often."""


class StageProcess:
    def __init__(
        self, name: str, pipeline: Pipeline, role: Literal["initial", "replacement", "standby"], forkserver: ForkServer
    ) -> None:
        """OSError where it cannot be had."""
        self.name = name
        self.problem = ""
        """What the stage said of its own failure before it ended, or why it had to be ended."""
        self.loading, self.loading_since = "", 0.0
        """Something optional (mail.Loading), and since when, monotonic."""
        self._end: int | None = None
        """Its exit status, or the signal that killed it, less than 0."""
        assignment = pipeline.assignment(name, role, forkserver.optionals.fatal)
        settings = assignment.settings
        environment = {
            "OMP_NUM_THREADS": str(min(_MODEL_THREADS, len(settings.cpus))),
            "STEADYVOICE_MODEL_DEVICE": settings.model_device,
            "STEADYVOICE_SHARED_CPUS": " ".join(map(str, settings.shared_cpus)),
        }
        self.pid = 0
        while not self.pid:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self.pid = forkserver.start(name, theirs.fileno(), environment)
        self.channel = StageChannel(ours)
        try:
            self.channel.assign(assignment)
            if role != "standby":
                self.channel.send(pipeline.go(name))
            self.pidfd = _death_of(self.pid)
            """Can be read when the process has ended."""
        except OSError:  # no descriptors; or it is dead already
            os.kill(self.pid, signal.SIGKILL)
            self.reap()
            ours.close()
            raise
        self.ready: Ready | None = None
        self.scheduling = Scheduling("", [], 0, False)
        self._ready_at = self._killed_at = 0.0
        self._blocks = 0
        self.words: StageState = pipeline.shared.stage(NAMES.index(name))
        self._pulse = HangDetector(self.pid, DEVICE_S if name == "output" else LOADS_S)

    def is_warm(self, ready: Ready) -> None:
        self.ready, self._ready_at, self._blocks = ready, time.monotonic(), self.words.blocks

    def loads(self, what: str) -> None:
        self.loading, self.loading_since = what, time.monotonic()

    @property
    def was_stable(self) -> bool:
        """It has done some work, or was at least there for a while to do some."""
        was_there = not self.hung and time.monotonic() - self._ready_at > _WELL_S
        return self.ready is not None and (self.has_worked or was_there)

    @property
    def was_killed(self) -> bool:
        """Or stopped."""
        return self._end == -signal.SIGKILL and not self.hung

    @property
    def hung(self) -> bool:
        """By itself."""
        return bool(self._killed_at) and self.problem != STOPPED

    @property
    def has_worked(self) -> bool:
        return self.words.blocks > self._blocks

    @property
    def defies_death(self) -> bool:
        """It hung, was killed, and is still there."""
        return bool(self._killed_at) and time.monotonic() - self._killed_at > _DEATH_S

    def end_if_hung(self) -> None:
        loading_s = time.monotonic() - self.loading_since if self.loading else 0.0
        if not self._killed_at and (
            reason := self._pulse.hangs(self.words, self.ready is not None, self.has_worked, loading_s)
        ):
            self.problem, self._killed_at = reason, time.monotonic()
            self.kill()

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._end is None:  # until it is reaped, its number is no other process's
            os.kill(self.pid, number)

    def reap(self, wait: bool = True) -> str | None:
        """How it ended, in words; None where it has not, and is not waited for."""
        if self._end is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            if not pid:
                return None
            self._end = os.waitstatus_to_exitcode(status)
        if self.problem:
            return self.problem
        if self._end < 0:
            return f"killed by {signal.Signals(-self._end).name}"
        return f"exit status {self._end}"

    def close(self) -> None:
        os.close(self.pidfd)
        self.channel.socket.close()

    def rss_bytes(self) -> int:
        """0 where that is not known."""
        if not procfs.is_own():
            return 0
        try:
            with open(f"/proc/{self.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0


def _death_of(pid: int) -> int:
    """A descriptor that can be read once this child has ended."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if not refusals.is_refused(error, errno.EINVAL):
            raise
        refusals.note("pidfd_open", error.errno)
    loop, (told, tell) = asyncio.get_running_loop(), os.pipe()

    def look() -> None:
        if _has_ended(pid):
            os.close(tell)
        else:
            loop.call_later(_LOOK_S, look)

    look()
    return told


def _has_ended(pid: int) -> bool:
    """Whether this child has, reaped or not."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True
