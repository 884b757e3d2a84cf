"""Frames to PCM: the engine's second half, with one state an utterance."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine
from steadyvoice.workers.runtime.pcm_writer import PcmWriter
from steadyvoice.workers.runtime.stage import Context, Lanes, refuse_left_out, spec


@dataclass
class _Voice:
    """An utterance on its lane."""

    utterance: int
    vocoder: engine.Vocoder
    part: int = 0
    rows: int = 0
    """Frames of the part that it has had, and samples that it has made of them."""
    samples: int = 0


class Vocoder:
    def __init__(self, context: Context) -> None:
        assert context.target is not None
        self._context = context
        self._engines = engine.usable(context.settings.engines)
        self._out = PcmWriter(context, context.target)
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in context.source.slots]
        self._lanes: Lanes[_Voice] = Lanes()

    def warmup(self) -> Ready:
        """NotInstalled where no engine can be used."""
        warm = {name: partial(_warm, name, each) for name, each in self._engines.items()}
        if self._context.role == "replacement":
            self._context.chores |= dict(list(warm.items())[1:])
        else:
            for each in warm.values():
                each()
        engine.check_any(self._context.settings.engines)
        return Ready()

    def step(self) -> float:
        return self._context.work(self._handle, self._lanes)

    def _handle(self, slot: Slot, started: int) -> None:
        words = slot.words
        lane, kind = words[s.LANE], words[s.KIND]
        if kind == s.BEGIN:
            wanted = spec(slot)
            if not self._context.begins(slot, wanted.restart, self._lanes.of(slot) is not None):
                return
            self._context.need(wanted.engine)
            refuse_left_out("engine", wanted.engine)
            vocoder = self._engines[wanted.engine].vocoder(wanted.voice, self._context.downstream(slot))
            part = wanted.restart.part if wanted.restart else 0
            self._lanes[lane] = _Voice(words[s.UTTERANCE], vocoder, part)
        voice = self._lanes.of(slot)
        if voice is None or words[s.SEGMENT] != voice.part:
            return  # what was made anew, and is here already
        if kind == s.FRAMES:
            rows, dim = words[s.COUNT], words[s.DIM]
            frames = self._views[slot.index][: rows * dim].reshape(rows, dim)[slot.already_delivered(voice.rows) :]
            if not len(frames):
                return  # likewise
            voice.rows += len(frames)
            voice.samples = self._out.write(voice.vocoder.push(frames), voice.samples, slot, started)
            return
        if kind == s.SEGMENT_END:
            voice.samples = self._out.write(voice.vocoder.finish(), voice.samples, slot, started)
            voice.part, voice.rows = voice.part + 1, 0
        self._out.forward(slot, voice.samples)
        voice.samples = 0
        self._context.progress(slot, voice.part, 0, over=kind == s.END)
        if kind == s.END:
            del self._lanes[lane]


def _warm(name: str, each: engine.Engine) -> None:
    for _, voice in engine.voices({name: each}):
        if voice.installed:
            optional.attempt(engine.voice_of(name, voice.name), partial(_warm_voice, each, voice.name))


def _warm_voice(each: engine.Engine, voice: str) -> None:
    vocoder = each.vocoder(voice, engine.Downstream())
    for rows in (8, 16, 32, 64, 1):
        vocoder.push(np.zeros((rows, each.spec.dim), np.float32))
    vocoder.finish()


def make(context: Context) -> Vocoder:
    return Vocoder(context)
