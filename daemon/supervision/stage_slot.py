"""The place of one stage in the pipeline: its process, its deaths, and the start of the next process."""

import asyncio
import logging
import time
from collections.abc import Set as AbstractSet
from typing import Final, Protocol

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.hang_detector import STOPPED
from steadyvoice.daemon.supervision.interfaces import RecoveryHandler, StageEvents
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.profiles import Profiles
from steadyvoice.daemon.supervision.readings import Readings
from steadyvoice.daemon.supervision.restart_policy import (
    GiveUp,
    RestartAfter,
    RestartNow,
    RestartPolicy,
)
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.stage_stats import StageStats, cause_of
from steadyvoice.daemon.topology import LISTEN, LIVE, StageSpec
from steadyvoice.ipc import systemd
from steadyvoice.ipc.profile_protocol import BlocksProfiled
from steadyvoice.ipc.stage_protocol import Device, Failed, FromStage, LeftOut, Loading, Reading, Ready, Scheduling
from steadyvoice.ipc.stage_start import Role

log = logging.getLogger("svd")

RETRY_S: Final = 30.0
"""The output and the stages of live sound and listening are tried again so long after they were given up: a sound
system that hung may work by then."""
RECONFIGURED: Final = "its configuration has changed"
"""At the end of the reason why a process ended."""


class SlotOwner(Protocol):
    """What a slot needs of the supervisor."""

    config: Config
    pipeline: Pipeline | None
    optionals: Optionals
    device: Device
    readings: Readings
    profiles: Profiles
    stats: StageStats
    events: StageEvents
    recovery: RecoveryHandler

    @property
    def engines_with_voices(self) -> AbstractSet[str]:
        """Engines that can speak."""

    @property
    def given_up(self) -> str:
        """Why no utterance can be spoken any more; empty while one can."""

    def create_process(self, slot: "StageSlot") -> StageProcess | None:
        """A new process or a standby; None while there is no pipeline. OSError if none can be created."""

    def on_ready(self, slot: "StageSlot", ready: Ready) -> None:
        """The stage is warm."""

    def why_useless(self, stage: StageSpec) -> str:
        """Why a process of the stage could do nothing, because what it is for cannot be loaded; empty if it could."""

    def on_given_up(self, slot: "StageSlot") -> None:
        """The stage was given up."""


class StageSlot:
    """Lives as long as the daemon; its processes come and go. Used by the event loop's thread only."""

    def __init__(self, stage: StageSpec, owner: SlotOwner) -> None:
        self.stage = stage
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._policy = RestartPolicy(RETRY_S if stage.name == "output" or stage.of in (LIVE, LISTEN) else None)
        self.process: StageProcess | None = None
        self.restarts = 0
        """Processes of this stage that have ended since the daemon started."""
        self.failed = ""
        """Why the stage was given up; empty while it was not."""
        self.role: Role = "initial"
        """Of the next process, unless it replaces one."""
        self.is_on = True
        """The stage is to have a process."""
        self.has_reported = False
        """A process has reported the voices and converters of the current configuration: a replacement need not."""
        self._died_ns = 0
        """When the stage's process ended, monotonic; 0: it was ended on purpose, or its replacement works."""

    def start(self) -> None:
        """Start a process unless there is one. A failure to do so is handled like a death."""
        if self.process is not None or not self.is_on:
            return
        try:
            process = self._owner.create_process(self)
        except OSError as error:
            self._policy.record_failed_start(self._loop.time())
            self._restart(f"stage {self.stage.label} cannot be started: {error}")
            return
        if process is None:
            return
        self.process = process
        self._loop.add_reader(process.pidfd, self._on_death)
        self._loop.add_reader(process.channel.socket, self.receive)
        if self.restarts:
            self._owner.recovery.replay(self.stage)

    def receive(self) -> None:
        """Handle all messages that the process has sent so far."""
        if (process := self.process) is None:
            return
        messages = process.channel.receive()
        if process.channel.closed:
            self._loop.remove_reader(process.channel.socket)  # the pidfd reports the death
        for message in messages:
            self._on_message(process, message)

    def _on_message(self, process: StageProcess, message: FromStage) -> None:
        match message:
            case Ready():
                process.mark_ready(message)
                self._owner.optionals.loaded(process.loads)
                self.has_reported = True
                if self.restarts:
                    log.info("stage %s is back", self.stage.label, extra={"stage": self.stage.name})
                    systemd.status("ready")
                self._owner.on_ready(self, message)
            case Scheduling():
                process.update_scheduling(message)  # a process sends it when it begins to work
                if self._died_ns:
                    self._owner.stats.recovery.observe(time.monotonic_ns() - self._died_ns)
                    self._died_ns = 0
            case Device():
                self._owner.device = message
            case Loading():
                if process.ready:
                    self._owner.optionals.loaded([process.loading])
                process.begin_loading(message.what)
            case LeftOut():
                self._owner.optionals.report(message)
            case Failed(utterance=0):
                process.problem = message.message
            case Reading():
                self._owner.readings.received(message)
            case BlocksProfiled():
                self._owner.profiles.received(message)
            case _:
                self._owner.events.on_message(self.stage, message)

    def _on_death(self) -> None:
        process, pipeline = self.process, self._owner.pipeline
        assert process is not None
        assert pipeline is not None
        self._loop.remove_reader(process.pidfd)
        self.receive()
        self._loop.remove_reader(process.channel.socket)
        self._owner.profiles.stage_lost(self.stage.number)
        if self.stage.name == "generator":
            self._owner.readings.generator_lost(self.stage.number)
        how = process.cause_of_death()
        reason = f"stage {self.stage.label} (pid {process.pid}) ended: {how}"
        process.close()
        is_reconfigured = how == RECONFIGURED
        cause = cause_of(process.exit_status, hung=process.hung, stopped=how == STOPPED, reconfigured=is_reconfigured)
        self._owner.stats.restarts[self.stage.label, cause] += 1
        if not is_reconfigured:
            self._died_ns = self._died_ns or time.monotonic_ns()
        self.process = None
        self.restarts += 1
        left_out = bool(process.loading) and self._owner.optionals.ended(
            process.loading, reason, self._owner.engines_with_voices, hung=process.hung, killed=process.was_killed
        )
        self._policy.record_death(
            self._loop.time(),
            stable=process.was_stable,
            killed=process.ready is not None and process.was_killed,
            left_out=left_out,
            reconfigured=is_reconfigured,
        )
        current_block = pipeline.fence_stage(self.stage)
        if process.ready:
            self._owner.recovery.died(self.stage, current_block, reason, was_killed=process.was_killed)
        self._restart(reason, reconfigured=is_reconfigured)

    def _restart(self, reason: str, *, reconfigured: bool = False) -> None:
        """Start another process now or later, or give the stage up, as the policy decides."""
        decision = self._policy.decide(self._loop.time())
        named = {"stage": self.stage.name}
        if isinstance(decision, GiveUp):
            self.give_up(reason, decision.retry_s)
            return
        if why := self._owner.why_useless(self.stage):
            self.give_up(why)
            return
        if reconfigured:
            log.info("stage %s is replaced: %s", self.stage.label, RECONFIGURED, extra=named)
        else:
            log.error("%s; starting it again", reason, extra=named)
            systemd.status(f"{reason}; starting it again")
        match decision:
            case RestartNow():
                self.start()
            case RestartAfter(delay_s):
                self._loop.call_later(delay_s, self.start)

    def give_up(self, reason: str, retry_s: float | None = None) -> None:
        """Start no further process, or one more after retry_s seconds; what needs this stage fails with the reason."""
        log.error("giving up stage %s: %s", self.stage.label, reason, extra={"stage": self.stage.name})
        self.failed = reason
        self._owner.events.stage_given_up(self.stage, reason)
        self._owner.on_given_up(self)
        if retry_s is not None and not self._owner.given_up:
            self._loop.call_later(retry_s, self._retry, reason)

    def _retry(self, reason: str) -> None:
        if self.failed == reason:
            self.failed = ""
            self._policy.allow_one_start()
            self.start()

    def replace(self) -> None:
        """End the process, because a new configuration applies to it; its replacement starts at once."""
        if self.process is not None:
            self.has_reported = False
            self.process.problem = RECONFIGURED
            self.process.terminate()

    def reset(self) -> None:
        """Forget deaths, failed starts and having been given up: the configuration has changed."""
        self.failed = ""
        self._policy.reset()

    def turn_on(self, role: Role) -> None:
        """Start a process."""
        self.is_on, self.role, self.has_reported = True, role, False
        self._policy.reset()
        self.start()

    def release(self) -> StageProcess | None:
        """Stop watching the process and return it, for the caller to end."""
        process, self.process, self.has_reported = self.process, None, False
        if process is not None:
            self._loop.remove_reader(process.pidfd)
            self._loop.remove_reader(process.channel.socket)
        return process
