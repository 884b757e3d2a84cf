"""The desk where utterances wait, get a lane, and are followed to their end."""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

import msgspec

from steadyvoice.daemon import systemd
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.inline import Inline
from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.supervisor import Supervisor
from steadyvoice.daemon.utterance import ClientRing, Listener, Utterance
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.board import LANES
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.mail import ClientSink, Ended, Failed, FromStage, Started, Underrun
from steadyvoice.ipc.messages import Started as StartedEvent

log = logging.getLogger("svd")

ON_DEVICE: Final = 2
"""Utterances for the device that have a lane: the one that plays, and the next, made ahead."""
SILENT_S: Final = 1.0
"""A cancelled utterance that the sink does not confirm is finished without it."""


class Desk:
    def __init__(self, config: Config, supervisor: Supervisor) -> None:
        self._config, self._supervisor = config, supervisor
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Utterance] = deque()
        self._on_lane: dict[int, Utterance] = {}
        self._lanes = deque(range(LANES))
        self._inline: dict[int, Inline] = {}
        self._done: dict[int, list[asyncio.Future[int]]] = {}
        self.counts: Counter[str] = Counter()
        self.underruns: Counter[str] = Counter()
        """Gaps heard, by the stage that was late."""
        self.late_ms: dict[str, float] = {}
        """How late at the worst."""

    @property
    def all(self) -> list[Utterance]:
        return [*self._waiting, *self._on_lane.values()]  # cancelled in this order, none is admitted on the way

    @property
    def queued(self) -> int:
        return len(self._waiting)

    @property
    def active(self) -> int:
        return len(self._on_lane)

    def submit(self, utterance: Utterance) -> None:
        self._waiting.append(utterance)
        self.admit()

    def ready(self) -> None:
        device = self._supervisor.device
        log.info("ready; sound device: %s", device.device or f"none ({device.problem})")
        systemd.notify("READY=1\nSTATUS=ready")
        self.admit()

    def admit(self) -> None:
        """Give lanes to who may have one now: the device's in turn, streams side by side."""
        while (utterance := self._next()) is not None:
            self._waiting.remove(utterance)
            try:
                if utterance.spec.sink == "pcm":
                    utterance.ring = ClientRing(utterance.spec, self._config.ahead_s)
                if utterance.ring is not None and utterance.inline and utterance.listener is not None:
                    self._inline[utterance.id] = Inline(utterance.id, utterance.ring, utterance.listener)
            except OSError as error:
                why = f"no place for its ring ({error.strerror}); wait until others have ended"
                self._finish(utterance, "error", "too_many_utterances", why)
            else:
                self._begin(utterance)
        self.pump()

    def _next(self) -> Utterance | None:
        """Who is admitted next: the first that has text, of the client that holds the fewest lanes."""
        if self._supervisor.pipeline is None or not self._supervisor.ready.is_set():
            return None
        on_lane = Counter(u.spec.sink for u in self._on_lane.values())
        room = {"device": ON_DEVICE - on_lane["device"], "pcm": self._config.limits.streams - on_lane["pcm"]}
        able = [u for u in self._waiting if room[u.spec.sink] > 0 and (u.chars or u.closed)]
        device = next((u for u in able if u.spec.sink == "device"), None)
        if device is not None or not able:
            return device
        held = Counter(id(u.listener) for u in self._on_lane.values())
        return min(able, key=lambda u: held[id(u.listener)])

    def _begin(self, utterance: Utterance) -> None:
        pipeline = self._supervisor.pipeline
        assert pipeline is not None
        utterance.lane = self._lanes.popleft()
        pipeline.board.open_lane(utterance.lane, utterance.id)
        self._on_lane[utterance.id] = utterance
        utterance.pending.appendleft((s.BEGIN, msgspec.msgpack.encode(utterance.spec)))
        if (ring := utterance.ring) is not None:
            self._loop.add_reader(ring.taken.fd, self._taken, utterance)
            sink = ClientSink(utterance.id, utterance.lane)
            with contextlib.suppress(OSError):  # the converter has just died, which its pidfd is about to tell
                self._supervisor.stages["converter"].mail.send(sink, [ring.fd, ring.filled.fd])
            self._tell_started(utterance, () if utterance.inline else (ring.fd, ring.filled.fd, ring.taken.fd))

    def _tell_started(self, utterance: Utterance, fds: tuple[int, ...] = ()) -> None:
        if utterance.listener is not None:
            spec = utterance.spec
            utterance.listener.send(StartedEvent(utterance.id, spec.sink_rate, bool(fds), spec.sink_format), fds)

    def pump(self) -> None:
        """Move text into the generator's ring, as far as there is room."""
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        pipeline.room.clear()
        for utterance in self._on_lane.values():
            while utterance.pending and (slot := pipeline.text.reserve()) is not None:
                kind, payload = utterance.pending.popleft()
                slot.words[s.UTTERANCE] = utterance.id
                slot.words[s.LANE] = utterance.lane or 0
                slot.words[s.KIND] = kind
                slot.words[s.ORIGIN] = utterance.origin_ns
                slot.put(payload)
                pipeline.text.publish()

    def hear(self, message: FromStage) -> None:
        """What a stage says of an utterance. One that is finished already is not asked about again."""
        utterance = self._on_lane.get(getattr(message, "utterance", 0))
        if utterance is None:
            return
        match message:
            case Started():
                utterance.add_times("first", message.times, message.now)
                if utterance.spec.sink == "device":
                    self._tell_started(utterance)
            case Underrun():
                self._note_underrun(utterance, NAMES[message.stage], round(message.late_ms, 3))
            case Ended():
                utterance.ended = message
                utterance.add_times("last", message.times, message.now)
                if utterance.ring is None:
                    self._finish(utterance, "cancelled" if utterance.cancelled else "done")
                else:
                    self._taken(utterance)
            case Failed():
                self._finish(utterance, "error", message.code, message.message)

    def _note_underrun(self, utterance: Utterance, stage: str, late_ms: float) -> None:
        utterance.add_underrun(stage, late_ms)
        self.underruns[stage] += 1
        self.late_ms[stage] = max(self.late_ms.get(stage, 0.0), late_ms)
        log.warning("utterance %d: underrun: stage %s was late by %g ms", utterance.id, stage, late_ms)

    def _taken(self, utterance: Utterance) -> None:
        """The client has read from its ring: that is the generator's credit, and in the end the end."""
        ring, pipeline = utterance.ring, self._supervisor.pipeline
        if ring is None or pipeline is None or utterance.lane is None:
            return
        ring.taken.clear()
        pipeline.board.set_consumed(utterance.lane, utterance.id, ring.view.position)
        if utterance.ended is not None and ring.view.fill == 0:
            self._finish(utterance, "done")
        else:
            pipeline.wake("generator")

    async def cancel(self, utterances: Iterable[Utterance]) -> dict[int, int]:
        """Silence them; return how many characters of each were heard, once all are silent."""
        futures = {utterance.id: self._loop.create_future() for utterance in utterances}
        for number, future in futures.items():
            self._done.setdefault(number, []).append(future)
        for utterance in [utterance for utterance in self.all if utterance.id in futures]:
            self._silence(utterance)
        return {number: await future for number, future in futures.items()}

    def _silence(self, utterance: Utterance) -> None:
        pipeline = self._supervisor.pipeline
        if utterance.cancelled:
            return
        utterance.cancelled = True
        if utterance.lane is None or pipeline is None:
            self._finish(utterance, "cancelled")
            return
        playing = utterance.spec.sink == "device" and pipeline.board.consumed(utterance.lane, utterance.id) > 0
        pipeline.board.close_lane(utterance.lane)
        pipeline.wake()
        if playing:
            self._loop.call_later(SILENT_S, self._finish, utterance, "cancelled")
        else:
            self._finish(utterance, "cancelled")

    def of(self, listener: Listener) -> list[Utterance]:
        return [utterance for utterance in self.all if utterance.listener is listener]

    def leave(self, listener: Listener) -> None:
        """The client has left: its utterances end, but for the detached ones."""
        for utterance in self.of(listener):
            utterance.listener = None
            if not utterance.detach:
                self._silence(utterance)
            elif not utterance.closed:
                utterance.close_text()
        self.pump()

    def lost(self, reason: str) -> None:
        """The stages were made new: what they were working on is gone."""
        for utterance in list(self._on_lane.values()):
            self._finish(utterance, "error", "stage_failed", reason)
        self._lanes = deque(range(LANES))
        if self._supervisor.given_up:
            for utterance in list(self._waiting):
                self._finish(utterance, "error", "stage_failed", reason)

    def _finish(self, utterance: Utterance, reason: str, code: Code | None = None, message: str = "") -> None:
        """Its one ``finished``; whatever it held is free again."""
        if utterance.over:
            return
        utterance.over = True
        if utterance in self._waiting:
            self._waiting.remove(utterance)
        self._on_lane.pop(utterance.id, None)
        pipeline = self._supervisor.pipeline
        event = utterance.finished(reason, pipeline.board if pipeline else None, code, message)
        if (inline := self._inline.pop(utterance.id, None)) is not None:
            inline.close()
        if utterance.ring is not None:
            if utterance.lane is not None:
                self._loop.remove_reader(utterance.ring.taken.fd)
            utterance.ring = None
        if pipeline is not None and utterance.lane is not None:
            pipeline.board.close_lane(utterance.lane)
            self._lanes.append(utterance.lane)
            if code is not None:
                pipeline.wake()
        self.counts["failed" if reason == "error" else "cancelled" if reason == "cancelled" else "finished"] += 1
        if code is not None:
            log.warning("utterance %d: %s: %s", utterance.id, code, message)
        if utterance.listener is not None:
            utterance.listener.send(event)
        for future in self._done.pop(utterance.id, []):
            if not future.done():
                future.set_result(event.heard_chars)
        self.admit()
