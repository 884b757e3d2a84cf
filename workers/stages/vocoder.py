"""The vocoder stage: frames to PCM, by the last part of the utterance's engine."""

from collections.abc import Callable
from typing import Final

import numpy as np

from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.chunk_record import Lead
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.frame_stage import FrameProcessing, warm_up
from steadyvoice.workers.runtime.pcm_writer import PcmOutputs, PcmWriter

_BEHIND_LIGHT: Final = -10
"""Change of the SCHED_FIFO priority of a vocoder that takes long for a chunk: stages of one priority do not interrupt
each other, and a light vocoder would wait for a whole chunk of another engine."""

_ORDINARY: Final = -100
"""No SCHED_FIFO: a stage that computes for half a second at a stretch would lose it anyway."""


class VocoderStage:
    forwards_voice = False
    makes_sound = True

    def __init__(self, context: Context) -> None:
        self._context = context
        self._engines = engines.usable(context.settings.engines)
        self._outputs = PcmOutputs(context)
        self.precedence = min(map(_precedence, self._engines.values()), default=_BEHIND_LIGHT)
        self._processing = FrameProcessing(context, self._engines, self)

    def warmup(self) -> Ready:
        """NotInstalled if the engine cannot be used."""
        return warm_up(self._context, self._engines, warm_voice)

    def step(self) -> float:
        return self._processing.step()

    def open(self, engine: engines.Engine, voice: str, downstream: engines.Downstream) -> engines.Vocoder:
        return engine.vocoder(voice, downstream)

    def input_spec(self, engine: engines.Engine) -> engines.FrameSpec:
        return engines.vocoder_spec(engine)

    def lead(self, wanted: UtteranceSpec, delay_s: Callable[[], float]) -> Lead:
        return Lead(0.0, delay_s)  # nothing is counted

    def writer(self, wanted: UtteranceSpec) -> PcmWriter:
        return self._outputs.of(wanted)


def _precedence(engine: engines.Engine) -> int:
    if getattr(engine, "has_long_chunks", False):
        return _ORDINARY
    return 0 if getattr(engine, "has_light_vocoder", False) else _BEHIND_LIGHT


def warm_voice(each: engines.Engine, voice: str) -> None:
    vocoder = each.vocoder(voice, engines.Downstream())
    for count in (8, 16, 32, 64, 1):
        vocoder.push(np.zeros((count, engines.vocoder_spec(each).dim), np.float32))
    vocoder.finish()


def make(context: Context) -> VocoderStage:
    return VocoderStage(context)
