"""What stages and clients report about an utterance, from its first sample to its single ``finished`` event."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from steadyvoice.daemon.scheduling.dispatcher import Dispatcher
from steadyvoice.daemon.scheduling.events import EventBus
from steadyvoice.daemon.scheduling.marks import Marks
from steadyvoice.daemon.scheduling.playback_control import PlaybackControl
from steadyvoice.daemon.scheduling.scheduler import Finish, Scheduler
from steadyvoice.daemon.scheduling.stats import Stats
from steadyvoice.daemon.scheduling.traced import known
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.daemon.tracing.known import Known, Recent
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import systemd
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.stage_protocol import (
    Batching,
    Chunk,
    Ended,
    Failed,
    FromStage,
    Note,
    SegmentStart,
    Started,
    Underrun,
    Words,
)

log = logging.getLogger("svd")


class Service(Protocol):
    """The part of UtteranceService that is used here."""

    scheduler: Scheduler
    dispatcher: Dispatcher
    playback: PlaybackControl

    def admit(self) -> None: ...
    def fail(self, utterance: Utterance, code: Code, message: str) -> None: ...
    def finish(self, utterance: Utterance, reason: m.Reason) -> None: ...
    def stage_given_up(self, stage: StageSpec, message: str) -> None: ...


class Lifecycle:
    """Receives the supervisor's events (StageEvents)."""

    def __init__(self, supervisor: Supervisor, service: Service, events: EventBus, marks: Marks) -> None:
        self._supervisor, self._service, self._events, self._marks = supervisor, service, events, marks
        self._loop = asyncio.get_running_loop()
        self._heard: dict[int, list[asyncio.Future[int]]] = {}
        """By utterance id: resolved with the heard characters when the utterance has finished."""
        self.stats = Stats()
        self.recent = Recent()
        self.on_ended: Callable[[Known], object] = lambda known: None
        """Called with each utterance that has ended."""
        self.on_underrun: Callable[[int, str], object] = lambda number, stage: None
        """Called at each underrun, with the utterance's id and the stage to blame."""

    @property
    def active(self) -> int:
        return len(self._service.scheduler.active)

    def users(self) -> Counter[str]:
        every = self._service.scheduler.all
        return Counter(name for each in every for name in each.models)

    def ready(self) -> None:
        device = self._supervisor.device
        ready = f"ready; sound device: {device.device or f'none ({device.problem})'}"
        log.info(ready)
        systemd.status(ready, "READY=1")
        self._service.playback.pause(self._service.playback.paused)
        self._service.admit()

    def models_changed(self) -> None:
        self._service.admit()

    def pump(self) -> None:
        self._service.dispatcher.pump()

    def stage_given_up(self, stage: StageSpec, reason: str) -> None:
        self._service.stage_given_up(stage, reason)

    def on_message(self, stage: StageSpec, message: FromStage) -> None:
        """The stage reports about an utterance. Ignored where the utterance has no lane any more, or passes through
        the stage no more."""
        utterance = self._service.scheduler.active.get(getattr(message, "utterance", 0))
        if utterance is None or stage.number not in utterance.spec.path:
            return
        match message:
            case Started():
                if utterance.timings.add("first", self.names(utterance), message.times, message.now):
                    self._started(utterance, message.now)
            case SegmentStart():
                utterance.timeline.add_segment(message)
            case Batching():
                utterance.timeline.batch_segment(message.segment, message.frame)
            case Chunk():
                utterance.timeline.add_chunk(message.segment, message.number, message.size)
            case Words():
                utterance.timeline.add_words(message.words)
                if utterance.to_device:
                    self._marks.follow(utterance)
            case Note():
                if utterance.add_note(message.text) and message.is_error:
                    self.stats.ssml_errors += 1
                    log.warning("utterance %d: %s", utterance.id, message.text, extra={"utterance": utterance.id})
            case Underrun():
                label = self._label(utterance.spec.path[message.stage])
                name = self.names(utterance)[message.stage]
                self.stats.underrun(utterance, name, label, round(message.late_ms, 3))
                self.on_underrun(utterance.id, name)
            case Ended():
                self._ended(utterance, message)
            case Failed():
                self._service.fail(utterance, message.code, message.message)

    def _started(self, utterance: Utterance, now: int) -> None:
        """The sink has the first sample."""
        self.stats.first_audio[utterance.spec.sink].observe(now - utterance.origin_ns)
        if utterance.to_device:
            self.publish_started(utterance)
            utterance.timings.add_device(now + int(self._supervisor.device.latency_ms * 1e6))
            self._marks.follow(utterance)

    def _ended(self, utterance: Utterance, message: Ended) -> None:
        """The sink has the last sample. A client's utterance finishes only when the client has read it."""
        self._supervisor.catch_up(
            utterance.spec.path[0]
        )  # the utterance's words come by another socket and may still be unread
        utterance.ended = message
        utterance.timings.add("last", self.names(utterance), message.times, message.now)
        if message.samples < utterance.spec.from_sample:
            given = utterance.spec.from_sample
            why = f"from_sample {given} is behind the end of the stream, which has {message.samples} samples"
            self._service.fail(utterance, "out_of_range", why)
        elif utterance.ring is None:
            self._service.finish(utterance, utterance.cancel_reason or "done")
        else:
            self.on_ring_read(utterance)

    def names(self, utterance: Utterance) -> list[str]:
        """Of the stages along the utterance's path."""
        if (pipeline := self._supervisor.pipeline) is None:
            return []
        topology = pipeline.topology
        return [topology.name_in_path(number) for number in utterance.spec.path if number in topology.by_number]

    def _label(self, stage: int) -> str:
        pipeline = self._supervisor.pipeline
        return pipeline.topology.by_number[stage].label if pipeline else ""

    def publish_started(self, utterance: Utterance, fds: tuple[int, ...] = ()) -> None:
        """fds: the ring and its two notifiers, for a client that reads shared memory."""
        spec = utterance.spec
        self._events.publish(utterance, m.Started(utterance.id, spec.sink_rate, bool(fds), spec.sink_format), fds)

    def on_ring_read(self, utterance: Utterance) -> None:
        """The client has read from its ring: publish its position as the generator's credit; finish after the last."""
        ring, pipeline = utterance.ring, self._supervisor.pipeline
        if ring is None or pipeline is None or utterance.lane is None:
            return
        ring.taken.clear()
        pipeline.shared.set_consumed(utterance.lane, utterance.run, ring.view.position)
        self._marks.until(utterance, ring.view.position)
        if utterance.ended is not None and (ring.view.fill == 0 or ring.view.position >= utterance.ended.samples > 0):
            self._service.finish(utterance, "done")
        else:
            pipeline.wake(utterance.spec.path[0])

    def heard_chars(self, utterance: Utterance) -> asyncio.Future[int]:
        """Resolved when the utterance has finished, with the number of its characters that were heard."""
        future = self._loop.create_future()
        self._heard.setdefault(utterance.id, []).append(future)
        return future

    def finished(self, end: Finish) -> None:
        """Release the utterance's lane and ring, and publish ``finished``."""
        utterance, pipeline = end.utterance, self._supervisor.pipeline
        shared = pipeline.shared if pipeline else None
        self._marks.forget(utterance)
        is_whole = end.reason == "done"  # then also the marks after the last sample
        self._marks.until(utterance, utterance.position(shared) + is_whole)
        event = utterance.finished(end.reason, shared, end.code, end.message)
        self.recent.add(ended := known(utterance, self.names(utterance), event, time.monotonic_ns()))
        self._service.dispatcher.release(utterance)
        self.stats.end(end.reason, event.heard_chars)
        if utterance.cancelled_ns:
            silent_at = utterance.ended.now if utterance.ended else time.monotonic_ns()
            self.stats.cancelled(silent_at - utterance.cancelled_ns, self._supervisor.device.latency_ms)
        if end.code is not None:
            if pipeline is not None:
                pipeline.wake()
            log.warning("utterance %d: %s: %s", utterance.id, end.code, end.message, extra={"utterance": utterance.id})
        self._events.publish(utterance, event)
        for future in self._heard.pop(utterance.id, []):
            if not future.done():
                future.set_result(event.heard_chars)
        self.on_ended(ended)
        self._supervisor.models.review()
