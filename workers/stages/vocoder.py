"""The vocoder stage: frames to PCM, by the second half of the utterance's engine."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.context import Context, Floats, Lanes, refuse_left_out, spec
from steadyvoice.workers.runtime.pcm_writer import PcmOutputs, PcmWriter

_BEHIND_LIGHT: Final = -10
"""Change of the SCHED_FIFO priority of a vocoder that takes long for a chunk: stages of one priority do not interrupt
each other, and a light vocoder would wait for a whole chunk of another engine."""

_ORDINARY: Final = -100
"""No SCHED_FIFO: a stage that computes for half a second at a stretch would lose it anyway."""


@dataclass
class _UtteranceState:
    utterance: int
    vocoder: engines.Vocoder
    """Of the current segment."""
    target: PcmWriter
    engine: engines.Engine
    voice: str
    downstream: engines.Downstream
    segment: int = 0
    frames: int = 0
    """Frames of the current segment that were decoded, or samples of its silence."""
    samples: int = 0
    """Samples of the current segment."""
    has_other_voice: bool = False
    """The current segment has another voice than the utterance."""

    def use(self, voice: str) -> None:
        """Decode the segment that follows with this voice."""
        if self.has_other_voice or voice != self.voice:
            self.vocoder = self.engine.vocoder(voice, self.downstream)
            self.has_other_voice = voice != self.voice


class VocoderStage:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._engines = engines.usable(context.settings.engines)
        self._targets = PcmOutputs(context)
        self.precedence = min(map(_precedence, self._engines.values()), default=_BEHIND_LIGHT)
        self._lanes: Lanes[_UtteranceState] = Lanes()

    def warmup(self) -> Ready:
        """NotInstalled if the engine cannot be used."""
        warm = {name: partial(_warm_engine, name, each) for name, each in self._engines.items()}
        if self._context.role == "replacement":
            self._context.deferred_warmups |= warm
        else:
            for each in warm.values():
                each()
        engines.check_any(self._context.settings.engines)
        return Ready()

    def step(self) -> float:
        return self._context.work(self._handle, self._lanes)

    def _handle(self, slot: Slot, floats: Floats, started: int) -> None:
        words = slot.words
        lane, kind = words[s.LANE], words[s.KIND]
        if kind == s.BEGIN:
            wanted = spec(slot)
            if not self._context.begins(slot, wanted.restart, self._lanes.of(slot) is not None):
                return
            refuse_left_out("engine", wanted.engine)
            engine, downstream = self._engines[wanted.engine], self._context.downstream(slot, wanted)
            vocoder = engine.vocoder(wanted.voice, downstream)
            target = self._targets.of(wanted)
            segment = wanted.restart.segment if wanted.restart else 0
            self._lanes[lane] = _UtteranceState(
                words[s.UTTERANCE], vocoder, target, engine, wanted.voice, downstream, segment
            )
        state = self._lanes.of(slot)
        if state is None or words[s.SEGMENT] != state.segment:
            return  # a replayed segment that is done already
        if kind == s.FRAMES:
            count, dim = words[s.COUNT], words[s.DIM]
            frames = floats[: count * dim].reshape(count, dim)[slot.already_delivered(state.frames) :]
            if not len(frames):
                return  # a replayed block that is done already
            state.frames += len(frames)
            state.samples = state.target.write(state.vocoder.push(frames), state.samples, slot, started)
            return
        if kind == s.SILENCE:
            if words[s.INDEX] + words[s.COUNT] > state.frames:
                state.frames = words[s.INDEX] + words[s.COUNT]
                state.target.forward(slot, words[s.INDEX])
            return
        if kind == s.VOICE:
            if not state.frames:
                state.use(slot.bytes().decode())
            return
        if kind == s.SEGMENT_END:
            state.samples = state.target.write(state.vocoder.finish(), state.samples, slot, started)
            state.segment, state.frames = state.segment + 1, 0
            state.use(state.voice)
        state.target.forward(slot, state.samples)
        state.samples = 0
        self._context.publish_progress(slot, state.segment, 0, finished=kind == s.END)
        if kind == s.END:
            del self._lanes[lane]


def _precedence(engine: engines.Engine) -> int:
    if getattr(engine, "has_long_chunks", False):
        return _ORDINARY
    return 0 if getattr(engine, "has_light_vocoder", False) else _BEHIND_LIGHT


def _warm_engine(name: str, each: engines.Engine) -> None:
    models = set()
    for _, voice in engines.voices({name: each}):
        if voice.installed and (model := getattr(voice, "model", "")) not in models:
            models |= {model} - {""}
            optional.attempt(engines.voice_of(name, voice.name), partial(_warm_voice, each, voice.name))


def _warm_voice(each: engines.Engine, voice: str) -> None:
    vocoder = each.vocoder(voice, engines.Downstream())
    for count in (8, 16, 32, 64, 1):
        vocoder.push(np.zeros((count, each.spec.dim), np.float32))
    vocoder.finish()


def make(context: Context) -> VocoderStage:
    return VocoderStage(context)
