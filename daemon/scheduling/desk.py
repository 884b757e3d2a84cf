"""The desk where utterances wait, get a lane, and are followed to their end."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Final

from steadyvoice.daemon import systemd
from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.scheduling import turns
from steadyvoice.daemon.scheduling.events import EventBus
from steadyvoice.daemon.scheduling.inline_pcm import InlinePcm
from steadyvoice.daemon.scheduling.marks import Marks
from steadyvoice.daemon.scheduling.playback_control import PlaybackControl
from steadyvoice.daemon.scheduling.priorities import is_dropped, silences
from steadyvoice.daemon.scheduling.recovery import Recovery
from steadyvoice.daemon.scheduling.stats import Stats
from steadyvoice.daemon.scheduling.utterance import ClientRing, Listener, Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.shared_state import LANES
from steadyvoice.ipc.stage_protocol import Ended, Failed, FromStage, SegmentStart, Started, Underrun, Words

log = logging.getLogger("svd")

ON_DEVICE: Final = 2
"""Utterances for the device that have a lane: the one that plays, and the next, made ahead."""
SILENT_S: Final = 1.0
"""A cancelled utterance that the sink does not confirm is finished without it."""
LOOK_AGAIN_S: Final = 0.25  # whether the device has come to what was cancelled


class Desk:
    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Utterance] = []
        self.on_lane: dict[int, Utterance] = {}
        """By the number that the stages know; in the order in which they were begun."""
        self.events = EventBus()
        self.recovery = Recovery(supervisor, self)
        self._marks = Marks(supervisor, self.events.publish)
        self.playback = PlaybackControl(supervisor, self._marks, self._on_device)
        self._lanes = deque(range(LANES))
        self._inline: dict[int, InlinePcm] = {}
        self._done: dict[int, list[asyncio.Future[int]]] = {}
        self.stats = Stats()
        self._look_again: asyncio.TimerHandle | None = None

    @property
    def all(self) -> list[Utterance]:
        return [*self._waiting, *self.on_lane.values()]  # cancelled in this order, none is admitted on the way

    @property
    def queued(self) -> int:
        return len(self._waiting)

    @property
    def active(self) -> int:
        return len(self.on_lane)

    def submit(self, utterance: Utterance, *, replace: bool = False) -> None:
        """Queue it. replace: what its client has had before is silenced."""
        self.events.queued(utterance)
        rivals = [other for other in self.all if utterance.to_device and other.to_device and other.silenced is None]
        unwanted = [other for other in rivals if silences(utterance.priority, other.priority, self._is_audible(other))]
        for other in [*unwanted, *(self.of(utterance.listener) if replace and utterance.listener else [])]:
            self._silence(other, "replaced")
        self._waiting.append(utterance)
        if utterance.to_device and is_dropped(utterance.priority, [u.priority for u in rivals if not u.silenced]):
            self._finish(utterance, "replaced")
        self.admit()

    def _on_device(self) -> list[Utterance]:
        return [utterance for utterance in self.on_lane.values() if utterance.to_device and not utterance.silenced]

    def _is_audible(self, utterance: Utterance) -> bool:
        pipeline = self._supervisor.pipeline
        return pipeline is not None and utterance.position(pipeline.shared) > 0

    def ready(self) -> None:
        device = self._supervisor.device
        ready = f"ready; sound device: {device.device or f'none ({device.problem})'}"
        log.info(ready)
        systemd.status(ready, "READY=1")
        self.playback.pause(self.playback.paused)
        self.admit()

    def admit(self) -> None:
        """Give lanes to who may have one now: the device's in turn, streams side by side."""
        unheard = [u for u in self._on_device() if not self._is_audible(u)]
        while (made_ahead := turns.gives_way(unheard, self._waiting)) is not None:
            self._take_back(made_ahead)
            unheard.remove(made_ahead)
        while (utterance := self._next()) is not None:
            self._waiting.remove(utterance)
            try:
                if utterance.spec.sink == "pcm":
                    utterance.ring = ClientRing(utterance.spec, self._supervisor.config.lookahead_s)
                if utterance.ring is not None and utterance.inline and utterance.listener is not None:
                    self._inline[utterance.id] = InlinePcm(utterance.id, utterance.ring, utterance.listener)
            except OSError as error:
                self.fail(
                    utterance, "too_many_utterances", f"no place for its ring ({error.strerror}); wait for others"
                )
            else:
                self._begin(utterance)
        self.pump()

    def _next(self) -> Utterance | None:
        """Who is admitted next, if there is a lane: who is for the device goes first."""
        pipeline = self._supervisor.pipeline
        if pipeline is None or not self._supervisor.ready.is_set():
            return None
        begun = list(self.on_lane.values())
        on_device = sum(utterance.to_device for utterance in begun)
        utterance = turns.for_device(self._waiting) if on_device < ON_DEVICE else None
        if utterance is not None and pipeline.device_is_behind:
            utterance = None
            if self._look_again is not None:
                self._look_again.cancel()
            self._look_again = self._loop.call_later(LOOK_AGAIN_S, self.admit)
        if utterance is None and len(begun) - on_device < self._supervisor.config.limits.streams:
            utterance = turns.for_clients(self._waiting, begun)
        return utterance

    def take_back_unheard(self) -> None:
        """What was made ahead for the device, behind what plays there: that is to come first when it is made anew."""
        for utterance in self._on_device()[1:]:
            if not self._is_audible(utterance):
                self._take_back(utterance)

    def _take_back(self, utterance: Utterance) -> None:
        self._leave_lane(utterance)
        utterance.take_back()
        self._waiting.append(utterance)

    def _leave_lane(self, utterance: Utterance) -> None:
        pipeline = self._supervisor.pipeline
        if self.on_lane.pop(utterance.run, None) is not None and pipeline is not None and utterance.lane is not None:
            pipeline.shared.close_lane(utterance.lane)
            self._lanes.append(utterance.lane)

    def _begin(self, utterance: Utterance) -> None:
        pipeline = self._supervisor.pipeline
        assert pipeline is not None
        utterance.lane = self._lanes.popleft()
        pipeline.shared.open_lane(utterance.lane, utterance.run)
        self.on_lane[utterance.run] = utterance
        if utterance.to_device:
            self.playback.expect_sound()
        if (ring := utterance.ring) is not None:
            self._loop.add_reader(ring.taken.fd, self._taken, utterance)
            self.recovery.send_ring(utterance, ring)
            self._publish_started(utterance, () if utterance.inline else (ring.fd, ring.filled.fd, ring.taken.fd))

    def _publish_started(self, utterance: Utterance, fds: tuple[int, ...] = ()) -> None:
        spec = utterance.spec
        self.events.publish(utterance, m.Started(utterance.id, spec.sink_rate, bool(fds), spec.sink_format), fds)

    def pump(self) -> None:
        """Move text into the generator's ring, as far as there is room."""
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        pipeline.room.clear()
        for utterance in self.on_lane.values():
            while utterance.sent < len(utterance.slots) and (slot := pipeline.text.reserve()) is not None:
                kind, payload = utterance.slots[utterance.sent]
                utterance.sent += 1
                slot.words[s.UTTERANCE] = utterance.run
                slot.words[s.LANE] = utterance.lane or 0
                slot.words[s.KIND] = kind
                slot.words[s.ORIGIN] = utterance.origin_ns
                slot.put(payload)
                pipeline.text.publish()

    def hear(self, message: FromStage) -> None:
        """What a stage says of an utterance. One that is finished already is not asked about again."""
        utterance = self.on_lane.get(getattr(message, "utterance", 0))
        if utterance is None:
            return
        match message:
            case Started():
                if utterance.add_times("first", message.times, message.now) and utterance.to_device:
                    self._publish_started(utterance)
                    self._marks.follow(utterance)
            case SegmentStart():
                utterance.add_part(message)
            case Words():
                utterance.add_words(message.words)
                if utterance.to_device and utterance.has_started:
                    self._marks.follow(utterance)
            case Underrun():
                self.stats.underrun(utterance, NAMES[message.stage], round(message.late_ms, 3))
            case Ended():
                self._supervisor.catch_up("generator")  # its words came before, by another way
                utterance.ended = message
                utterance.add_times("last", message.times, message.now)
                if utterance.ring is None:
                    self._finish(utterance, utterance.silenced or "done")
                else:
                    self._taken(utterance)
            case Failed():
                self.fail(utterance, message.code, message.message)

    def fail(self, utterance: Utterance, code: Code, message: str) -> None:
        if code == "stage_failed" and self.recovery.fallback_voice(utterance):
            log.warning("utterance %d: %s; %s goes on", utterance.id, message, utterance.fallback_voice)
            self.pump()
        else:
            self._finish(utterance, "error", code, message)

    def _taken(self, utterance: Utterance) -> None:
        """The client has read from its ring: that is the generator's credit, and in the end the end."""
        ring, pipeline = utterance.ring, self._supervisor.pipeline
        if ring is None or pipeline is None or utterance.lane is None:
            return
        ring.taken.clear()
        pipeline.shared.set_consumed(utterance.lane, utterance.run, ring.view.position)
        self._marks.until(utterance, ring.view.position)
        if utterance.ended is not None and (ring.view.fill == 0 or ring.view.position >= utterance.ended.samples > 0):
            self._finish(utterance, "done")
        else:
            pipeline.wake("generator")

    async def silence(self, utterances: Iterable[Utterance], reason: m.Reason = "cancelled") -> dict[int, int]:
        """Silence them; return how many characters of each were heard, once all are silent."""
        futures = {utterance.id: self._loop.create_future() for utterance in utterances}
        for number, future in futures.items():
            self._done.setdefault(number, []).append(future)
        for utterance in [utterance for utterance in self.all if utterance.id in futures]:
            self._silence(utterance, reason)
        return {number: await future for number, future in futures.items()}

    def _silence(self, utterance: Utterance, reason: m.Reason) -> None:
        pipeline = self._supervisor.pipeline
        if utterance.silenced is not None:
            return
        utterance.silenced = reason
        if utterance.lane is None or pipeline is None:
            self._finish(utterance, reason)
            return
        playing = utterance.to_device and self._is_audible(utterance)
        pipeline.shared.close_lane(utterance.lane)
        pipeline.wake()
        if playing:
            self._loop.call_later(SILENT_S, self._finish, utterance, reason)
        else:
            self._finish(utterance, reason)

    def of(self, listener: Listener) -> list[Utterance]:
        return [utterance for utterance in self.all if utterance.listener is listener]

    def leave(self, listener: Listener) -> None:
        """The client has left: its utterances end, but for the detached ones."""
        self.events.follow(listener, on=False)
        for utterance in self.of(listener):
            utterance.listener = None
            if not utterance.detach:
                self._silence(utterance, "cancelled")
            elif not utterance.closed:
                utterance.close_text()
        self.pump()

    def lost(self, stage: str, reason: str) -> None:
        """The stage is given up: what needs it ends."""
        for utterance in [utterance for utterance in self.all if utterance.to_device or stage != "output"]:
            self._finish(utterance, "error", "stage_failed", reason)

    def _finish(self, utterance: Utterance, reason: m.Reason, code: Code | None = None, message: str = "") -> None:
        """Its one ``finished``; whatever it held is free again."""
        if utterance.over:
            return
        utterance.over = True
        if utterance in self._waiting:
            self._waiting.remove(utterance)
        pipeline = self._supervisor.pipeline
        shared = pipeline.shared if pipeline else None
        self._marks.forget(utterance)
        self._marks.until(utterance, utterance.position(shared))
        event = utterance.finished(reason, shared, code, message)
        if (inline := self._inline.pop(utterance.id, None)) is not None:
            inline.close()
        if utterance.ring is not None:
            if utterance.lane is not None:
                self._loop.remove_reader(utterance.ring.taken.fd)
            utterance.ring = None
        self._leave_lane(utterance)
        if code is not None and pipeline is not None:
            pipeline.wake()
        self.stats.end(reason)
        if code is not None:
            log.warning("utterance %d: %s: %s", utterance.id, code, message, extra={"utterance": utterance.id})
        self.events.publish(utterance, event)
        for future in self._done.pop(utterance.id, []):
            if not future.done():
                future.set_result(event.heard_chars)
        self.admit()
