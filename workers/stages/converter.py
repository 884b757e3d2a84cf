"""The last converter: pitch and formants, the sink's sample rate and volume, and routing to the output or a client."""

import math
import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import soxr
from msgspec.structs import replace
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_protocol import ClientSink, Ended, Ready, Started
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers.conversion.conversion import Conversion
from steadyvoice.workers.conversion.warmup import warm_up
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.prebuffer import Prebuffer, RealTimeFactor
from steadyvoice.workers.runtime.client_writer import ClientWriter
from steadyvoice.workers.runtime.context import IDLE_S, Context, Lanes, spec
from steadyvoice.workers.runtime.pcm_writer import PcmOutputs, PcmWriter
from steadyvoice.workers.runtime.ring_input import Floats


@dataclass
class _UtteranceState:
    utterance: int
    spec: UtteranceSpec
    sink: PcmWriter
    conversion: Conversion
    resampler: "soxr.ResampleStream | None"
    prebuffer: Prebuffer
    segment: int = 0
    is_converted: bool = False
    """An earlier converter has converted it."""
    input_samples: int = 0
    """Samples of the current segment that came in."""
    samples: int = 0
    """Samples given to the sink, of all segments."""
    segment_start: int = 0
    """Samples given to the sink before the current segment."""
    buffered: list[NDArray[np.float32]] = field(default_factory=list)
    """Samples that the sink does not get yet (prebuffer)."""
    last: Slot | None = None
    """A copy of the slot that the last buffered samples came from."""
    more_due: bool = False
    """The listener needs more when the samples so far have been played: the text goes on."""

    def own_pitch(self, slot: Slot) -> float:
        """Semitones by which this stage moves the slot's samples, besides the utterance's pitch."""
        return 0.0 if self.is_converted else slot.pitch

    def undelivered(self, pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        """The samples that follow, from ``UtteranceSpec.from_sample`` on; those before it count as given to the
        sink."""
        before = min(max(0, self.spec.from_sample - self.samples), len(pcm))
        self.samples += before
        return pcm[before:]


@dataclass
class _ClientRing:
    """The ring of a client's utterance that has not begun yet."""

    utterance: int
    producer: Producer


class ConverterStage:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._families = converters.usable(context.settings.families)
        self._outputs = PcmOutputs(context)
        self._lanes: Lanes[_UtteranceState] = Lanes()
        self._rings: Lanes[_ClientRing] = Lanes()
        self._real_time_factors: dict[tuple[str, str], RealTimeFactor] = {}
        """By voice and converter."""

    def warmup(self) -> Ready:
        resampler = soxr.ResampleStream(24000, 48000, 1, dtype="float32")
        for samples in (1200, 4096):
            resampler.resample_chunk(np.zeros(samples, np.float32))
        warm_up(self._context, self._families)
        return Ready()

    def step(self) -> float:
        sleep = self._context.work(self._handle, self._lanes)
        if sleep:
            self._drop_cancelled()
            return min(sleep, self._release_due())
        return 0

    def _handle(self, slot: Slot, floats: Floats, started: int) -> None:
        words = slot.words
        lane, kind = words[s.LANE], words[s.KIND]
        state = self._lanes.of(slot)
        if kind == s.BEGIN:
            wanted = spec(slot)
            if not self._context.begins(slot, wanted.restart, state is not None):
                return
            state = self._lanes[lane] = self._begin(slot, wanted, state)
        if state is None or words[s.SEGMENT] != state.segment:
            return  # a replayed segment that is done already
        to_client = state.spec.sink == "pcm"
        if kind == s.PCM:
            pcm = floats[slot.already_delivered(state.input_samples) : words[s.COUNT]]
            state.input_samples += len(pcm)
            if not len(pcm):
                return  # a replayed block that is done already
            self._write(state, state.conversion.process(pcm, state.own_pitch(slot)), slot, started)
        elif kind == s.SILENCE:
            count = words[s.COUNT] - slot.already_delivered(state.input_samples)
            state.input_samples += count
            if len(pause := state.undelivered(np.zeros(count, np.float32))):
                state.buffered.append(pause)
            self._release(state, slot, started)
        elif kind == s.SEGMENT_END:
            if state.conversion.is_active:
                self._write(state, state.conversion.finish(), slot, started)
            if state.resampler is not None:
                self._write(state, np.zeros(0, np.float32), slot, started, last=True)
                state.resampler.clear()
            self._release(state, slot, started)
            state.segment, state.input_samples, state.segment_start = state.segment + 1, 0, state.samples
            state.more_due = bool(words[s.COUNT]) and state.samples > state.spec.from_sample
            taken = self._context.shared.consumed(lane, state.utterance)
            state.prebuffer.segment_done((state.samples - taken) / state.spec.sink_rate)
            if state.sink.end_segment(slot, state.samples):  # else a restart repeats it
                self._context.publish_progress(slot, state.segment, state.samples)
        elif kind == s.END:
            state.sink.forward(slot, state.samples)
            self._context.publish_progress(slot, state.segment, state.samples, finished=True)
            if to_client:
                times = self._context.times(slot, started)
                self._context.channel.send(Ended(state.utterance, state.samples, 0, times, time.monotonic_ns()))
            del self._lanes[lane]
        else:
            if not to_client:
                state.sink.forward(slot, state.samples)
            self._context.publish_progress(slot, state.segment, state.samples)

    def _begin(self, slot: Slot, wanted: UtteranceSpec, previous: _UtteranceState | None) -> _UtteranceState:
        """previous: the state so far, where the utterance restarts."""
        utterance = slot.words[s.UTTERANCE]
        self._context.shared.set_underrun_at(slot.words[s.LANE], 0)  # the word is an earlier utterance's
        if previous is not None:
            sink = previous.sink
        else:
            sink = self._outputs.of(wanted) if wanted.sink == "device" else self._client_sink(slot)
        factor = self._real_time_factors.setdefault((wanted.voice, wanted.converter), RealTimeFactor())
        prebuffer = Prebuffer(factor, self._context.settings.lookahead_s)
        is_converted = bool(wanted.family) and wanted.family not in self._context.settings.families
        if wanted.family and not is_converted:
            self._context.ensure_warm(wanted.family)
        own = replace(wanted, family="", converter="") if is_converted else wanted
        conversion = Conversion(self._families, own, lambda: prebuffer.ahead)
        if not is_converted:
            self._context.shared.set_min_input(slot.words[s.LANE], conversion.min_input_s)
        resampler = None
        if conversion.rate != wanted.sink_rate:
            resampler = soxr.ResampleStream(conversion.rate, wanted.sink_rate, 1, dtype="float32")
        restart = wanted.restart or RestartPoint(0)
        samples = restart.frames_or_samples
        return _UtteranceState(
            utterance, wanted, sink, conversion, resampler, prebuffer, restart.segment,
            is_converted=is_converted, samples=samples, segment_start=samples,
        )  # fmt: skip

    def _client_sink(self, begin: Slot) -> PcmWriter:
        """The client's ring, which the supervisor sends before the utterance's text."""
        self._receive()
        ring = self._rings.of(begin)
        if ring is None:
            raise UtteranceFailed("stage_failed", "the client's ring did not reach the converter; speak it again")
        del self._rings[begin.words[s.LANE]]
        return ClientWriter(self._context, ring.producer, spec(begin).sink_format)

    def _receive(self) -> None:
        """Take the client rings that have arrived."""
        while (received := self._context.receive()) is not None:
            message, (ring, notifier) = received
            assert isinstance(message, ClientSink)
            self._rings[message.lane] = _ClientRing(message.utterance, Producer(ring, EventNotifier(notifier)))
            close_all([ring])

    def _drop_cancelled(self) -> None:
        """Drop the rings of utterances that were cancelled before they began."""
        self._receive()
        self._rings.drop_cancelled(self._context.shared)

    def _write(
        self, state: _UtteranceState, pcm: NDArray[np.float32], slot: Slot, started: int, last: bool = False
    ) -> None:
        if not math.isfinite(pcm @ pcm):
            raise UtteranceFailed("stage_failed", f"{_source_name(state.spec)} made samples that are not finite")
        unchanged = pcm
        if state.resampler is not None:
            pcm = state.resampler.resample_chunk(pcm, last=last)
        if (volume := state.spec.volume * slot.gain) != 1.0:
            pcm = pcm * np.float32(volume)
        if pcm is not unchanged:  # a resampler may overshoot
            np.clip(pcm, -1.0, 1.0, out=pcm)
        elif state.conversion.is_active or state.is_converted:
            pcm = np.clip(pcm, -1.0, 1.0)
        pcm = state.undelivered(pcm)
        if len(pcm):
            state.prebuffer.arrived(len(pcm) / state.spec.sink_rate, slot.words[s.VALUE] / 1e3)
            if state.prebuffer.wait_s:
                state.buffered.append(pcm.copy())  # it may be a view of the slot, which is released
                state.last = keep(slot)
                return
            state.buffered.append(pcm)
        if state.buffered and not state.prebuffer.wait_s:
            self._release(state, slot, started)

    def _release(self, state: _UtteranceState, slot: Slot, started: int) -> None:
        """Give the buffered samples to the sink."""
        given, to_client = state.spec.from_sample, state.spec.sink == "pcm"
        first = state.samples <= given
        if to_client and state.buffered:
            if state.more_due:
                self._context.metrics.ahead.observe(int(self._ahead_s(state, slot.words[s.LANE]) * 1e9))
            state.more_due = True
        underrun_at = state.prebuffer.released(sum(map(len, state.buffered)) / state.spec.sink_rate)
        self._context.shared.set_underrun_at(slot.words[s.LANE], int(underrun_at * 1e9))
        buffered, state.buffered = state.buffered, []
        for pcm in buffered:
            start = 0 if to_client else state.segment_start  # a client's ring counts from the utterance's start
            state.samples = start + state.sink.write(pcm, state.samples - start, slot, started)
        if to_client and first and state.samples > given:
            self._context.channel.send(
                Started(state.utterance, self._context.times(slot, started), time.monotonic_ns())
            )

    def _ahead_s(self, state: _UtteranceState, lane: int) -> float:
        """Seconds that a client has left to play, in real time or at the slower pace at which it reads."""
        unread = state.samples - self._context.shared.consumed(lane, state.utterance)
        return max(state.prebuffer.ahead, unread / state.spec.sink_rate)

    def _release_due(self) -> float:
        """Give the sinks what was held or buffered for long enough; return the seconds until more is due."""
        waits = [IDLE_S]
        for lane, state in list(self._lanes.items()):
            if isinstance(state.sink, ClientWriter):
                state.sink.flush_if_read()
            if state.buffered and state.last is not None:
                if wait := state.prebuffer.wait_s:
                    waits.append(wait)
                else:
                    release = partial(self._release, state, state.last, time.monotonic_ns())
                    self._context.attempt(state.last, release, partial(self._lanes.pop, lane, None))
        return min(waits)


def _source_name(wanted: UtteranceSpec) -> str:
    return f"the converter {wanted.converter!r}" if wanted.converter else f"the voice {wanted.voice!r}"


def make(context: Context) -> ConverterStage:
    return ConverterStage(context)
