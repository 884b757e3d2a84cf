"""What a flow and a vocoder stage have in common: they take the frames of a segment and process them in turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import Chunk, Ready
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.chunk_record import Chunks, Lead
from steadyvoice.workers.runtime.context import Context, Lanes, refuse_left_out, spec
from steadyvoice.workers.runtime.ring_input import Floats
from steadyvoice.workers.runtime.voice_warmup import warm_voices

Output = NDArray[np.float32]
"""Frames [n, dim] or samples [n]."""


class Processor(Protocol):
    """An `engines.Flow` or `engines.Vocoder`."""

    def push(self, frames: engines.Frames) -> Output: ...

    def finish(self) -> Output: ...


class Writer(Protocol):
    """See `PcmWriter`. Indexes count frames or samples within the segment."""

    def write(self, made: Output, index: int, source: Slot, started: int) -> int: ...

    def forward(self, source: Slot, index: int) -> None: ...


class Part(Protocol):
    """What distinguishes the two stages."""

    forwards_voice: bool
    """The next stage has to know of a VOICE slot as well."""
    makes_sound: bool
    """Its output is samples."""

    def open(self, engine: engines.Engine, voice: str, downstream: engines.Downstream) -> Processor:
        """For one utterance. NotInstalled; anything that the engine raises."""

    def input_spec(self, engine: engines.Engine) -> engines.FrameSpec: ...

    def lead(self, wanted: UtteranceSpec, delay_s: Callable[[], float]) -> Lead:
        """Of one utterance. delay_s: as for `Lead`."""

    def writer(self, wanted: UtteranceSpec) -> Writer: ...


@dataclass
class _UtteranceState:
    utterance: int
    processor: Processor
    """Of the current segment."""
    writer: Writer
    engine: engines.Engine
    dim: int
    """Values per frame."""
    engine_name: str
    voice: str
    downstream: engines.Downstream
    chunks: Chunks
    lead: Lead
    segment: int = 0
    frames: int = 0
    """Frames of the current segment that were processed, or samples of its silence."""
    written: int = 0
    """Frames or samples of the current segment that were written."""
    rate: int = 0
    """Hertz of the samples that are written; 0: frames are."""
    has_other_voice: bool = False
    """The current segment has another voice than the utterance."""


class FrameProcessing:
    """The utterances of a flow or vocoder stage. A segment that is computed again after a crash is processed again as
    far as this stage, or a later one, lacks it."""

    def __init__(self, context: Context, usable: Mapping[str, engines.Engine], part: Part) -> None:
        self._context, self._engines, self._part = context, usable, part
        self._lanes: Lanes[_UtteranceState] = Lanes()
        self._made_at = 0.0
        """When the stage before had made the frames that are processed, monotonic seconds."""

    def step(self) -> float:
        """See `Stage.step`."""
        return self._context.work(self._handle, self._lanes)

    def _handle(self, slot: Slot, floats: Floats, started: int) -> None:
        words = slot.words
        lane, kind = words[s.LANE], words[s.KIND]
        if kind == s.BEGIN and not self._begin(slot):
            return
        state = self._lanes.of(slot)
        if state is None or words[s.SEGMENT] != state.segment:
            return  # a replayed segment that is done already
        if kind == s.FRAMES:
            self._process(state, slot, floats, started)
        elif kind == s.SILENCE:
            if words[s.INDEX] + words[s.COUNT] > state.frames:
                state.frames = words[s.INDEX] + words[s.COUNT]
                state.writer.forward(slot, words[s.INDEX])
        elif kind == s.VOICE:
            if not state.frames:
                self._use(state, slot.bytes().decode())
                if self._part.forwards_voice:
                    state.writer.forward(slot, 0)
        else:
            if kind == s.SEGMENT_END:
                self._write(state, state.processor.finish(), slot, started)
                state.segment, state.frames = state.segment + 1, 0
                state.chunks.next_segment()
                self._use(state, state.voice)
            state.writer.forward(slot, state.written)
            state.written = 0
            self._context.publish_progress(slot, state.segment, 0, finished=kind == s.END)
            if kind == s.END:
                del self._lanes[lane]

    def _begin(self, slot: Slot) -> bool:
        """False where the stage goes on with the utterance that the slot begins."""
        wanted = spec(slot)
        if not self._context.begins(slot, wanted.restart, self._lanes.of(slot) is not None):
            return False
        refuse_left_out("engine", wanted.engine)
        self._context.ensure_voice(wanted.engine, wanted.voice)
        engine, utterance, restart = self._engines[wanted.engine], slot.words[s.UTTERANCE], wanted.restart
        chunks = Chunks(
            restart.segment if restart else 0,
            restart.chunks if restart else [],
            lambda *chunk: self._context.channel.send(Chunk(utterance, *chunk)),
        )
        downstream = replace(
            self._context.downstream(slot, wanted),
            planned=chunks.planned,
            chose=chunks.chose,
            came_at=lambda: self._made_at,
        )
        lead, arrived = self._part.lead(wanted, self._context.delay_s(slot, wanted)), downstream.ahead
        if restart is None:  # else what is written again may have arrived before
            downstream = replace(downstream, ahead=lambda: max(arrived(), lead.ahead()))
        self._lanes[slot.words[s.LANE]] = _UtteranceState(
            utterance,
            self._part.open(engine, wanted.voice, downstream),
            self._part.writer(wanted),
            engine,
            self._part.input_spec(engine).dim,
            wanted.engine,
            wanted.voice,
            downstream,
            chunks,
            lead,
            restart.segment if restart else 0,
            rate=wanted.voice_rate if self._part.makes_sound else 0,
        )
        return True

    def _process(self, state: _UtteranceState, slot: Slot, floats: Floats, started: int) -> None:
        count, dim = slot.words[s.COUNT], slot.words[s.DIM]
        if dim != state.dim:
            raise UtteranceFailed("stage_failed", f"frames of {dim} values came instead of {state.dim}")
        frames = floats[: count * dim].reshape(count, dim)[slot.already_delivered(state.frames) :]
        if not len(frames):
            return  # a replayed block that is done already
        state.frames += len(frames)
        self._made_at = slot.ready_ns / 1e9
        for made in engines.chunks(state.processor, frames):
            self._write(state, made, slot, started)

    def _use(self, state: _UtteranceState, voice: str) -> None:
        """Process the segment that follows with this voice."""
        if state.has_other_voice or voice != state.voice:
            self._context.ensure_voice(state.engine_name, voice)
            state.processor = self._part.open(state.engine, voice, state.downstream)
            state.has_other_voice = voice != state.voice

    def _write(self, state: _UtteranceState, made: Output, slot: Slot, started: int) -> None:
        state.written = state.writer.write(made, state.written, slot, started)
        state.lead.written(len(made))
        if state.rate:
            self._context.metrics.made_sound(len(made) * 1_000_000_000 // state.rate)


WarmVoice = Callable[[engines.Engine, str], object]
"""Runs every shape of one voice once, in this stage."""


def warm_up(context: Context, usable: Mapping[str, engines.Engine], warm_voice: WarmVoice) -> Ready:
    """The stage's warm-up, which a replacement defers. NotInstalled if no engine can be used."""
    warm = {name: partial(warm_voices, context, name, each, partial(warm_voice, each)) for name, each in usable.items()}
    if context.role == "replacement":
        context.deferred_warmups |= warm
    else:
        for each in warm.values():
            each()
    engines.check_any(context.settings.engines)
    return Ready()
