"""What the output stage makes known of its playback: shared state for the other stages, messages to the supervisor."""

import time
from collections.abc import Callable

from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.flight_recorder import FlightRecorder
from steadyvoice.ipc.shared_state import LANES
from steadyvoice.ipc.slot import NO_TIMES
from steadyvoice.workers.playback.current_utterance import CurrentUtterance
from steadyvoice.workers.playback.pending_ends import PendingEnds
from steadyvoice.workers.playback.playback import Begun, BlockStarted, Cancelled, Event, Finished, SegmentDone
from steadyvoice.workers.playback.underruns import UnderrunAttribution
from steadyvoice.workers.runtime.context import Context


class PlaybackReporter:
    """Publishes the events of ``Playback``. An utterance's end is reported when the device has played it."""

    def __init__(self, context: Context, recorder: FlightRecorder, count_underrun: Callable[[], None]) -> None:
        """count_underrun: called at an underrun although the samples had reached this stage in time."""
        self._context, self._recorder, self._count_underrun = context, recorder, count_underrun
        self._underruns = UnderrunAttribution()
        self._latency_samples = 0
        self.ends: PendingEnds[stage_protocol.Ended] = PendingEnds()
        self.written = 0
        """Samples that the device was given since it was opened."""
        self.block_started_ns = 0
        self.empty_at_ns = 0
        """When the device will have played what it was given, monotonic."""

    def on_event(self, event: Event) -> None:
        shared, stage = self._context.shared, self._context.number
        match event:
            case Begun(lane, utterance):
                self._underruns.begin()
                shared.publish_progress(stage, lane, utterance, 0, 0)
            case BlockStarted(utterance, slot, is_first, at, is_due):
                if is_first:
                    times = self._context.times(slot, self.block_started_ns)
                    self._context.channel.send(stage_protocol.Started(utterance, times, time.monotonic_ns()))
                if is_due:
                    self._context.metrics.ahead.observe(self.empty_at_ns - slot.ready_ns)
                self._recorder.block(slot, self.block_started_ns, at)
                self._underruns.block_taken(slot.times()[: 2 * slot.position])
                self.attribute_underrun(utterance)
            case SegmentDone(lane, utterance, segments, samples):
                shared.publish_progress(stage, lane, utterance, segments, samples)
            case Finished(current, slot, at):
                lane, utterance = current.lane, current.utterance
                shared.publish_progress(stage, lane, utterance, current.segment, current.samples, finished=True)
                times = self._context.times(slot, self.block_started_ns)
                self.publish_position(current)
                self.ends.add(self.written + at + self._latency_samples, _ended(current, times))
            case Cancelled(current):
                self._context.channel.send(_ended(current, list(NO_TIMES)))

    def publish_position(self, current: CurrentUtterance) -> None:
        shared = self._context.shared
        shared.set_skipped_samples(current.lane, current.utterance, current.skipped_samples)
        shared.set_consumed(current.lane, current.utterance, current.samples)

    def underrun(self, at_ns: int) -> None:
        """From this time on, monotonic, the device had nothing to play."""
        self._underruns.underrun(at_ns)

    def attribute_underrun(self, utterance: int) -> None:
        """The block that an underrun waited for, if there was one, has come: report which stage delayed it."""
        now = time.monotonic_ns()
        cause = self._underruns.attribute(now)
        if cause is not None:
            self._recorder.underrun(utterance, now - int(cause[1] * 1e6), now, cause[0])
            self._context.channel.send(stage_protocol.Underrun(utterance, *cause))
            if cause[0] == self._underruns.position:
                self._count_underrun()

    def device_opened(self, latency_s: float) -> None:
        self.written, self._latency_samples = 0, int(latency_s * stage_protocol.SINK_RATE)

    def device_written(self, samples: int) -> None:
        self.written += samples
        for ended in self.ends.due(self.written):
            self._context.channel.send(ended)

    def device_failed(self) -> None:
        """Nothing more will be played: report the ends that waited for the device."""
        for ended in self.ends.clear():
            self._context.channel.send(ended)

    def adopt_ends(self, unplayed_samples: int) -> None:
        """Ends that this stage's dead process had not reported, although the device had all samples."""
        shared = self._context.shared
        for lane in range(LANES):
            utterance = shared.live(lane)
            progress = shared.progress(self._context.number, lane, utterance) if utterance else None
            if progress is not None and progress.finished:
                skipped = shared.skipped_samples(lane, utterance)
                current = CurrentUtterance(lane, utterance, progress.frames_or_samples, skipped_samples=skipped)
                self.ends.add(unplayed_samples, _ended(current, list(NO_TIMES)))


def _ended(current: CurrentUtterance, times: list[int]) -> stage_protocol.Ended:
    samples, skipped = current.samples, current.skipped_samples
    return stage_protocol.Ended(current.utterance, samples, skipped, times, time.monotonic_ns())
