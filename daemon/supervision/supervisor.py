"""Connects configuration, shared memory and stage slots: starts the stages, reconfigures them, ends them."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import Final

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.default_voice import default_voice
from steadyvoice.daemon.pipeline import Pipeline, topology_of
from steadyvoice.daemon.supervision import hang_detector
from steadyvoice.daemon.supervision.forkserver import ForkServer, preload_of
from steadyvoice.daemon.supervision.interfaces import RecoveryHandler, StageEvents
from steadyvoice.daemon.supervision.models import ModelManager
from steadyvoice.daemon.supervision.restart_policy import BACKOFF_S, MAX_FAILED_STARTS
from steadyvoice.daemon.supervision.stage_process import StageProcess, end_all
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.daemon.supervision.state import SupervisorState
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc import notifier, systemd
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.stage_protocol import ConverterMeta, LeftOut, ReadText, Ready, VoiceMeta

log = logging.getLogger("svd")

_IDLE_POLL_S: Final = 0.05
"""Interval of the check whether all utterances have ended, while a new configuration waits for that."""


class Supervisor(SupervisorState):
    """Keeps one process per stage alive. Runs in the daemon's event loop; every method is called in its thread."""

    events: StageEvents
    recovery: RecoveryHandler

    def __init__(self, config: Config, instance: str) -> None:
        """instance: distinguishes daemons that run at the same time; the same at every start of one of them."""
        super().__init__(config)
        self._instance = instance
        self._requested_config = config
        """Applied when no utterance is in the stages."""
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._forkserver = ForkServer(self.optionals)
        self._closing, self._clear_lock = False, asyncio.Lock()
        self._make_slots()

    def _make_slots(self) -> None:
        self.slots = {stage.number: StageSlot(stage, self) for stage in topology_of(self.config).stages}
        self.reported_voices.clear()
        self.reported_converters.clear()
        if self.models is not None:
            self.models.close()
        self.models = ModelManager(dict.fromkeys(slot.stage.of for slot in self.slots.values() if slot.stage.of), self)

    def start(self, events: StageEvents, recovery: RecoveryHandler) -> None:
        self.events, self.recovery = events, recovery
        self._tasks = [self._loop.create_task(self._boot()), self._loop.create_task(_end_hung_processes(self))]

    def reconfigure(self, config: Config) -> None:
        """Apply a new configuration. Stages it changes are replaced when no utterance is in them."""
        self._requested_config = config
        self.config = msgspec.structs.replace(self.config, voice=config.voice, limits=config.limits)
        if self.given_up:
            self.config = config
            self.optionals.clear()
            self._restart_all()
        else:
            self._apply_when_idle()

    def _apply_when_idle(self) -> None:
        if (self.config == self._requested_config and not self.failed) or self.given_up or self._closing:
            return
        if self.events.active or not self.ready.is_set() or self.pipeline is None:
            self._loop.call_later(_IDLE_POLL_S, self._apply_when_idle)
            return
        before, self.config = self.config, self._requested_config
        if topology_of(before) != topology_of(self.config):
            self._restart_all()
            return
        if self.optionals.reasons and preload_of(before) != preload_of(self.config):
            self.optionals.clear()
            self._forkserver.renew(preload_of(self.config))
        changed = self.pipeline.configure(self.config)
        self.review_models()
        if self.standbys is not None:
            self.standbys.close()
        self._start_standbys()
        for number, slot in self.slots.items():
            if slot.failed:
                slot.reset()
                slot.start()
            elif number in changed:
                slot.replace()

    def _restart_all(self) -> None:
        """End all stages and start those of the configuration."""
        self.optionals.clear()
        self.ready.clear()
        self._tasks.append(self._loop.create_task(self._boot()))

    def _start_standbys(self) -> None:
        assert self.pipeline is not None
        used = (slot.stage for slot in self.slots.values() if slot.is_on and not slot.failed)
        wanted = [stage for stage in used if stage.name in self.config.standby]
        self.standbys = Standbys(wanted, self.pipeline, self._forkserver)

    async def _boot(self) -> None:
        await self._clear()
        self._closing = False
        self._make_slots()
        await self._forkserver.open(preload_of(self.config))
        for attempt in range(MAX_FAILED_STARTS):
            try:
                self.pipeline = Pipeline(self.config, self._instance)
                break
            except (OSError, notifier.Error) as error:
                reason = f"no memory or semaphores for the rings: {error}"
                log.error("%s", reason)
            await asyncio.sleep(BACKOFF_S * 2**attempt)
        else:
            self.slots[topology_of(self.config).converter.number].give_up(reason)
            return
        self._loop.add_reader(self.pipeline.text_space.fd, self.events.pump)
        assert self.models is not None
        resident = {*self.config.models.preload, *self.config.models.pinned} or {self.config.engines[0]}
        for name in resident & {slot.stage.of for slot in self.slots.values()}:
            self.models.begin(name)
        for slot in self.slots.values():
            if not slot.stage.of or slot.stage.of in resident:
                slot.turn_on("initial")
            elif slot.stage.name == "vocoder":
                slot.is_on = False
            else:
                slot.turn_on("catalogue")

    def create_process(self, slot: StageSlot) -> StageProcess | None:
        """The slot's standby where it is warm, or a new process; None while there is no pipeline. OSError."""
        if self.pipeline is None or self._closing:
            return None
        if not slot.has_reported:
            return StageProcess(slot.stage, self.pipeline, slot.role, self._forkserver)
        standby = self.standbys.take(slot.stage) if self.standbys is not None else None
        return standby or StageProcess(slot.stage, self.pipeline, "replacement", self._forkserver)

    def on_ready(self, slot: StageSlot, ready: Ready) -> None:
        """None in the report: unchanged since an earlier report."""
        brought: list[VoiceMeta] | list[ConverterMeta] | None = None
        if ready.voices is not None:
            brought = self.reported_voices[slot.stage.number] = ready.voices
        if ready.converters is not None:
            brought = self.reported_converters[slot.stage.number] = ready.converters
        is_useless = brought is not None and not any(each.installed for each in brought)
        if slot.stage.of and (is_useless or slot.role == "catalogue"):
            self._end_line(slot.stage)
        elif slot.stage.of and self.models is not None:
            self.models.stage_ready(slot.stage.of)
        self._check_ready()

    def slots_of(self, model: str) -> list[StageSlot]:
        return [slot for slot in self.slots.values() if slot.stage.of == model]

    def users(self) -> Mapping[str, int]:
        return self.events.users()

    def review_models(self) -> None:
        """Load and unload models as the utterances that there are now require."""
        if self.models is not None:
            self.models.review()

    def end_stages(self, slots: Iterable[StageSlot]) -> Awaitable[None]:
        processes = []
        for slot in slots:
            slot.is_on = False
            if self.standbys is not None:
                self.standbys.drop(slot.stage)
            if (process := slot.release()) is not None:
                processes.append(process)
        return end_all(processes)

    def _end_line(self, stage: StageSpec, *, failed: str = "") -> None:
        """End the stages that have the same engine or family, because it is not used. failed: why it cannot be."""
        for slot in self.slots_of(stage.of):
            slot.failed = failed
        self._tasks.append(asyncio.ensure_future(self.end_stages(self.slots_of(stage.of))))
        if self.models is not None:
            self.models.stage_lost(stage.of)

    def why_useless(self, stage: StageSpec) -> str:
        generators = [slot for slot in self.slots.values() if slot.stage.name == "generator" and not slot.failed]
        is_last_engine = {slot.stage.of for slot in generators} <= {stage.of}
        is_needed = stage.name != "converter" and is_last_engine
        return "" if is_needed else self.optionals.reasons.get(_brought_by(stage), "")

    def on_given_up(self, slot: StageSlot) -> None:
        stage = slot.stage
        if stage.of and not self.given_up:
            self.optionals.report(LeftOut(_brought_by(stage), slot.failed))
            self._end_line(stage, failed=slot.failed)
        elif stage.name == "output":
            systemd.status(f"cannot play: {slot.failed}")
        if self.given_up:
            systemd.status(f"cannot speak: {self.given_up}")
            self._tasks.append(self._loop.create_task(self._clear()))
            self.ready.set()  # requests that wait for it are refused
        else:
            self._check_ready()

    def _check_ready(self) -> None:
        slots = self.slots.values()
        is_settled = all(slot.failed or not slot.is_on or (slot.process and slot.process.ready) for slot in slots)
        if is_settled and not self.ready.is_set() and self._has_configured_voices():
            self.ready.set()
            if self.pipeline is not None:
                self._start_standbys()
            self.events.ready()

    def _has_configured_voices(self) -> bool:
        """Pin the models of the configured voice and of the fallback voice; False while one is being loaded."""
        voices = self.voices
        fallback = [each for each in voices if each.name == self.config.fallback_voice and each.installed]
        default = default_voice(self.config.voice, voices)
        assert self.models is not None
        for voice in (*fallback, *([default] if default else [])):
            self.models.pin(voice.engine)
            if self.models.is_cold(voice.engine):
                self.models.want(voice.engine)
                return False
        return True

    async def read(self, request: ReadText) -> list[ReadSegment]:
        """How the text would be read. RequestRefused where the generator cannot, or dies meanwhile."""
        generator = topology_of(self.config).path(request.engine, "", to_device=False)[0]

        def send(request: ReadText) -> None:
            self.stages[generator].channel.send(request)
            if self.pipeline is not None:
                self.pipeline.wake(generator)

        return await self.readings.ask(generator, send, request)

    def catch_up(self, number: int) -> None:
        """Handle the messages that the stage has sent so far, before any later event of another stage."""
        self.slots[number].receive()

    async def _clear(self) -> None:
        """End the processes and release the shared memory."""
        async with self._clear_lock:
            self._closing = True
            if self.standbys is not None:
                self.standbys.close()
            await end_all([process for slot in self.slots.values() if (process := slot.release()) is not None])
            if self.pipeline is not None:
                self._loop.remove_reader(self.pipeline.text_space.fd)
                self.pipeline.close()
                self.pipeline = None
            self._forkserver.close()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._clear()


def _brought_by(stage: StageSpec) -> str:
    """Name of the engine or family in reports (stage_protocol.Loading)."""
    return f"{'converters' if stage.name == 'converter' else 'engine'} {stage.of}"


async def _end_hung_processes(state: SupervisorState) -> None:
    while True:
        await asyncio.sleep(hang_detector.LOOK_S)
        for process in state.stages.values():
            process.end_if_hung()
