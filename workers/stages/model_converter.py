"""A converter that runs models: PCM to PCM of another voice, by one family of converters, before the last converter."""

from dataclasses import dataclass

import msgspec

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.workers.conversion.conversion import Conversion
from steadyvoice.workers.conversion.warmup import warm_up
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.runtime.context import Context, Lanes, refuse_left_out, spec
from steadyvoice.workers.runtime.pcm_writer import PcmWriter
from steadyvoice.workers.runtime.ring_input import Floats


@dataclass
class _UtteranceState:
    utterance: int
    conversion: Conversion
    segment: int
    input_samples: int = 0
    """Samples of the current segment that came in."""
    samples: int = 0
    """Samples of the current segment that went out."""


class ModelConverterStage:
    def __init__(self, context: Context) -> None:
        [last_converter] = context.outputs.values()
        self._context, self._target = context, PcmWriter(context, last_converter)
        self._families = converters.usable(context.settings.families)
        self._lanes: Lanes[_UtteranceState] = Lanes()

    def warmup(self) -> Ready:
        """NotInstalled if the family cannot be used."""
        warm_up(self._context, self._families)
        converters.check_any(self._context.settings.families)
        return Ready()

    def step(self) -> float:
        return self._context.work(self._handle, self._lanes)

    def _handle(self, slot: Slot, floats: Floats, started: int) -> None:
        words = slot.words
        kind = words[s.KIND]
        if kind == s.BEGIN:
            self._begin(slot)
            return
        state = self._lanes.of(slot)
        if state is None or words[s.SEGMENT] != state.segment:
            return  # a replayed segment that is done already
        if kind == s.PCM:
            pcm = floats[slot.already_delivered(state.input_samples) : words[s.COUNT]]
            state.input_samples += len(pcm)
            if len(pcm):  # else a replayed block that is done already
                converted = state.conversion.process(pcm, slot.pitch)
                state.samples = self._target.write(converted, state.samples, slot, started)
            return
        if kind == s.SILENCE:
            if words[s.INDEX] + words[s.COUNT] > state.input_samples:
                state.input_samples = words[s.INDEX] + words[s.COUNT]
                self._target.forward(slot, words[s.INDEX])
            return
        if kind == s.SEGMENT_END:
            state.samples = self._target.write(state.conversion.finish(), state.samples, slot, started)
            state.segment, state.input_samples = state.segment + 1, 0
        self._target.forward(slot, state.samples)
        state.samples = 0
        self._context.publish_progress(slot, state.segment, 0, finished=kind == s.END)
        if kind == s.END:
            del self._lanes[words[s.LANE]]

    def _begin(self, slot: Slot) -> None:
        wanted = spec(slot)
        lane = slot.words[s.LANE]
        if not self._context.begins(slot, wanted.restart, self._lanes.of(slot) is not None):
            return
        self._context.ensure_warm(wanted.family)
        refuse_left_out("converters", wanted.family)
        conversion = Conversion(self._families, wanted, self._context.downstream(slot, wanted).ahead)
        self._context.shared.set_min_input(lane, conversion.min_input_s)
        segment = wanted.restart.segment if wanted.restart else 0
        self._lanes[lane] = _UtteranceState(slot.words[s.UTTERANCE], conversion, segment)
        following = msgspec.structs.replace(wanted, voice_rate=conversion.rate)
        self._target.forward(slot, 0, msgspec.msgpack.encode(following))
        self._context.publish_progress(slot, segment, 0)


def make(context: Context) -> ModelConverterStage:
    return ModelConverterStage(context)
