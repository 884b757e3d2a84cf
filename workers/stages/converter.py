"""The converter stage: voice conversion, the sink's sample rate and volume, and routing to the output or a client."""

import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import soxr
from msgspec.structs import replace
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_protocol import ClientSink, Ended, Ready, Started
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.converters.converter import Stream
from steadyvoice.workers.prebuffer import Prebuffer, RealTimeFactor
from steadyvoice.workers.runtime.client_writer import ClientWriter
from steadyvoice.workers.runtime.pcm_writer import PcmWriter
from steadyvoice.workers.runtime.stage import IDLE_S, Context, Lanes, refuse_left_out, spec

PITCH_FAMILY: Final = "shift"
PITCH_CONVERTER: Final = "shift"
"""Moves the pitch of a segment, where the utterance has no converter."""


@dataclass
class _UtteranceState:
    utterance: int
    spec: UtteranceSpec
    sink: PcmWriter
    stream: Stream | None
    """Converts the current segment; None where the utterance has no converter."""
    resampler: "soxr.ResampleStream | None"
    prebuffer: Prebuffer
    segment: int = 0
    input_samples: int = 0
    """Samples of the current segment that came in."""
    pitch: float = 0.0
    """Semitones by which the current segment is moved, besides the utterance's pitch."""
    samples: int = 0
    """Samples given to the sink, of all segments."""
    segment_start: int = 0
    """Samples given to the sink before the current segment."""
    buffered: list[NDArray[np.float32]] = field(default_factory=list)
    """Samples that the sink does not get yet (prebuffer)."""
    last: Slot | None = None
    """A copy of the slot that the last buffered samples came from."""


@dataclass
class _ClientRing:
    """The ring of a client's utterance that has not begun yet."""

    utterance: int
    producer: Producer


class ConverterStage:
    def __init__(self, context: Context) -> None:
        assert context.target is not None
        self._context = context
        self._families = converters.usable(context.settings.families)
        self._output_writer = PcmWriter(context, context.target)
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in context.source.slots]
        self._lanes: Lanes[_UtteranceState] = Lanes()
        self._rings: Lanes[_ClientRing] = Lanes()
        self._real_time_factors: dict[tuple[str, str], RealTimeFactor] = {}
        """By voice and converter."""

    def warmup(self) -> Ready:
        resampler = soxr.ResampleStream(24000, 48000, 1, dtype="float32")
        for samples in (1200, 4096):
            resampler.resample_chunk(np.zeros(samples, np.float32))
        warm = {
            name: partial(optional.attempt, f"converters {name}", family.warmup)
            for name, family in self._families.items()
        }
        if self._context.role == "replacement":
            self._context.deferred_warmups |= warm
            return Ready()
        known = converters.converters(self._families)
        for each in warm.values():
            each()
        return Ready(converters=[
            stage_protocol.ConverterMeta(
                one.name, one.licence, one.latency_ms, one.formants,
                one.installed and converters.is_usable(family, one.name), family,
            )
            for family, one in known
        ])  # fmt: skip

    def step(self) -> float:
        sleep = self._context.work(self._handle, self._lanes)
        if sleep:
            self._drop_cancelled()
            return min(sleep, self._release_due())
        return 0

    def _handle(self, slot: Slot, started: int) -> None:
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
            pcm = self._views[slot.index][slot.already_delivered(state.input_samples) : words[s.COUNT]]
            state.input_samples += len(pcm)
            if not len(pcm):
                return  # a replayed block that is done already
            if state.pitch != slot.pitch:
                self._change_pitch(state, slot.pitch)
            if state.stream is not None:
                pcm = state.stream.process(pcm)
            self._write(state, pcm, slot, started)
        elif kind == s.SILENCE:
            count = words[s.COUNT] - slot.already_delivered(state.input_samples)
            state.input_samples += count
            state.buffered.append(np.zeros(count, np.float32))
            self._release(state, slot, started)
        elif kind == s.SEGMENT_END:
            if state.stream is not None:
                self._write(state, state.stream.finish(), slot, started)
                state.stream, state.pitch = self._open_stream(state.spec, state.prebuffer), 0.0
            if state.resampler is not None:
                self._write(state, np.zeros(0, np.float32), slot, started, last=True)
                state.resampler.clear()
            self._release(state, slot, started)
            state.segment, state.input_samples, state.segment_start = state.segment + 1, 0, state.samples
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
            sink = self._output_writer if wanted.sink == "device" else self._client_sink(slot)
        factor = self._real_time_factors.setdefault((wanted.voice, wanted.converter), RealTimeFactor())
        prebuffer = Prebuffer(factor, self._context.settings.lookahead_s)
        stream = self._open_stream(wanted, prebuffer)
        self._context.shared.set_min_input(slot.words[s.LANE], getattr(stream, "min_input_s", 0.0))
        rate = wanted.voice_rate if stream is None else stream.rate
        resampler = None
        if rate != wanted.sink_rate:
            resampler = soxr.ResampleStream(rate, wanted.sink_rate, 1, dtype="float32")
        restart = wanted.restart or RestartPoint(0)
        samples = restart.frames_or_samples
        return _UtteranceState(
            utterance, wanted, sink, stream, resampler, prebuffer, restart.segment,
            samples=samples, segment_start=samples,
        )  # fmt: skip

    def _open_stream(self, wanted: UtteranceSpec, prebuffer: Prebuffer) -> Stream | None:
        """A new stream for the next segment, which depends on no earlier segment. None without a converter."""
        if not wanted.converter:
            return None
        self._context.ensure_warm(wanted.family)
        refuse_left_out("converters", wanted.family)
        family = self._families[wanted.family]
        return family.open(wanted.converter, wanted.voice_rate, wanted.pitch, wanted.formant, lambda: prebuffer.ahead)

    def _change_pitch(self, state: _UtteranceState, semitones: float) -> None:
        """Convert the segment that begins with its own pitch, where the utterance's voice and sample rate stay."""
        wanted = state.spec
        if not wanted.converter and PITCH_FAMILY in self._families:
            wanted = replace(wanted, family=PITCH_FAMILY, converter=PITCH_CONVERTER)
        stream = self._open_stream(replace(wanted, pitch=wanted.pitch + semitones), state.prebuffer)
        state.stream, state.pitch = stream, semitones

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
        while (channel := self._context.channel.receive()) is not None:
            message, (ring, notifier) = channel
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
        elif state.stream is not None:
            pcm = np.clip(pcm, -1.0, 1.0)
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
        first, to_client = state.samples == 0, state.spec.sink == "pcm"
        underrun_at = state.prebuffer.released(sum(map(len, state.buffered)) / state.spec.sink_rate)
        self._context.shared.set_underrun_at(slot.words[s.LANE], int(underrun_at * 1e9))
        buffered, state.buffered = state.buffered, []
        for pcm in buffered:
            start = 0 if to_client else state.segment_start  # a client's ring counts from the utterance's start
            state.samples = start + state.sink.write(pcm, state.samples - start, slot, started)
        if to_client and first and state.samples:
            self._context.channel.send(
                Started(state.utterance, self._context.times(slot, started), time.monotonic_ns())
            )

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
