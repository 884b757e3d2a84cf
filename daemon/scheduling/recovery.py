"""Continues utterances after a stage has died: which segment is generated again, and by which stages.

All stages except the output are stateless across segments, so a segment can be replayed. SharedState.progress says how
many segments each stage has committed, and SegmentStart what text each segment has. The stages of the utterance's path
up to the one that died generate the segment again in which it died; the later stages drop the samples that they already
have (Slot.already_delivered), so that nothing is heard twice. Meanwhile the device plays what was generated ahead.
"""

import time
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.scheduling import poison_block
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.dispatcher import Dispatcher, path
from steadyvoice.daemon.scheduling.lifecycle import Lifecycle
from steadyvoice.daemon.scheduling.scheduler import Scheduler
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.errors import Code, RingUnusable, UtteranceFailed
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.slot import NO_TIMES
from steadyvoice.ipc.stage_protocol import Ended, SegmentStart
from steadyvoice.ipc.utterance_spec import RestartPoint

_MAX_DEATHS_AT_BLOCK: Final = 2
_MAX_DEATHS_IN_SEGMENT: Final = 4
"""Deaths of one stage in one segment, if no two were at the same block."""
_MOST_AS_BEFORE: Final = 500
"""Segments at most that are batched as before, and chunks of equal size, so that a restart point fits into a slot."""


class Service(Protocol):
    """The part of UtteranceService that recovery uses."""

    scheduler: Scheduler
    dispatcher: Dispatcher
    lifecycle: Lifecycle

    def admit(self) -> None: ...
    def fail(self, utterance: Utterance, code: Code, message: str) -> None: ...
    def requeue_unheard(self, stage: int) -> None: ...


class Recovery:
    """Receives the supervisor's reports about a dead stage and about its replacement (RecoveryHandler)."""

    def __init__(self, supervisor: Supervisor, service: Service) -> None:
        self._supervisor, self._service = supervisor, service

    def died(
        self, stage: StageSpec, current_block: tuple[int, int, int], reason: str, *, was_killed: bool = False
    ) -> None:
        """Fail the utterance of the stage's current block (StageState) if a stage died at that block before."""
        run, segment, index = current_block
        utterance = self._service.scheduler.active.get(run)
        if utterance is None:
            return
        deaths = utterance.stage_deaths
        deaths.update([(stage.number, segment, index), (stage.number, segment)])
        at_block, in_segment = deaths[stage.number, segment, index], deaths[stage.number, segment]
        if at_block >= _MAX_DEATHS_AT_BLOCK or in_segment >= _MAX_DEATHS_IN_SEGMENT:
            kept = poison_block.keep(stage, utterance, self._supervisor.pipeline)
            self._service.fail(utterance, "stage_failed", f"{reason}, twice at the same block; {kept}")

    def replay(self, stage: StageSpec) -> None:
        """The stage's replacement is there: send the text again that it lacks."""
        pipeline = self._supervisor.pipeline
        assert pipeline is not None
        if stage.name != "output":
            self._service.requeue_unheard(stage.number)
        for utterance in list(self._service.scheduler.active.values()):
            if utterance.is_finished or stage.number not in utterance.spec.path:
                continue
            for number in utterance.spec.path[:2]:  # what generator and flow have reported of the segments
                self._supervisor.catch_up(number)
            try:
                if stage == pipeline.topology.converter and utterance.ring is not None and utterance.ended is None:
                    self._replace_producer(utterance, utterance.ring, stage, pipeline.shared)
                if (restart := restart_point(utterance, pipeline.shared, stage)) is not None:
                    utterance.replay_from(restart)
            except UtteranceFailed as failed:
                self._service.fail(utterance, failed.code, f"stage {stage.label} was replaced, and {failed}")
            except RingUnusable:
                self._service.fail(
                    utterance, "bad_message", "invalid ring counters written by the client; see docs/protocol.md"
                )
        self._service.admit()

    def _replace_producer(
        self, utterance: Utterance, ring: ClientRing, converter: StageSpec, shared: SharedState
    ) -> None:
        """Give the client's ring to the new converter. RingUnusable if the client wrote invalid counters into it.

        If the dead converter had written the end of the utterance but not reported it, report it now.
        """
        ring.view.fence_producer()
        self._service.dispatcher.send_ring(utterance, ring)
        progress = shared.progress(converter.number, utterance.lane or 0, utterance.run)
        if progress is not None and progress.finished:
            ended = Ended(utterance.run, progress.frames_or_samples, 0, list(NO_TIMES), time.monotonic_ns())
            self._service.lifecycle.on_message(converter, ended)

    def fallback_voice(self, utterance: Utterance) -> bool:
        """Continue from the current segment with the configured fallback voice.

        False if there is no other voice that can be used.
        """
        supervisor, wanted = self._supervisor, self._supervisor.config.fallback_voice
        voice = next((voice for voice in supervisor.voices if voice.name == wanted and voice.installed), None)
        pipeline = supervisor.pipeline
        if voice is None or pipeline is None or utterance.spec.voice == wanted or utterance.lane is None:
            return False
        if voice.engine in supervisor.models.absent():
            return False
        try:
            restart = restart_point(utterance, pipeline.shared, pipeline.topology.converter)
        except UtteranceFailed:
            return False
        restart = restart or RestartPoint(0)
        seconds = restart.frames_or_samples / utterance.spec.sink_rate
        utterance.fallback_voice = wanted
        utterance.spec = msgspec.structs.replace(
            utterance.spec, engine=voice.engine, voice=wanted, voice_rate=voice.sample_rate
        )
        way = path(utterance, pipeline)
        utterance.spec = msgspec.structs.replace(utterance.spec, path=way)
        pipeline.shared.set_first_stage(utterance.lane, way[0])
        if utterance.ring is not None:
            self._service.dispatcher.send_ring(utterance, utterance.ring)
        begins = way.index(pipeline.topology.converter.number)
        utterance.timeline.chunks.clear()  # of another flow
        utterance.replay_from(
            msgspec.structs.replace(restart, stage=begins, frames=0, seconds=seconds, silence=0, chunks=[])
        )
        self._service.requeue_unheard(pipeline.topology.converter.number)
        return True


def restart_point(utterance: Utterance, shared: SharedState, stage: StageSpec) -> RestartPoint | None:
    """Where the utterance restarts after this stage of its path was replaced; None if nothing of it was lost.

    UtteranceFailed if the segment is unknown.
    """
    assert utterance.lane is not None
    if stage.name == "output" or not (utterance.text.sent or utterance.restarted_at):
        return None  # the output's ring and the playback history hold all samples; or no stage knows the utterance
    numbers = utterance.spec.path
    position = numbers.index(stage.number)
    progress = shared.progress(stage.number, utterance.lane, utterance.run)
    if (earlier := utterance.restarted_at) is not None and earlier.stage > position:
        before = shared.progress(numbers[earlier.stage], utterance.lane, utterance.run)
        if before is None or (before.segments <= earlier.segment and not before.finished):
            position, progress = earlier.stage, before  # that stage has not yet received again what it lost earlier
    if progress is not None and progress.finished:
        return None
    if progress is None:
        return None if position else RestartPoint(0)  # its BEGIN is still in the ring for the replacement
    segment = _segment(utterance, shared, progress.segments)
    earlier_segments = utterance.timeline.segments[: progress.segments]
    return RestartPoint(
        position,
        progress.segments,
        progress.frames_or_samples,
        segment.frames,
        at=segment.at,
        line=utterance.text.column(segment.at),
        end=segment.end,
        more=segment.more,
        sentence=segment.sentence,
        markup=segment.markup,
        ssml=segment.ssml,
        silence=segment.silence,
        foreign=earlier_segments[-1].foreign if earlier_segments else "",
        batched=[begun.batched for begun in utterance.timeline.segments[progress.segments :][:_MOST_AS_BEFORE]],
        chunks=utterance.timeline.chunks.get(progress.segments, [])[:_MOST_AS_BEFORE],
    )


def _segment(utterance: Utterance, shared: SharedState, number: int) -> SegmentStart:
    """The segment as the generator reported it; for the one after the last reported, what is known of it."""
    segments = utterance.timeline.segments
    if number < len(segments):
        return segments[number]
    generated = shared.progress(utterance.spec.path[0], utterance.lane or 0, utterance.run)
    if number > len(segments) or generated is None or generated.segments != number:
        raise UtteranceFailed("stage_failed", f"segment {number} is not known")
    if not segments:
        return SegmentStart(utterance.run, 0, 0, 0, False, 0, 0)
    last = segments[-1]
    sentence = last.sentence + (not last.more)
    position = generated.frames_or_samples
    return SegmentStart(
        utterance.run, number, last.end, 0, False, sentence, position, last.markup_end,
        ssml=last.ssml, silence=last.silence_end,
    )  # fmt: skip
