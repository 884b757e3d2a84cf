"""One process of a stage: its channel to the supervisor, what it has reported, and whether it hangs."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.child_process import ChildProcess, sample
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.hang_detector import (
    DEVICE_OPENING_S,
    LOADING_S,
    LOOK_S,
    STOPPED,
    HangDetector,
    StageSample,
)
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_channel import StageChannel
from steadyvoice.ipc.stage_protocol import Ready, Scheduling
from steadyvoice.ipc.stage_start import Role

log = logging.getLogger("svd")

_STABLE_S: Final = 1.0
_UNKILLABLE_S: Final = 10.0
_STOP_S: Final = 3.0
"""Time to end after SIGTERM, for all processes together; client/svctl/daemon_process.py waits longer than that."""
_REAP_POLL_S: Final = 0.005


class StageProcess(ChildProcess):
    def __init__(
        self,
        stage: StageSpec,
        pipeline: Pipeline,
        role: Role,
        forkserver: ForkServer,
    ) -> None:
        """OSError if it cannot be created. A standby waits for ``Go``; all others get it at once."""
        self.stage, self.role = stage, role
        self.problem = ""
        """What the stage reported of its own failure before it ended, or why the supervisor ended it."""
        self.loading, self.loading_since = "", 0.0
        """The optional item that it loads (stage_protocol.Loading), and since when, monotonic seconds."""
        self.loads: set[str] = set()
        """All optional items that it has begun to load."""
        self.ready: Ready | None = None
        self.scheduling = Scheduling("", [], 0, False)
        self.held_until = 0.0
        """Until then it is not killed for hanging, because a debugger may stop it; monotonic seconds."""
        self._ready_at = self._killed_at = 0.0
        self._blocks_when_ready = 0
        assignment = pipeline.assignment(stage, role, forkserver.optionals.fatal)
        settings = assignment.settings
        environment = {
            "OMP_NUM_THREADS": str(settings.threads),
            "STEADYVOICE_MODEL_DEVICE": settings.model_device,
            "STEADYVOICE_SHARED_CPUS": " ".join(map(str, settings.shared_cpus)),
        }
        pid = 0
        while not pid:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                pid = forkserver.start(stage.module, theirs.fileno(), environment)
            if not pid:
                ours.close()
        self.channel = StageChannel(ours)
        try:
            super().__init__(pid)
        except OSError:
            ours.close()
            raise
        try:
            self.channel.assign(assignment)
            if role != "standby":
                self.channel.send(pipeline.go(stage))
        except OSError:  # no descriptors, or the process is dead already
            self.kill()
            self.reap()
            self.close()
            raise
        self._state = pipeline.shared.stage(stage.number)
        limit_s = DEVICE_OPENING_S if stage.name == "output" else LOADING_S
        self._hang_detector = HangDetector(time.monotonic(), limit_s)

    def mark_ready(self, ready: Ready) -> None:
        self.ready, self._ready_at, self._blocks_when_ready = ready, time.monotonic(), self._state.blocks

    def begin_loading(self, what: str) -> None:
        """what: an optional item; empty: it loads nothing any more."""
        self.loading, self.loading_since = what, time.monotonic()
        self.loads.add(what)

    def update_scheduling(self, scheduling: Scheduling) -> None:
        if self.scheduling.priority > scheduling.priority:
            text = "stage %s has computed for half a second at a stretch: no longer SCHED_FIFO"
            log.warning(text, self.stage.label, extra={"stage": self.stage.name})
        self.scheduling = scheduling

    @property
    def was_stable(self) -> bool:
        """It has processed a block since it was ready, or was ready for long enough to do so."""
        was_there = not self.hung and time.monotonic() - self._ready_at > _STABLE_S
        return self.ready is not None and (self.has_worked or was_there)

    @property
    def was_killed(self) -> bool:
        """Another program killed or stopped it, or the kernel killed it for want of memory."""
        return self.exit_status == -signal.SIGKILL and not self.hung

    @property
    def hung(self) -> bool:
        """The supervisor killed it because it hung; a process that was stopped from outside has not hung."""
        return bool(self._killed_at) and self.problem != STOPPED

    @property
    def has_worked(self) -> bool:
        return self._state.blocks > self._blocks_when_ready

    @property
    def is_unkillable(self) -> bool:
        """It hung, was killed, and has not ended since: the kernel waits for a device or a network mount."""
        return bool(self._killed_at) and time.monotonic() - self._killed_at > _UNKILLABLE_S

    @property
    def held_s(self) -> float:
        """Seconds until the hold ends; 0: it is not held."""
        return max(0.0, self.held_until - time.monotonic())

    def end_if_hung(self) -> None:
        """Sample the process and kill it if it hangs; called every LOOK_S."""
        if self._killed_at:
            return
        now = time.monotonic()
        is_held = now < self.held_until
        if is_held:
            self.loading_since = now
        stage = StageSample(
            heartbeat_ns=self._state.heartbeat_ns,
            state=self._state.state,
            longest_block_s=self._state.delay_s,
            ready=self.ready is not None,
            has_worked=self.has_worked,
            loading_s=now - self.loading_since if self.loading else 0.0,
            held=is_held,
        )
        process = sample(self.pid, now) if self._hang_detector.needs_process_sample(now, stage) else None
        if reason := self._hang_detector.check(now, stage, process):
            self.kill_hung(reason)

    def kill_hung(self, reason: str) -> None:
        """It hangs: end it, unless it is held. reason: for the log."""
        if not self._killed_at and not self.held_s:
            self.problem, self._killed_at = reason, time.monotonic()
            self.kill()

    def cause_of_death(self) -> str:
        """In words, for a log line. Waits for the end of the process."""
        self.reap()
        if self.problem or self.exit_status is None:
            return self.problem
        if self.exit_status < 0:
            return f"killed by {signal.Signals(-self.exit_status).name}"
        return f"exit status {self.exit_status}"

    def close(self) -> None:
        super().close()
        self.channel.socket.close()


async def end_hung(processes: Callable[[], Iterable[StageProcess]]) -> None:
    """Kill those of the present processes that hang, for ever."""
    while True:
        await asyncio.sleep(LOOK_S)
        for process in list(processes()):
            process.end_if_hung()


async def end_all(processes: Sequence[StageProcess]) -> None:
    """Terminate them together; kill those that have not ended after _STOP_S."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _STOP_S
    for process in processes:
        while not process.reap(wait=False):
            if time.monotonic() > deadline:
                label = process.stage.label
                log.error(
                    "stage %s (pid %d) does not stop; killing it",
                    label,
                    process.pid,
                    extra={"stage": process.stage.name},
                )
                process.kill()
                process.reap()
                break
            await asyncio.sleep(_REAP_POLL_S)
        process.close()
