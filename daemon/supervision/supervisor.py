"""Keeps the stages alive: spawns them, hears them, and puts another in the place of one that has died or hangs."""

import asyncio
import logging
from typing import Final

import msgspec

from steadyvoice.daemon import systemd
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import NAMES, Pipeline
from steadyvoice.daemon.supervision import hang_detector
from steadyvoice.daemon.supervision.forkserver import ForkServer, loads
from steadyvoice.daemon.supervision.interfaces import RecoveryHandler, StageEvents
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.ipc import notifier
from steadyvoice.ipc.stage_protocol import ConverterMeta, Device, Failed, LeftOut, Loading, Ready, Scheduling, VoiceMeta

log = logging.getLogger("svd")

BOOTS: Final = 5
"""A stage that has died so many times in a row without having been well is given up."""
BACKOFF_S: Final = 0.1
"""After the second such death; twice as long after each further one."""
SHORTAGE_S: Final = 1.0
"""Where there are no descriptors or no memory for it: others may let go of some."""
STOP_S: Final = 3.0
RETRY_S: Final = 30.0
IDLE_LOOK_S: Final = 0.05
"""Whether anything is being spoken, where other stages wait for that to end."""
_RENEWED: Final = "its configuration is another"


class Supervisor:
    def __init__(self, config: Config, instance: str) -> None:
        self._instance = instance
        self.config, self._wanted = config, config
        """What is in force; and what will be, once nothing is being spoken."""
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._follower: StageEvents
        self._healer: RecoveryHandler
        self.optionals = Optionals()
        self._forkserver = ForkServer(self.optionals)
        self.pipeline: Pipeline | None = None
        self.stages: dict[str, StageProcess] = {}
        self.restarts = dict.fromkeys(NAMES, 0)
        self._failures = dict.fromkeys(NAMES, 0)
        self.failed: dict[str, str] = {}
        """Stages that were given up, and why."""
        self._known: set[str] = set()
        """Stages that have told, as they are configured, what they can speak with."""
        self.standbys: Standbys | None = None
        self._closing, self._clearing = False, asyncio.Lock()
        self._voices: list[VoiceMeta] = []
        self._converters: list[ConverterMeta] = []
        self.device = Device("", 0, 0, 0.0, "not looked for yet")
        self.ready = asyncio.Event()
        """Set when every stage has been warm once, or will never be."""

    @property
    def voices(self) -> list[VoiceMeta]:
        return self.optionals.voices(self._voices)

    @property
    def converters(self) -> list[ConverterMeta]:
        return self.optionals.converters(self._converters)

    @property
    def given_up(self) -> str:
        """Why nothing can be spoken any more; empty while it can. Without the output there are still the clients."""
        return next((why for stage, why in self.failed.items() if stage != "output"), "")

    @property
    def fresh(self) -> bool:
        """No stage was given up, and none that had to be killed is still there: all others are replaced in time."""
        return not self.given_up and not any(stage.defies_death for stage in self.stages.values())

    def start(self, follower: StageEvents, healer: RecoveryHandler) -> None:
        self._follower, self._healer = follower, healer
        self._tasks = [self._loop.create_task(self._boot()), self._loop.create_task(self._watch())]

    def reconfigure(self, config: Config) -> None:
        """Go on with this. Stages that differ are replaced as soon as nothing is being spoken."""
        self._wanted = config
        self.config = msgspec.structs.replace(self.config, voice=config.voice, limits=config.limits)
        if self.given_up:
            self.config = config
            self.optionals.clear()
            self.failed.clear()
            self._failures = dict.fromkeys(NAMES, 0)
            self.ready.clear()
            self._tasks.append(self._loop.create_task(self._boot()))
        else:
            self._renew()

    def _renew(self) -> None:
        if (self.config == self._wanted and not self.failed) or self.given_up or self._closing:
            return
        if self._follower.active or not self.ready.is_set() or self.pipeline is None:
            self._loop.call_later(IDLE_LOOK_S, self._renew)
            return
        before, self.config = self.config, self._wanted
        if self.optionals.reasons and loads(before) != loads(self.config):
            self.optionals.clear()
            self._forkserver.renew(loads(self.config))
        changed = self.pipeline.configure(self.config)
        if self.standbys is not None:
            self.standbys.close()
        self.standbys = Standbys(self.config.standby, self.pipeline, self._forkserver)
        for name in NAMES:
            if name in self.failed:
                del self.failed[name]
                self._failures[name] = 0
                self._spawn(name)
            elif name in changed and (stage := self.stages.get(name)) is not None:
                self._known.discard(name)
                stage.problem = _RENEWED
                stage.terminate()

    async def _boot(self) -> None:
        await self._clear()
        self._closing = False
        await self._forkserver.open(loads(self.config))
        for attempt in range(BOOTS):
            try:
                self.pipeline = Pipeline(self.config, self._instance)
                break
            except (OSError, notifier.Error) as error:
                reason = f"no memory or semaphores for the rings: {error}"
                log.error("%s", reason)
            await asyncio.sleep(BACKOFF_S * 2**attempt)
        else:
            self._give_up(NAMES[0], reason)
            return
        self._loop.add_reader(self.pipeline.room.fd, self._follower.pump)
        for name in NAMES:
            self._spawn(name)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(hang_detector.LOOK_S)
            for stage in self.stages.values():
                stage.end_if_hung()

    def _spawn(self, name: str) -> None:
        if self.pipeline is None or self._closing or name in self.stages:
            return
        try:
            standby = self.standbys.take(name) if self.standbys is not None and name in self._known else None
            stage = standby or StageProcess(
                name, self.pipeline, "replacement" if name in self._known else "initial", self._forkserver
            )
        except OSError as error:
            self._failures[name] += 1
            self._again(name, f"stage {name} cannot be started: {error}", SHORTAGE_S)
            return
        self.stages[name] = stage
        self._loop.add_reader(stage.pidfd, self._died, stage)
        self._loop.add_reader(stage.channel.socket, self._hear, stage)
        if self.restarts[name]:
            self._healer.redo(name)

    def _hear(self, stage: StageProcess) -> None:
        messages = stage.channel.receive()
        if stage.channel.closed:
            self._loop.remove_reader(stage.channel.socket)  # its death is told by the pidfd
        for message in messages:
            match message:
                case Ready():
                    stage.is_warm(message)
                    self._known.add(stage.name)
                    self._voices = self._voices if message.voices is None else message.voices
                    self._converters = self._converters if message.converters is None else message.converters
                    if self.restarts[stage.name]:
                        log.info("stage %s is back", stage.name, extra={"stage": stage.name})
                        systemd.status("ready")
                    self._check_ready()
                case Scheduling():
                    self._scheduled(stage, message)
                case Device():
                    self.device = message
                case Loading():
                    if stage.ready:
                        self.optionals.loaded(stage.loading)
                    stage.loads(message.what)
                case LeftOut():
                    self.optionals.report(message)
                case Failed(utterance=0):
                    stage.problem = message.message
                case _:
                    self._follower.hear(message)

    def catch_up(self, name: str) -> None:
        """Hear now what the stage has said already."""
        if name in self.stages:
            self._hear(self.stages[name])

    def _check_ready(self) -> None:
        warm = {name for name, stage in self.stages.items() if stage.ready}
        if not self.ready.is_set() and warm | self.failed.keys() == set(NAMES):
            self.ready.set()
            if self.pipeline is not None:
                self.standbys = Standbys(self.config.standby, self.pipeline, self._forkserver)
            self._follower.ready()

    def _scheduled(self, stage: StageProcess, now: Scheduling) -> None:
        if stage.scheduling.priority > now.priority:
            long = "stage %s has computed for half a second at a stretch: no longer SCHED_FIFO"
            log.warning(long, stage.name, extra={"stage": stage.name})
        stage.scheduling = now

    def _died(self, stage: StageProcess) -> None:
        assert self.pipeline is not None
        name = stage.name
        self._loop.remove_reader(stage.pidfd)
        self._hear(stage)
        self._loop.remove_reader(stage.channel.socket)
        reason = f"stage {name} (pid {stage.pid}) ended: {stage.reap()}"
        stage.close()
        del self.stages[name]
        self.restarts[name] += 1
        self._failures[name] = 0 if stage.was_stable else self._failures[name] + 1
        if stage.ready and stage.was_killed:  # by somebody else: nothing says that the next one will fare alike
            self._failures[name] = min(self._failures[name], BOOTS - 1)
        if stage.loading and self.optionals.ended(
            stage.loading, reason, self.config.engines, hung=stage.hung, killed=stage.was_killed
        ):
            self._failures[name] = 0
        current_block = self.pipeline.fence_stage(name)
        if stage.ready:
            self._healer.died(name, current_block, reason)
        self._again(name, reason)

    def _again(self, name: str, reason: str, after_s: float = 0.0) -> None:
        """Start the stage once more, now or a little later; or not, when that has been in vain too often."""
        failures = self._failures[name]
        if failures >= BOOTS:
            self._give_up(name, reason)
            return
        if reason.endswith(_RENEWED):
            log.info("stage %s is made new: its configuration is another", name, extra={"stage": name})
            self._spawn(name)
            return
        log.error("%s; starting it again", reason, extra={"stage": name})
        systemd.status(f"{reason}; starting it again")
        if failures > 1:
            after_s = max(after_s, BACKOFF_S * 2 ** (failures - 2))
        if after_s:
            self._loop.call_later(after_s, self._spawn, name)
        else:
            self._spawn(name)

    def _give_up(self, name: str, reason: str) -> None:
        log.error("giving up after %d tries: %s", BOOTS, reason, extra={"stage": name})
        systemd.status(f"cannot {'play' if name == 'output' else 'speak'}: {reason}")
        self.failed[name] = reason
        self._follower.lost(name, reason)
        if self.given_up:
            self._tasks.append(self._loop.create_task(self._clear()))
            self.ready.set()  # who waits is told
        else:
            self._check_ready()
            self._loop.call_later(RETRY_S, self._retry, name, reason)

    def _retry(self, name: str, reason: str) -> None:
        """The output alone: a sound system that hung may have been mended meanwhile."""
        if self.failed.get(name) == reason:
            del self.failed[name]
            self._failures[name] = BOOTS - 1
            self._spawn(name)

    async def _clear(self) -> None:
        """End what is left of the stages and of what they shared."""
        async with self._clearing:
            await self._end_all()

    async def _end_all(self) -> None:
        self._closing = True
        self._known.clear()
        if self.standbys is not None:
            self.standbys.close()
        stages, self.stages = list(self.stages.values()), {}
        for stage in stages:
            self._loop.remove_reader(stage.pidfd)
            self._loop.remove_reader(stage.channel.socket)
            stage.terminate()
        deadline = self._loop.time() + STOP_S
        for stage in stages:
            while stage.reap(wait=False) is None:
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
        self._forkserver.close()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._clear()
