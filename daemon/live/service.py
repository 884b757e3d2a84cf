"""Live sessions: starts the line of live sound for one, changes its chain, ends it, and keeps it through failures."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from steadyvoice.daemon.live import containment
from steadyvoice.daemon.live.answers import ANSWER_S, Answers
from steadyvoice.daemon.live.capture import Capture
from steadyvoice.daemon.live.client_stream import ClientStream
from steadyvoice.daemon.live.ducking import Ducking
from steadyvoice.daemon.live.line import LiveLine
from steadyvoice.daemon.live.session import LiveSession
from steadyvoice.daemon.live.watch import Watch
from steadyvoice.daemon.scheduling.utterance import Listener
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LIVE, StageSpec
from steadyvoice.daemon.tracing.known import Recent
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.daemon_status import LiveStatus
from steadyvoice.ipc.errors import Code, RequestRefused, RingUnusable
from steadyvoice.ipc.live_protocol import (
    LIVE_LANE,
    ChainReport,
    InputReport,
    LiveChain,
    LiveSource,
    PlaybackReport,
)
from steadyvoice.ipc.stage_protocol import SINK_RATE

_NO_CHANGE: Final = "the plugins cannot be changed"

log = logging.getLogger("svd")


class LiveService:
    """One session at a time. To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor, recent: Recent) -> None:
        self._supervisor, self._recent = supervisor, recent
        self._loop = asyncio.get_running_loop()
        self._line = LiveLine(supervisor)
        self.capture = Capture(supervisor, self._line)
        self.ducking = Ducking(supervisor, lambda: self._session is not None and self._session.to_device)
        self._session: LiveSession | None = None
        self._lock = asyncio.Lock()
        self._answers = Answers()
        self._watch = Watch(self._line, self._end_if_played)
        self._ending: set[asyncio.Task[None]] = set()

    async def start(
        self, request: requests.Live, listener: Listener, number: int, has_left: Callable[[], bool], *, inline: bool
    ) -> None:
        """Begin a session; reply to the request. RequestRefused.

        has_left: whether the client has disconnected meanwhile. inline: it receives no descriptors.
        """
        async with self._lock:
            if self._session is not None:
                raise RequestRefused(
                    "live_in_use",
                    f"live session {self._session.number} is running; end it first: svctl live --stop",
                    retryable=True,
                )
            to_device = request.sink == "device"
            if to_device and (why := self._supervisor.device_problem):
                raise RequestRefused("no_sound_device", f"cannot play on the sound device: {why}")
            if self._supervisor.pipeline is None:
                raise RequestRefused("stage_failed", "the stages are being started again", retryable=True)
            permitted = self._supervisor.config.live.plugins
            chain = LiveChain(number, 1, -1, request.through, request.format, permitted=permitted)
            self._session = session = LiveSession(number, request, listener, chain, has_left)
            try:
                self._line.hold("session")
                await self._begin(session, inline)
            except BaseException:
                await self._end(session)
                raise
            session.begin(self._recent)
            listener.send(m.Queued(request.ref, number))
            fds = session.stream.descriptors if session.stream is not None else ()
            listener.send(m.Started(number, SINK_RATE, bool(fds), request.format), fds)
            if session.stream is not None:
                session.stream.begin(listener)
            self._watch.begin(session)

    async def _begin(self, session: LiveSession, inline: bool) -> None:
        self._line.send("converter", session.chain)
        await self._answer(session, lambda: session.is_answered)
        session.check_chain()
        pipeline = self._supervisor.pipeline
        if session.request.sink == "pcm":
            lookahead_s = self._supervisor.config.lookahead_s
            session.stream = ClientStream(session.number, session.request.format, lookahead_s, inline=inline)
            session.stream.give_to_converter(self._line)
        assert pipeline is not None
        shared, number = pipeline.shared, session.number
        self.ducking.apply()
        self.capture.session = LiveSource(number, session.request.source, -1, session.to_device)
        shared.open_lane(LIVE_LANE, number, self._line.number("input"))
        if session.to_device:
            shared.set_live_on_device(number)
            shared.expect_sound()
            pipeline.wake(pipeline.topology.output.number)
        self.capture.apply()
        await self._answer(session, lambda: session.input is not None)
        assert session.input is not None
        if session.input.state == "failed":
            raise RequestRefused("no_source", session.input.problem)

    async def _answer(self, session: LiveSession, is_there: Callable[[], bool]) -> None:
        """Wait for a stage's first report. RequestRefused where none comes."""
        what = "live sound cannot start"
        try:
            await self._answers.wait(session, is_there, what)
        except TimeoutError:
            raise RequestRefused("stage_failed", f"{what}: no answer for {ANSWER_S:.0f} seconds") from None

    async def change(self, request: requests.Change) -> None:
        """Change the chain; return when the new one is used. RequestRefused: the old one stays."""
        async with self._lock:
            session = self._of(request.id)
            used: LiveChain | None = None
            try:
                await self._answers.wait(session, lambda: self._line.is_there("converter"), _NO_CHANGE)
                wanted = session.begin_change(request.through)
                self._line.send("converter", wanted)
                await self._answers.wait(session, lambda: session.is_answered, _NO_CHANGE)
                if session.lost_change:
                    why = f"{_NO_CHANGE}: {session.lost_change}"
                    raise RequestRefused("plugin_failed", why, retryable=True)
                session.check_chain()
                used = wanted
            except TimeoutError:
                why = f"the plugins were not ready within {ANSWER_S:.0f} seconds; the old ones stay"
                self._line.end_hung("converter", "plugins were not ready in time")
                raise RequestRefused("plugin_failed", why) from None
            finally:
                session.end_change(used)

    def _of(self, number: int) -> LiveSession:
        if self._session is None or self._session.number != number:
            raise RequestRefused("unknown_utterance", f"there is no live session {number}; it may have ended")
        return self._session

    def has(self, number: int) -> bool:
        return self._session is not None and self._session.number == number

    async def stop(self, number: int) -> None:
        """End the session, and return when it has ended. RequestRefused if there is none of this number."""
        session = self._of(number)
        self._must_end(session, "it was cancelled")
        await self._finish(session, "cancelled")

    def _must_end(self, session: LiveSession, problem: str) -> None:
        """What waits for the session's stages gives up."""
        session.problem = session.problem or problem
        self._answers.changed()

    def leave(self, listener: Listener) -> None:
        """A client has disconnected."""
        session = self._session
        if session is None or session.listener is not listener:
            return
        session.listener = None
        if not session.request.detach:
            self._finish_soon(session, "cancelled")

    def _finish_soon(self, session: LiveSession, reason: m.Reason, problem: str = "") -> None:
        self._must_end(session, problem or "it has ended")
        task = self._loop.create_task(self._finish(session, reason, problem))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _finish(self, session: LiveSession, reason: m.Reason, problem: str = "") -> None:
        """End the session and its stages, and publish ``finished``."""
        async with self._lock:
            if session is not self._session:
                return
            samples = self._samples(session)
            await self._end(session)
        session.ended(reason, samples, problem)
        if session.listener is not None:
            code: Code | None = "stage_failed" if problem else None
            duration_s = round(samples / SINK_RATE, 4)
            session.listener.send(m.Finished(session.number, reason, 0, duration_s, code=code, message=problem))

    def _samples(self, session: LiveSession) -> int:
        """Samples of the session that were played or sent so far."""
        if session.stream is not None:
            return session.stream.samples
        pipeline = self._supervisor.pipeline
        played = pipeline.shared.consumed(LIVE_LANE, session.number) if pipeline is not None else 0
        return max(0, played - session.chain.first)

    async def _end(self, session: LiveSession) -> None:
        self._session = self.capture.session = None
        self.ducking.apply()
        self._watch.end()
        if session.stream is not None:
            session.stream.close()
        if (pipeline := self._supervisor.pipeline) is not None:
            pipeline.shared.close_lane(LIVE_LANE)
            pipeline.shared.set_live_on_device(0)
            pipeline.wake(pipeline.topology.output.number)
        await self._line.release("session")
        self.capture.apply()

    async def listen(self, *, on: bool) -> None:
        """Capture the microphone while there is no session, for listening. RequestRefused."""
        async with self._lock:
            self.capture.listens = on
            if on:
                self._line.hold("listening")
            else:
                await self._line.release("listening")
            self.capture.apply()

    def on_report(self, report: InputReport | ChainReport | PlaybackReport) -> None:
        session = self._session
        if isinstance(report, InputReport) and not report.session:
            self.capture.on_report(report)
        if session is None or report.session != session.number:
            return
        match report:
            case InputReport():
                self._on_input(session, report)
            case ChainReport():
                session.converter = report
            case PlaybackReport():
                session.playback = report
        self._answers.changed()

    def _on_input(self, session: LiveSession, report: InputReport) -> None:
        session.input = report
        if report.state != "failed":
            if session.chain.first < 0:
                session.set_first(report.first)
                self.capture.began(report.first)
        elif session.has_begun:
            self._finish_soon(session, "error", report.problem)

    def count_faults(self, stage: StageSpec) -> None:
        """The output was lost: its replacement counts from 0."""
        if self._session is not None and stage.name == "output":
            self._session.count_faults()

    def died(self, stage: StageSpec, block: containment.Block, *, was_killed: bool, reason: str) -> None:
        """A process of the line has ended at this block."""
        if self._session is not None and stage.name == "converter":
            self._session.converter_died(block, was_killed=was_killed, reason=reason)

    def replay(self, stage: StageSpec) -> None:
        """A process of the line was replaced: send it again what it has to do."""
        session = self._session
        if stage.name == "input":
            self.capture.apply()
        elif session is not None:
            self._replay_chain(session)

    def _replay_chain(self, session: LiveSession) -> None:
        self._watch.converter_replaced()
        if session.wanted is not None:
            session.lost_change = session.lost_change or "their process is started again; try again"
            self._answers.changed()
        self._line.send("converter", session.chain)
        if session.stream is not None:
            try:
                session.stream.give_to_converter(self._line, is_replacement=True)
            except RingUnusable:
                self._finish_soon(session, "error", "invalid ring counters written by the client")

    def stage_given_up(self, stage: StageSpec, reason: str) -> None:
        if self._session is not None and stage.of == LIVE:
            self._finish_soon(self._session, "error", reason)

    def stages_started(self) -> None:
        """All stages have been started, at first or again."""
        if self._session is not None and not self._line.exists:
            self._finish_soon(self._session, "error", "the stages were started again; start live sound again")

    def _end_if_played(self, session: LiveSession) -> bool:
        """The source is over: end the session once the sink has all that was captured; return whether it has."""
        if (pipeline := self._supervisor.pipeline) is None:
            return False
        left = pipeline.captured.written - session.chain.first - self._samples(session)
        if not session.is_at_end(left, self._line.waiting("converter")):
            return False
        latency_s = self._supervisor.device.latency_ms / 1000 if session.to_device else 0.0
        self._loop.call_later(latency_s, self._finish_soon, session, "done")
        return True

    @property
    def status(self) -> list[LiveStatus]:
        return [] if self._session is None else [self._session.status()]
