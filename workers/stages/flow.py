"""The flow stage: frames to other frames, by the middle part of the utterance's engine; see `engines.WithFlow`."""

from collections.abc import Callable

import numpy as np

from steadyvoice.ipc.stage_protocol import Ready
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.chunk_record import Lead
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.frame_slots import FrameSlots
from steadyvoice.workers.runtime.frame_stage import FrameProcessing, warm_up


class FlowStage:
    forwards_voice = True
    makes_sound = False

    def __init__(self, context: Context) -> None:
        [self._vocoder] = context.outputs.values()
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in self._vocoder.slots]
        self._context = context
        self._engines = engines.usable(context.settings.engines)
        self._processing = FrameProcessing(context, self._engines, self)

    def warmup(self) -> Ready:
        """NotInstalled if the engine cannot be used."""
        return warm_up(self._context, self._engines, warm_voice)

    def step(self) -> float:
        return self._processing.step()

    def open(self, engine: engines.Engine, voice: str, downstream: engines.Downstream) -> engines.Flow:
        return _with_flow(engine).flow(voice, downstream)

    def input_spec(self, engine: engines.Engine) -> engines.FrameSpec:
        return engine.spec

    def lead(self, wanted: UtteranceSpec, delay_s: Callable[[], float]) -> Lead:
        spec = self._output_spec(wanted)
        frame_s = spec.samples_per_frame / wanted.voice_rate
        return Lead(frame_s, delay_s, lookahead_s=spec.lookahead * frame_s)

    def writer(self, wanted: UtteranceSpec) -> FrameSlots:
        spec = self._output_spec(wanted)
        return FrameSlots(self._context, self._vocoder, self._views, spec, wanted.engine, wanted.voice_rate)

    def _output_spec(self, wanted: UtteranceSpec) -> engines.FrameSpec:
        return _with_flow(self._engines[wanted.engine]).flow_spec


def _with_flow(engine: engines.Engine) -> engines.WithFlow:
    assert isinstance(engine, engines.WithFlow)
    return engine


def warm_voice(each: engines.Engine, voice: str) -> None:
    _with_flow(each).flow(voice, engines.Downstream()).warmup()


def make(context: Context) -> FlowStage:
    return FlowStage(context)
