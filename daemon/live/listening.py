"""Barge-in by voice: keeps the listen stage and its microphone, and carries out what ``barge_in`` decides."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from steadyvoice.daemon.live import barge_in
from steadyvoice.daemon.live.barge_in import Action, BargeIn, OnDevice
from steadyvoice.daemon.live.service import LiveService
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LISTEN, LIVE
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import notifier
from steadyvoice.ipc.daemon_status import ListeningStatus
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.listening import Heard, Listen, SpeechEnded, SpeechStarted
from steadyvoice.ipc.stage_protocol import FromStage

log = logging.getLogger("svd")

_RETRY_S: Final = 5.0
"""Until listening is tried again that could not be started."""


class Listening:
    """To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor, utterances: UtteranceService, live: LiveService) -> None:
        self._supervisor, self._utterances, self._live = supervisor, utterances, live
        self._loop = asyncio.get_running_loop()
        self._settings = Listen()
        self._barge_in = BargeIn(self._settings)
        self._user_speaks = False
        self._problem = ""
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def configure(self, settings: Listen) -> None:
        """Listen as configured; to be called when the stages have started, and with each new configuration."""
        if settings != self._settings:
            self._lost()
            self._settings, self._barge_in = settings, BargeIn(settings)
        self._run(self._follow())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self) -> None:
        """Start or end the stage, as the settings say."""
        async with self._lock:
            is_wanted, exists = self._settings.mode != "off", bool(self._supervisor.lines.of(LISTEN))
            if is_wanted and not exists and self._supervisor.pipeline is not None:
                self._barge_in = BargeIn(self._settings)
                try:
                    await self._live.listen(on=True)
                    self._supervisor.load_stages(LISTEN)
                    self._supervisor.pipeline.shared.keep_device_open(True)
                    self._problem = ""
                except (RequestRefused, OSError, notifier.Error, ValueError) as error:
                    self._problem = str(error)
                    self._loop.call_later(_RETRY_S, lambda: self._run(self._follow()))
            elif not is_wanted and exists:
                self._lost()
                if self._supervisor.pipeline is not None:
                    self._supervisor.pipeline.shared.keep_device_open(False)
                await self._supervisor.unload_stages(LISTEN)
                await self._live.listen(on=False)

    def stages_started(self) -> None:
        self.configure(self._supervisor.config.listen)

    def on_message(self, event: FromStage) -> None:
        """The listen stage has heard something."""
        if not isinstance(event, Heard):
            return
        if isinstance(event, SpeechStarted | SpeechEnded):
            self._user_speaks = isinstance(event, SpeechStarted)
        self._carry_out(self._barge_in.on(event, self._on_device))

    def paused_by_client(self) -> None:
        self._barge_in.paused_by_client()

    def died(self) -> None:
        """The stage's process has ended; another one is started."""
        self._lost()
        self._barge_in = BargeIn(self._settings)

    def _lost(self) -> None:
        self._user_speaks = False
        self._carry_out(self._barge_in.lost(int(self._loop.time() * 1e9), self._on_device))

    @property
    def _on_device(self) -> OnDevice:
        pipeline = self._supervisor.pipeline
        speech = [each for each in self._utterances.scheduler.all if each.to_device and each.cancel_reason is None]
        playing = self._utterances.playback.playing
        position = playing.position(pipeline.shared) if playing is not None and pipeline is not None else 0
        ids = [each.id for each in speech]
        if playing is not None and playing.id in ids:
            ids = [playing.id, *(number for number in ids if number != playing.id)]
        return OnDevice(
            ids,
            heard_chars=playing.timeline.heard_chars(position) if playing is not None else 0,
            has_begun=position > 0,
            is_paused=self._utterances.playback.paused,
        )

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case barge_in.SetGain(gain):
                    self._live.ducking.speech_gain = gain
                    self._live.ducking.apply()
                case barge_in.CancelSpeech(ids):
                    chosen = [each for each in self._utterances.scheduler.all if each.id in ids]
                    self._run(self._cancel(chosen))
                case barge_in.Pause(on):
                    self._utterances.playback.pause(on)
                    self._utterances.events.announce(m.Paused(0, on))
                case barge_in.Announce(kind, at_ns, number, heard_chars):
                    event = m.SpeechStarted if kind == "speech_started" else m.SpeechEnded
                    self._utterances.events.announce(event(at_ns, number, heard_chars))

    async def _cancel(self, utterances: list[Utterance]) -> None:
        await self._utterances.cancel(utterances)

    @property
    def _given_up(self) -> str:
        """Why a stage that it needs has no process; the supervisor tries again."""
        lines = self._supervisor.lines
        needed = (*lines.of(LISTEN), *lines.of(LIVE)) if self._settings.mode != "off" else ()
        return next((slot.failed for slot in needed if slot.failed and slot.stage.name != "converter"), "")

    @property
    def status(self) -> ListeningStatus:
        return {
            "mode": self._settings.mode,
            "speech": self._user_speaks,
            "problem": self._problem or self._given_up or self._live.capture.problem,
        }
