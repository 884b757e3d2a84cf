"""Connects configuration, shared memory and stage slots: starts the stages, reconfigures them, ends them."""

import asyncio
import logging
from typing import Final

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision import hang_detector
from steadyvoice.daemon.supervision.forkserver import ForkServer, preload_of
from steadyvoice.daemon.supervision.interfaces import RecoveryHandler, StageEvents
from steadyvoice.daemon.supervision.restart_policy import BACKOFF_S, MAX_FAILED_STARTS
from steadyvoice.daemon.supervision.stage_process import StageProcess, end_all
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.daemon.supervision.state import SupervisorState
from steadyvoice.daemon.topology import NAMES
from steadyvoice.ipc import notifier
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.stage_protocol import ReadText, Ready

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
        self.slots = {name: StageSlot(name, self) for name in NAMES}

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
            for slot in self.slots.values():
                slot.reset()
            self.ready.clear()
            self._tasks.append(self._loop.create_task(self._boot()))
        else:
            self._apply_when_idle()

    def _apply_when_idle(self) -> None:
        if (self.config == self._requested_config and not self.failed) or self.given_up or self._closing:
            return
        if self.events.active or not self.ready.is_set() or self.pipeline is None:
            self._loop.call_later(_IDLE_POLL_S, self._apply_when_idle)
            return
        before, self.config = self.config, self._requested_config
        if self.optionals.reasons and preload_of(before) != preload_of(self.config):
            self.optionals.clear()
            self._forkserver.renew(preload_of(self.config))
        changed = self.pipeline.configure(self.config)
        if self.standbys is not None:
            self.standbys.close()
        self.standbys = Standbys(self.config.standby, self.pipeline, self._forkserver)
        for name, slot in self.slots.items():
            if slot.failed:
                slot.reset()
                slot.start()
            elif name in changed:
                slot.replace()

    async def _boot(self) -> None:
        await self._clear()
        self._closing = False
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
            self.slots[NAMES[0]].give_up(reason)
            return
        self._loop.add_reader(self.pipeline.text_space.fd, self.events.pump)
        for slot in self.slots.values():
            slot.start()

    def create_process(self, slot: StageSlot) -> StageProcess | None:
        """The slot's standby where it is warm, or a new process; None while there is no pipeline. OSError."""
        if self.pipeline is None or self._closing:
            return None
        if not slot.has_reported:
            return StageProcess(slot.name, self.pipeline, "initial", self._forkserver)
        standby = self.standbys.take(slot.name) if self.standbys is not None else None
        return standby or StageProcess(slot.name, self.pipeline, "replacement", self._forkserver)

    def on_ready(self, ready: Ready) -> None:
        """None in the report: unchanged since an earlier report."""
        if ready.voices is not None:
            self.reported_voices = ready.voices
        if ready.converters is not None:
            self.reported_converters = ready.converters
        self._check_ready()

    def on_given_up(self) -> None:
        if self.given_up:
            self._tasks.append(self._loop.create_task(self._clear()))
            self.ready.set()  # requests that wait for it are refused
        else:
            self._check_ready()

    def _check_ready(self) -> None:
        is_settled = all(slot.failed or (slot.process and slot.process.ready) for slot in self.slots.values())
        if is_settled and not self.ready.is_set():
            self.ready.set()
            if self.pipeline is not None:
                self.standbys = Standbys(self.config.standby, self.pipeline, self._forkserver)
            self.events.ready()

    async def read(self, request: ReadText) -> list[ReadSegment]:
        """How the text would be read. RequestRefused where the generator cannot, or dies meanwhile."""

        def send(request: ReadText) -> None:
            self.stages["generator"].channel.send(request)
            if self.pipeline is not None:
                self.pipeline.wake("generator")

        return await self.readings.ask(send, request)

    def catch_up(self, name: str) -> None:
        """Handle the messages that the stage has sent so far, before any later event of another stage."""
        self.slots[name].receive()

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


async def _end_hung_processes(state: SupervisorState) -> None:
    while True:
        await asyncio.sleep(hang_detector.LOOK_S)
        for process in state.stages.values():
            process.end_if_hung()
