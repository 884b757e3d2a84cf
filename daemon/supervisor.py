"""Keeps the stages alive: spawns them, hears them, and makes the whole pipeline new when one has died."""

import asyncio
import logging
import time
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon import systemd
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import NAMES, Pipeline
from steadyvoice.daemon.stage_process import StageProcess
from steadyvoice.ipc import doorbell
from steadyvoice.ipc.mail import Converter, Device, Failed, FromStage, Ready, Scheduling, Voice

log = logging.getLogger("svd")

BOOTS: Final = 5
"""A pipeline that has not become ready so many times in a row is given up."""
STOP_S: Final = 3.0
STALE_S: Final = 10.0
"""An idle stage gives a sign of life every second; a model call may take several."""
BOOT_S: Final = 60.0
"""Loading models, and a first run of every shape."""
IDLE_LOOK_S: Final = 0.05
"""Whether anything is being spoken, where new stages wait for that to end."""
_RENEWAL: Final = "the stages are configured otherwise now"


class Follower(Protocol):
    """Who gives the stages their work."""

    @property
    def active(self) -> int:
        """Utterances that the stages have."""

    def ready(self) -> None:
        """Every stage is warm."""

    def hear(self, message: FromStage) -> None:
        """A stage says something of an utterance."""

    def pump(self) -> None:
        """There is room in the text ring again."""

    def lost(self, reason: str) -> None:
        """A stage has died; all that the stages were doing is gone."""


class Supervisor:
    def __init__(self, config: Config, instance: str) -> None:
        self.config, self._wanted = config, config
        """What is in force; and what will be, once the stages are made new."""
        self._instance = instance
        self._loop = asyncio.get_running_loop()
        self._death: asyncio.Future[str] = self._loop.create_future()
        self._task: asyncio.Task[None] | None = None
        self._follower: Follower
        self.pipeline: Pipeline | None = None
        self.stages: dict[str, StageProcess] = {}
        self.restarts = dict.fromkeys(NAMES, 0)
        self.voices: list[Voice] = []
        self.converters: list[Converter] = []
        self.device = Device("", 0, 0, 0.0, "not looked for yet")
        self._was_ready = False
        self._dead = ""
        """The stage that ended first."""
        self._spawned_ns = 0
        self.ready = asyncio.Event()
        """Set while every stage is warm."""
        self.given_up = ""
        """Why there will be no pipeline, once that is so."""

    def start(self, follower: Follower) -> None:
        self._follower = follower
        self._task = self._loop.create_task(self._keep_alive())

    def reconfigure(self, config: Config) -> None:
        """Go on with this. Where it is the stages that differ, they are made new as soon as nothing is being spoken."""
        self._wanted = config
        self.config = msgspec.structs.replace(self.config, voice=config.voice, limits=config.limits)
        if self.given_up:
            self.given_up = ""
            self.ready.clear()
            self._task = self._loop.create_task(self._keep_alive())
        else:
            self._renew()

    def _renew(self) -> None:
        if self.config == self._wanted or self.given_up:
            return
        if self._follower.active or not self.ready.is_set():
            self._loop.call_later(IDLE_LOOK_S, self._renew)
        elif not self._death.done():
            self._was_ready = True
            self.ready.clear()
            self._death.set_result(_RENEWAL)

    @property
    def fresh(self) -> bool:
        """Every stage that is up has given a sign of life lately, and the others are within their time to boot."""
        pipeline, now = self.pipeline, time.monotonic_ns()
        if pipeline is None:
            return not self.given_up
        beats = {name: pipeline.board.stage(at).heartbeat_ns for at, name in enumerate(NAMES)}
        return all(
            now - max(beats[stage.name], self._spawned_ns) < 1e9 * (STALE_S if stage.ready else BOOT_S)
            for stage in self.stages.values()
        )

    async def _keep_alive(self) -> None:
        failures = 0
        while True:
            self._death = self._loop.create_future()
            self._was_ready, self._dead = False, ""
            try:
                self._spawn()
                reason = await self._death
            except (OSError, doorbell.Error) as error:
                reason = f"no memory or semaphores for the rings: {error}"
            failures = 0 if self._was_ready else failures + 1
            if failures == BOOTS:
                self.given_up = reason
            self._follower.lost(reason)
            await self._clear()
            if self.given_up:
                log.error("giving up after %d tries: %s", BOOTS, reason, extra={"stage": self._dead})
                systemd.status(f"cannot speak: {reason}")
                self.ready.set()  # who waits is told
                return
            level = logging.INFO if reason == _RENEWAL else logging.ERROR
            log.log(level, "%s; starting the stages again", reason, extra={"stage": self._dead})
            systemd.status(f"{reason}; starting the stages again")
            await asyncio.sleep(0.1 * 2**failures if failures else 0)

    def _spawn(self) -> None:
        self.config, self._spawned_ns = self._wanted, time.monotonic_ns()
        self.pipeline = Pipeline(self.config, self._instance)
        self._loop.add_reader(self.pipeline.room.fd, self._follower.pump)
        for name in NAMES:
            stage = self.stages[name] = StageProcess(name, self.pipeline)
            self._loop.add_reader(stage.pidfd, self._died, stage)
            self._loop.add_reader(stage.mail.socket, self._hear, stage)

    def _hear(self, stage: StageProcess) -> None:
        messages = stage.mail.receive()
        if stage.mail.closed:
            self._loop.remove_reader(stage.mail.socket)  # its death is told by the pidfd
        for message in messages:
            match message:
                case Ready():
                    stage.ready = message
                    self.voices = message.voices or self.voices
                    self.converters = message.converters or self.converters
                    self._check_ready()
                case Scheduling():
                    self._scheduled(stage, message)
                case Device():
                    self.device = message
                case Failed(utterance=0):
                    stage.problem = f"stage {stage.name}: {message.message}"
                case _:
                    self._follower.hear(message)

    def catch_up(self, name: str) -> None:
        """Hear now what the stage has said already."""
        if name in self.stages:
            self._hear(self.stages[name])

    def _check_ready(self) -> None:
        if self.pipeline is not None and all(stage.ready for stage in self.stages.values()):
            self.pipeline.unlink()
            self.ready.set()
            self._follower.ready()

    def _scheduled(self, stage: StageProcess, now: Scheduling) -> None:
        if stage.scheduling.priority > now.priority:
            long = "stage %s has computed for half a second at a stretch: no longer SCHED_FIFO"
            log.warning(long, stage.name, extra={"stage": stage.name})
        stage.scheduling = now

    def _died(self, stage: StageProcess) -> None:
        self._loop.remove_reader(stage.pidfd)
        self._hear(stage)
        self.restarts[stage.name] += 1
        how = stage.reap()
        if not self._death.done():
            self._was_ready, self._dead = self.ready.is_set(), stage.name
            self.ready.clear()
            self._death.set_result(f"stage {stage.name} (pid {stage.pid}) ended: {how}")

    async def _clear(self) -> None:
        """End what is left of the stages and of what they shared."""
        self.ready.clear()
        stages, self.stages = list(self.stages.values()), {}
        for stage in stages:
            self._loop.remove_reader(stage.pidfd)
            self._loop.remove_reader(stage.mail.socket)
            stage.terminate()
        deadline = self._loop.time() + STOP_S
        for stage in stages:
            while stage.reap(0) is None:
                if self._loop.time() > deadline:
                    named = {"stage": stage.name}
                    log.error("stage %s (pid %d) does not stop; killing it", stage.name, stage.pid, extra=named)
                    stage.kill()
                    stage.reap()
                    break
                await asyncio.sleep(0.005)
            stage.close()
        if self.pipeline is not None:
            self._loop.remove_reader(self.pipeline.room.fd)
            self.pipeline.close()
            self.pipeline = None

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._clear()
