"""One method a request: what it checks, and what it sets going."""

import itertools
import logging
import time
from typing import Final

import msgspec

from steadyvoice import __version__
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.control.checks import check_live, check_read, check_speak
from steadyvoice.daemon.control.choices import Choices
from steadyvoice.daemon.control.inspection import Inspection
from steadyvoice.daemon.control.server import Connection
from steadyvoice.daemon.control.status import status
from steadyvoice.daemon.default_voice import default_voice
from steadyvoice.daemon.live.listening import Listening
from steadyvoice.daemon.live.service import LiveService
from steadyvoice.daemon.metrics.metrics import Metrics
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.models import ModelManager
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.tracing.service import Tracing
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.stage_protocol import SINK_RATE, ReadText, VoiceMeta
from steadyvoice.ipc.utterance_spec import UtteranceSpec

log = logging.getLogger("svd")

NOTHING_TO_SAY: Final = "there is nothing to say in this text; give some words"


class Handlers:
    """Carries out the requests of all connections.

    More than 12 methods: one a request, and the few checks that several requests share.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        utterances: UtteranceService,
        live: LiveService,
        listening: Listening,
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        self._supervisor, self._utterances, self._live, self._listening = supervisor, utterances, live, listening
        self._metrics, self._tracing = metrics, tracing
        self._numbers = itertools.count(1)
        self._began = time.monotonic()
        self._choices, self._inspection = Choices(supervisor), Inspection(supervisor)

    @property
    def _config(self) -> Config:
        return self._supervisor.config

    async def handle(self, request: requests.Request, connection: Connection) -> None:
        match request:
            case requests.Hello():
                if request.version < 1:
                    raise RequestRefused(
                        "bad_message", f"there is no version {request.version}; this is version {requests.VERSION}"
                    )
                capabilities = ["append", "pcm", "live", *(["ring"] if connection.takes_descriptors else [])]
                connection.send(m.Welcome(request.ref, requests.VERSION, f"svd {__version__}", capabilities))
            case requests.Speak():
                await self._speak(request, connection)
            case requests.Append():
                self._append(request, connection)
            case requests.Finish():
                self._mine(request.id, connection).close_text()
                self._utterances.admit()
            case requests.Position():
                self._report_position(request, connection)
            case requests.Cancel():
                await self._cancel(request, connection)
            case requests.Pause() | requests.Resume():
                paused = isinstance(request, requests.Pause)
                self._listening.paused_by_client()
                self._utterances.playback.pause(paused)
                self._utterances.events.announce(m.Paused(0, paused))
                connection.send(m.Paused(request.ref, paused))
            case requests.Skip():
                await self._skip(request, connection)
            case requests.Subscribe():
                self._utterances.events.follow(connection, on=request.on)
                connection.send(m.Subscribed(request.ref, request.on))
            case requests.Status():
                uptime_s = time.monotonic() - self._began
                services = self._utterances, self._live, self._listening, self._tracing
                connection.send(m.StatusReply(request.ref, status(self._config, self._supervisor, *services, uptime_s)))
            case requests.Trace():
                connection.send(m.TraceReply(request.ref, await self._tracing.find(request.id, request.seconds)))
            case requests.Metrics():
                connection.send(m.MetricsReply(request.ref, await self._metrics.families()))
            case requests.Models() | requests.Load() | requests.Unload():
                await self._supervisor.ready.wait()
                if isinstance(request, requests.Load):
                    await self._models.load(request.model)
                elif isinstance(request, requests.Unload):
                    await self._models.unload(request.model)
                connection.send(m.ModelsReply(request.ref, self._models.infos()))
            case requests.Live():
                await self._start_live(request, connection)
            case requests.Change():
                await self._live.change(request)
                connection.send(m.Changed(request.ref, request.id))
            case requests.Read():
                await self._read(request, connection)
            case requests.Hold() | requests.Profile():
                await self._inspection.handle(request, connection)
            case requests.Voices():
                await self._supervisor.ready.wait()
                connection.send(m.VoicesReply(request.ref, [self._info(v) for v in self._supervisor.voices]))
            case requests.Converters():
                await self._supervisor.ready.wait()
                known = [m.ConverterInfo(**msgspec.structs.asdict(each)) for each in self._supervisor.converters]
                connection.send(m.ConvertersReply(request.ref, known))

    def on_disconnect(self, connection: Connection) -> None:
        self._utterances.leave(connection)
        self._live.leave(connection)
        self._inspection.leave(connection)

    async def _speak(self, request: requests.Speak, connection: Connection) -> None:
        origin = time.monotonic_ns()
        check_speak(request)
        if request.sink == "pcm" and request.detach:
            raise RequestRefused(
                "bad_message", "pcm goes to this client and cannot be detached; leave one of the two out"
            )
        self._check_length(len(request.text))
        if not request.open and not request.mode.can_say(request.text):
            raise RequestRefused("text_empty", NOTHING_TO_SAY)
        if len(self._utterances.scheduler.of(connection)) >= self._config.limits.utterances:
            raise RequestRefused(
                "too_many_utterances",
                f"{self._config.limits.utterances} utterances of this client are waiting; let some finish",
                retryable=True,
            )
        await self._supervisor.ready.wait()
        if request.sink == "device" and (why := self._supervisor.device_problem):
            raise RequestRefused(
                "stage_failed", f"cannot play on the sound device: {why}; samples can be had (-o FILE.wav)"
            )
        wanted = self._choices.voice(request.voice)
        converter = self._choices.converter(request)
        # The samples of another voice would be no continuation.
        voice = wanted if request.from_sample else self._choices.available(wanted)
        to_client = request.sink == "pcm"
        spec = UtteranceSpec(
            voice.engine,
            voice.name,
            request.rate,
            request.volume,
            request.sink,
            voice_rate=voice.sample_rate,
            sink_rate=(request.sample_rate or voice.sample_rate) if to_client else SINK_RATE,
            sink_format=request.format,
            family=converter.family if converter else "",
            converter=converter.name if converter else "",
            pitch=request.pitch,
            formant=request.formant,
            ssml=request.ssml,
            mode=request.mode,
            from_sample=request.from_sample,
            from_char=request.from_char,
        )
        utterance = Utterance(
            next(self._numbers),
            connection,
            spec,
            origin,
            detach=request.detach,
            priority=request.priority,
            lexicon=request.lexicon,
            user=request.user,
            traceparent=request.traceparent,
        )
        utterance.inline = to_client and (request.inline or not connection.takes_descriptors)
        utterance.add_text(request.text)
        if not request.open:
            utterance.close_text()
        utterance.fallback_voice = "" if voice == wanted else voice.name
        loading = self._models.want_all([wanted.engine, spec.family])
        waits = utterance.to_device and self._utterances.playback.paused
        connection.send(m.Queued(request.ref, utterance.id, waits))
        for model, expected_s in loading.items():
            if model != wanted.engine or voice == wanted:
                connection.send(m.Loading(utterance.id, model, expected_s))
        self._utterances.submit(utterance, replace=request.replace)
        self._models.review()

    @property
    def _models(self) -> ModelManager:
        return self._supervisor.models

    async def _read(self, request: requests.Read, connection: Connection) -> None:
        check_read(request)
        await self._supervisor.ready.wait()
        voice = self._choices.voice(request.voice)
        if self._models.is_cold(voice.engine):
            await self._models.load(voice.engine)
        segments = await self._supervisor.read(
            ReadText(0, request.text, voice.engine, voice.name, request.mode, request.lexicon)
        )
        if not segments:
            raise RequestRefused("text_empty", NOTHING_TO_SAY)
        words, phonemes = (
            " ".join(filter(None, (getattr(each, name) for each in segments))) for name in ("words", "phonemes")
        )
        connection.send(m.ReadReply(request.ref, words, phonemes, segments))

    def _info(self, voice: VoiceMeta) -> m.VoiceInfo:
        default = default_voice(self._config.voice, self._supervisor.voices)
        known = {name: getattr(voice, name) for name in VoiceMeta.__struct_fields__ if name != "blends"}
        return m.VoiceInfo(**known, default=default is not None and voice.name == default.name)

    def _check_length(self, chars: int) -> None:
        limit = self._config.limits.text_chars
        if chars > limit:
            raise RequestRefused(
                "text_too_long",
                f"the text has {chars} characters and one utterance may have {limit}; send it in parts",
            )

    def _append(self, request: requests.Append, connection: Connection) -> None:
        utterance = self._mine(request.id, connection)
        if utterance.closed:
            raise RequestRefused("unknown_utterance", f"utterance {request.id} has been finished; speak a new one")
        self._check_length(utterance.chars + len(request.text))
        utterance.add_text(request.text)
        self._utterances.admit()

    def _report_position(self, request: requests.Position, connection: Connection) -> None:
        utterance = self._mine(request.id, connection)
        if utterance.to_device:
            raise RequestRefused("bad_message", "position is for sink pcm; the daemon sees what the sound device plays")
        utterance.heard_samples = request.samples

    def _mine(self, number: int, connection: Connection) -> Utterance:
        for utterance in self._utterances.scheduler.of(connection):
            if utterance.id == number:
                return utterance
        raise RequestRefused(
            "unknown_utterance", f"there is no utterance {number} of this client; it may have finished"
        )

    async def _start_live(self, request: requests.Live, connection: Connection) -> None:
        check_live(request)
        await self._supervisor.ready.wait()
        inline = request.inline or not connection.takes_descriptors
        await self._live.start(request, connection, next(self._numbers), connection.has_hung_up, inline=inline)

    async def _cancel(self, request: requests.Cancel, connection: Connection) -> None:
        known = {utterance.id: utterance for utterance in self._utterances.scheduler.all}
        if request.ids:
            for number in request.ids:
                if number not in known and not self._live.has(number):
                    raise RequestRefused("unknown_utterance", f"there is no utterance {number}; it may have finished")
            chosen = [known[number] for number in dict.fromkeys(request.ids) if number in known]
        else:
            chosen = self._utterances.scheduler.all if request.all else self._utterances.scheduler.of(connection)
        heard = await self._utterances.cancel(chosen)
        for number in filter(self._live.has, request.ids):
            await self._live.stop(number)
            heard[number] = 0
        connection.send(m.Cancelled(request.ref, [m.Heard(number, chars) for number, chars in heard.items()]))

    async def _skip(self, request: requests.Skip, connection: Connection) -> None:
        playing = self._utterances.playback.playing
        if playing is None:
            raise RequestRefused(
                "nothing_playing", "nothing is being said on the sound device; there is nothing to skip"
            )
        if request.to == "sentence":
            heard = self._utterances.playback.skip_sentence(playing)
        else:
            heard = (await self._utterances.cancel([playing], "skipped"))[playing.id]
        connection.send(m.Skipped(request.ref, playing.id, heard))
