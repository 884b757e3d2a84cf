"""Connects configuration, shared memory, stage slots and models: starts the stages, reconfigures them, ends them."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import msgspec

from steadyvoice.daemon import languages
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.default_voice import default_voice
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer, preload_of
from steadyvoice.daemon.supervision.interfaces import RecoveryHandler, StageEvents
from steadyvoice.daemon.supervision.lines import Lines
from steadyvoice.daemon.supervision.models import ModelManager
from steadyvoice.daemon.supervision.restart_policy import BACKOFF_S, MAX_FAILED_STARTS
from steadyvoice.daemon.supervision.stage_process import StageProcess, end_all, end_hung
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.daemon.supervision.state import SupervisorState
from steadyvoice.daemon.topology import LIGHT_FAMILIES, LISTEN, LIVE, SHARED, StageSpec
from steadyvoice.ipc import notifier, systemd
from steadyvoice.ipc.errors import describe
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.stage_protocol import LeftOut, ReadText, Ready
from steadyvoice.ipc.stage_start import Role

log = logging.getLogger("svd")

_IDLE_POLL_S: Final = 0.05
"""Interval of the check whether all utterances have ended, while a new configuration waits for that."""


class Supervisor(SupervisorState):
    """Keeps one process per stage alive. Runs in the daemon's event loop; every method is called in its thread.

    More than 12 methods: the slots and the models report here, and each of the two has its own few questions.
    """

    events: StageEvents
    recovery: RecoveryHandler

    def __init__(self, config: Config, instance: str) -> None:
        """instance: distinguishes daemons that run at the same time; the same at every start of one of them."""
        super().__init__(config)
        self._instance = instance
        self._requested_config = config
        """Applied when no utterance is in the stages."""
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._forkserver = ForkServer(self.optionals)
        self._closing, self._clear_lock = False, asyncio.Lock()
        self.lines = Lines(self.slots, lambda stage: StageSlot(stage, self))
        self.models = ModelManager(self)
        self._make_shared_slots()

    def _make_shared_slots(self) -> None:
        self.slots.clear()
        self.slots |= {stage.number: StageSlot(stage, self) for stage in SHARED.stages}
        self.voices_known, self.converters_known, self.lines.flows = [], [], None
        self.lost.clear()

    def start(self, events: StageEvents, recovery: RecoveryHandler) -> None:
        self.events, self.recovery = events, recovery
        self._run(self._boot())
        self._run(end_hung(lambda: self.stages.values()))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it as a task. An error in it is a fault of this program, and would else be seen by nobody."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("internal error: %s", describe(error))

    def reconfigure(self, config: Config) -> None:
        """Apply a new configuration. Stages it changes are replaced when no utterance is in them."""
        self._requested_config = config
        self.config = msgspec.structs.replace(self.config, voice=config.voice, limits=config.limits)
        if self.given_up:
            self.config = config
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
        if (before.engines, before.converters) != (self.config.engines, self.config.converters) or self.lost:
            self._restart_all()
            return
        changed = self.pipeline.configure(self.config)
        self._stop_standbys()
        self._start_standbys()
        self.models.pin()
        self._has_configured_voices()
        self.models.review()
        self._report_languages()
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
        self._run(self._boot())

    def _stop_standbys(self) -> None:
        """Those of another configuration, or of a pipeline that ends."""
        if self.standbys is not None:
            self.standbys.close()
            self.standbys = None

    def _start_standbys(self) -> None:
        """For the stages that exist now; a standby stays where its stage has the same rings."""
        if self.pipeline is None or not self.ready.is_set():
            self._stop_standbys()
            return
        self.standbys = self.standbys or Standbys(self.pipeline, self._forkserver)
        self.standbys.renew(self._with_standby())

    def _with_standby(self) -> list[StageSpec]:
        used = (slot.stage for slot in self.slots.values() if slot.is_on and not slot.failed)
        return [stage for stage in used if stage.name in self.config.standby]

    async def _boot(self) -> None:
        await self._clear()
        self._closing = False
        self._make_shared_slots()
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
            self.slots[SHARED.converter.number].give_up(reason)
            return
        self._loop.add_reader(self.pipeline.text_space.fd, self.events.pump)
        self._know_flows(self._forkserver.flows)  # None where it has failed: the catalogue reports them
        for stage in SHARED.stages:
            self.slots[stage.number].turn_on("initial")

    def _know_flows(self, flows: list[str] | None) -> None:
        """Load the models, as soon as it is known which engines have a flow, and with it which stages there are."""
        if self.lines.flows is None and flows is not None:
            self.lines.flows = flows
            self.models.start()

    def load_stages(self, model: str) -> None:
        """Make and start the stages of an engine or family, or of live sound. OSError, notifier.Error, ValueError."""
        assert self.pipeline is not None
        role: Role = "background" if self.ready.is_set() and model not in (LIVE, LISTEN) else "initial"
        self.lines.add(self.pipeline, model, role, is_engine=model in self.config.engines)
        if self.standbys is not None:
            self.standbys.keep(self._with_standby())
        self.events.models_changed()

    async def unload_stages(self, model: str) -> None:
        """End the processes, wait until the kernel has their memory back, and remove the stages."""
        if self.standbys is not None:
            self.standbys.keep(stage for stage in self._with_standby() if stage.of != model)
        await self.lines.end(model)
        if self.pipeline is not None:
            self.lines.remove(self.pipeline, model)
            self._start_standbys()
        self._check_ready()

    def create_process(self, slot: StageSlot) -> StageProcess | None:
        """The slot's standby where it is warm, or a new process; None while there is no pipeline. OSError."""
        if self.pipeline is None or self._closing:
            return None
        if not slot.has_reported:
            return StageProcess(slot.stage, self.pipeline, slot.role, self._forkserver)
        standby = self.standbys.take(slot.stage) if self.standbys is not None else None
        return standby or StageProcess(slot.stage, self.pipeline, "replacement", self._forkserver)

    def on_ready(self, slot: StageSlot, ready: Ready) -> None:
        if slot.stage.name == "catalogue":
            self.voices_known, self.converters_known = ready.voices or [], ready.converters or []
            slot.is_on = False  # it has nothing more to do
            if (process := slot.release()) is not None:
                self._run(end_all([process]))
            self._know_flows(ready.flows)
            self.models.catalogue_known()
            self._report_languages()
        elif slot.stage.of in (LIVE, LISTEN) or (slot.stage.of and self.models.stage_ready(slot.stage.of)):
            self._start_standbys()
        self._check_ready()

    def why_useless(self, stage: StageSpec) -> str:
        is_last_engine = not self.voices_known or self.engines_with_voices <= {stage.of}
        is_needed = stage.name != "converter" and is_last_engine
        return "" if is_needed else self.optionals.reasons.get(_brought_by(stage), "")

    def on_given_up(self, slot: StageSlot) -> None:
        stage = slot.stage
        if stage.of and stage.of not in (LIVE, LISTEN):
            self.optionals.report(LeftOut(_brought_by(stage), slot.failed))
            self.lost[stage.of] = slot.failed
            self.models.stage_lost(stage.of)
        elif stage.name == "output":
            systemd.status(f"cannot play: {slot.failed}")
        if self.given_up:
            systemd.status(f"cannot speak: {self.given_up}")
            self._run(self._clear())
            self.ready.set()  # requests that wait for it are refused
        else:
            self._check_ready()

    def _check_ready(self) -> None:
        slots = self.slots.values()
        is_settled = all(slot.failed or not slot.is_on or (slot.process and slot.process.ready) for slot in slots)
        if is_settled and not (self.ready.is_set() or self._closing) and self._has_configured_voices():
            self.ready.set()
            self._start_standbys()
            self.events.ready()

    def pinned(self) -> set[str]:
        """Models that are never unloaded: those of the configured voice and of the fallback voice are among them."""
        voices = self.voices
        fallback = {each.engine for each in voices if each.name == self.config.fallback_voice and each.installed}
        default = default_voice(self.config.voice, voices)
        useful = self.engines_with_voices | {each.family for each in self.converters if each.installed}
        return {*(useful & set(self.config.models.pinned)), *fallback, *([default.engine] if default else [])}

    def _has_configured_voices(self) -> bool:
        """Load the pinned models; False while one is being loaded."""
        cold = [name for name in self.pinned() if self.models.is_cold(name)]
        for name in cold:
            self.models.want(name)
        return not cold

    def _report_languages(self) -> None:
        for line in languages.unused(self.config.languages, self.voices):
            log.warning("%s", line)

    def users(self) -> Mapping[str, int]:
        return self.events.users()

    def model_names(self) -> list[str]:
        return [*self.config.engines, *(name for name in self.config.converters if name not in LIGHT_FAMILIES)]

    async def read(self, request: ReadText) -> list[ReadSegment]:
        """How the text would be read. RequestRefused where the generator cannot, or dies meanwhile."""
        pipeline = self.pipeline
        assert pipeline is not None
        generator = pipeline.topology.path(request.engine, "", to_device=False)[0]

        def send(request: ReadText) -> None:
            self.stages[generator].channel.send(request)
            pipeline.wake(generator)

        return await self.readings.ask(generator, send, request)

    def catch_up(self, number: int) -> None:
        """Handle the messages that the stage has sent so far, before any later event of another stage."""
        self.slots[number].receive()

    async def _clear(self) -> None:
        """End the processes and release the shared memory."""
        async with self._clear_lock:
            self._closing = True
            await self.models.close()
            self._stop_standbys()
            await end_all([process for slot in self.slots.values() if (process := slot.release()) is not None])
            if self.pipeline is not None:
                self._loop.remove_reader(self.pipeline.text_space.fd)
                self.pipeline.close()
                self.pipeline = None
            self._forkserver.close()

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._clear()


def _brought_by(stage: StageSpec) -> str:
    """Name of the engine or family in reports (stage_protocol.Loading)."""
    return f"{'converters' if stage.name == 'converter' else 'engine'} {stage.of}"
