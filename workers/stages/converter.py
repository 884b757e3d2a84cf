"""PCM to PCM, converted, at the sink's rate and volume, and from here to the sink: the output or a client's ring."""

import contextlib
import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import soxr
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import Fenced
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_protocol import ClientSink, Ended, Ready, RestartPoint, Started, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.converters.converter import Stream
from steadyvoice.workers.prebuffer import Pace, Prebuffer
from steadyvoice.workers.runtime.pcm_writer import PcmWriter
from steadyvoice.workers.runtime.stage import IDLE_S, Context, Lanes, UtteranceError, refuse_left_out, spec


@dataclass
class _Line:
    """An utterance on its lane."""

    utterance: int
    spec: UtteranceSpec
    sink: PcmWriter
    converted: Stream | None
    """The segment at hand; None where nothing is converted."""
    resampler: "soxr.ResampleStream | None"
    prebuffer: Prebuffer
    part: int = 0
    rows: int = 0
    """Samples of the part that it has had."""
    samples: int = 0
    """Given to the sink, of all; before the part, so many:"""
    before: int = 0
    held: list[NDArray[np.float32]] = field(default_factory=list)
    """What is not to be played yet,"""
    last: Slot | None = None
    """and a copy of the slot that it came with."""


@dataclass
class _ClientRing:
    """Where a client's utterance will go, once it begins."""

    utterance: int
    producer: Producer


class _ToClient(PcmWriter):
    """Into the ring of one utterance, whose other end may do anything: nothing here waits for it.

    While there is a lot to read, small pieces are put together: the slots are enough for all that is made ahead.
    What is in the ring already, also from a predecessor, is left out.
    """

    def __init__(self, context: Context, ring: Producer, sample: Literal["f32", "s16"]) -> None:
        super().__init__(context, ring, sample)
        last = ring.last
        self._given = 0 if last is None else last.words[s.INDEX] + last.words[s.COUNT]
        self._ended = last is not None and last.words[s.KIND] == s.END

    def write(self, samples: NDArray[np.float32], index: int, source: Slot, started: int) -> int:
        end = index + len(samples)
        if end > self._given:
            self._given = super().write(
                samples[max(0, self._given - index) :], max(index, self._given), source, started
            )
        return end

    def forward(self, source: Slot, index: int) -> None:
        if not self._ended:
            super().forward(source, index)

    def _room(self, source: Slot) -> Slot:
        with contextlib.suppress(Fenced):
            if (slot := self._ring.reserve()) is not None:
                return slot
        raise UtteranceError("bad_message", "its client writes nonsense into the ring; see docs/protocol.md, Reading")

    def _is_due(self) -> bool:
        return self._rows == self._block or self._ring.fill < self._ring.size // 4


class Converter:
    def __init__(self, context: Context) -> None:
        assert context.target is not None
        self._context = context
        self._families = converters.usable(context.settings.families)
        self._output = PcmWriter(context, context.target)
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in context.source.slots]
        self._lanes: Lanes[_Line] = Lanes()
        self._rings: Lanes[_ClientRing] = Lanes()
        self._paces: dict[tuple[str, str], Pace] = {}
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
            self._context.chores |= warm
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
            self._sweep()
            return min(sleep, self._let_go())
        return 0

    def _handle(self, slot: Slot, started: int) -> None:
        words = slot.words
        lane, kind = words[s.LANE], words[s.KIND]
        line = self._lanes.of(slot)
        if kind == s.BEGIN:
            wanted = spec(slot)
            if not self._context.begins(slot, wanted.restart, line is not None):
                return
            line = self._lanes[lane] = self._begin(slot, wanted, line)
        if line is None or words[s.SEGMENT] != line.part:
            return  # what was made anew, and is here already
        to_client = line.spec.sink == "pcm"
        if kind == s.PCM:
            pcm = self._views[slot.index][slot.already_delivered(line.rows) : words[s.COUNT]]
            line.rows += len(pcm)
            if not len(pcm):
                return  # likewise
            if line.converted is not None:
                pcm = line.converted.process(pcm)
            self._write(line, pcm, slot, started)
        elif kind == s.SEGMENT_END:
            if line.converted is not None:
                self._write(line, line.converted.finish(), slot, started)
                line.converted = self._open(line.spec, line.prebuffer)
            if line.resampler is not None:
                self._write(line, np.zeros(0, np.float32), slot, started, last=True)
                line.resampler.clear()
            self._release(line, slot, started)
            line.part, line.rows, line.before = line.part + 1, 0, line.samples
            taken = self._context.shared.consumed(lane, line.utterance)
            line.prebuffer.over((line.samples - taken) / line.spec.sink_rate)
            if to_client:
                line.sink.flush()
            else:
                line.sink.forward(slot, line.samples)
            self._context.progress(slot, line.part, line.samples)
        elif kind == s.END:
            line.sink.forward(slot, line.samples)
            self._context.progress(slot, line.part, line.samples, over=True)
            if to_client:
                times = self._context.times(slot, started)
                self._context.channel.send(Ended(line.utterance, line.samples, 0, times, time.monotonic_ns()))
            del self._lanes[lane]
        else:
            if not to_client:
                line.sink.forward(slot, line.samples)
            self._context.progress(slot, line.part, line.samples)

    def _begin(self, slot: Slot, wanted: UtteranceSpec, before: _Line | None) -> _Line:
        """before: what there is of it, where it is begun anew."""
        utterance = slot.words[s.UTTERANCE]
        self._context.shared.set_underrun_at(slot.words[s.LANE], 0)  # the lane's last listener's
        if before is not None:
            sink = before.sink
        else:
            sink = self._output if wanted.sink == "device" else self._client_sink(slot)
        pace = self._paces.setdefault((wanted.voice, wanted.converter), Pace())
        prebuffer = Prebuffer(pace, self._context.settings.lookahead_s)
        converted = self._open(wanted, prebuffer)
        self._context.shared.set_min_input(slot.words[s.LANE], getattr(converted, "takes", 0.0))
        rate = wanted.voice_rate if converted is None else converted.rate
        resampler = None
        if rate != wanted.sink_rate:
            resampler = soxr.ResampleStream(rate, wanted.sink_rate, 1, dtype="float32")
        restart = wanted.restart or RestartPoint(0)
        rows = restart.rows
        return _Line(utterance, wanted, sink, converted, resampler, prebuffer, restart.part, 0, rows, rows)

    def _open(self, wanted: UtteranceSpec, prebuffer: Prebuffer) -> Stream | None:
        """The converter for a segment: the next one has nothing to do with it."""
        if not wanted.converter:
            return None
        self._context.need(wanted.family)
        refuse_left_out("converters", wanted.family)
        family = self._families[wanted.family]
        return family.open(wanted.converter, wanted.voice_rate, wanted.pitch, wanted.formant, lambda: prebuffer.ahead)

    def _client_sink(self, begin: Slot) -> PcmWriter:
        """The ring of this utterance: its mail was sent before its text."""
        self._receive()
        ring = self._rings.of(begin)
        if ring is None:
            raise UtteranceError("stage_failed", "the client's ring did not reach the converter; speak it again")
        del self._rings[begin.words[s.LANE]]
        return _ToClient(self._context, ring.producer, spec(begin).sink_format)

    def _receive(self) -> None:
        """Take the rings that have come."""
        while (channel := self._context.channel.receive()) is not None:
            message, (ring, notifier) = channel
            assert isinstance(message, ClientSink)
            self._rings[message.lane] = _ClientRing(message.utterance, Producer(ring, EventNotifier(notifier)))
            close_all([ring])

    def _sweep(self) -> None:
        """Let go of the rings of utterances that were cancelled before they began."""
        self._receive()
        self._rings.sweep(self._context.shared)

    def _write(self, line: _Line, pcm: NDArray[np.float32], slot: Slot, started: int, last: bool = False) -> None:
        if not math.isfinite(pcm @ pcm):
            raise UtteranceError("stage_failed", f"{_maker(line.spec)} made samples that are no numbers")
        made = pcm
        if line.resampler is not None:
            pcm = line.resampler.resample_chunk(pcm, last=last)
        if line.spec.volume != 1.0:
            pcm = pcm * np.float32(line.spec.volume)
        if pcm is not made:  # a resampler swings a little over
            np.clip(pcm, -1.0, 1.0, out=pcm)
        elif line.converted is not None:
            pcm = np.clip(pcm, -1.0, 1.0)
        if len(pcm):
            line.prebuffer.came(len(pcm) / line.spec.sink_rate, slot.words[s.VALUE] / 1e3)
            if line.prebuffer.wait:
                line.held.append(pcm.copy())  # what nothing has changed lies in the slot
                line.last = keep(slot)
                return
            line.held.append(pcm)
        if line.held and not line.prebuffer.wait:
            self._release(line, slot, started)

    def _release(self, line: _Line, slot: Slot, started: int) -> None:
        """Give what was held back to the sink."""
        first, to_client = line.samples == 0, line.spec.sink == "pcm"
        underrun_at = line.prebuffer.gave(sum(map(len, line.held)) / line.spec.sink_rate)
        self._context.shared.set_underrun_at(slot.words[s.LANE], int(underrun_at * 1e9))
        held, line.held = line.held, []
        for pcm in held:
            before = 0 if to_client else line.before  # who reads samples from a ring counts them all
            line.samples = before + line.sink.write(pcm, line.samples - before, slot, started)
        if to_client and first and line.samples:
            self._context.channel.send(Started(line.utterance, self._context.times(slot, started), time.monotonic_ns()))

    def _let_go(self) -> float:
        """Give what has been held back for long enough to its sink; return how long until there is more of it."""
        waits = [IDLE_S]
        for lane, line in list(self._lanes.items()):
            if line.held and line.last is not None:
                if wait := line.prebuffer.wait:
                    waits.append(wait)
                else:
                    release = partial(self._release, line, line.last, time.monotonic_ns())
                    self._context.attempt(line.last, release, partial(self._lanes.pop, lane, None))
        return min(waits)


def _maker(wanted: UtteranceSpec) -> str:
    return f"the converter {wanted.converter!r}" if wanted.converter else f"the voice {wanted.voice!r}"


def make(context: Context) -> Converter:
    return Converter(context)
