"""Frames and pauses of utterances into the generator's output ring."""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.ring import Producer
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.utterance_state import UtteranceState
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.frame_slots import check_columns, fitting

_SLOT_S: Final = 0.25
"""Seconds of speech in a slot at most, which is by how much the lookahead may be exceeded."""


class FrameWriter:
    """Waits for free slots; see ``Context.wait_for_slot``."""

    def __init__(self, context: Context, target: Producer) -> None:
        self._context, self._target = context, target
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in target.slots]

    def begin(self, utterance: UtteranceState) -> None:
        self._context.wait_for_slot(self._target, utterance.begin).forward(utterance.begin)
        self._target.publish()

    def frames(self, utterance: UtteranceState, frames: engines.Frames, started: int) -> engines.Frames | None:
        """Publish one slot of frames; return the remaining ones, None where there are none."""
        if not len(frames):
            return None
        spec = utterance.engine.spec
        check_columns(frames, spec.dim, utterance.spec.engine)
        part = frames[: fitting(spec, utterance.spec.voice_rate, self._target.capacity, _SLOT_S)]
        slot = self._context.wait_for_slot(self._target, utterance.begin)
        np.copyto(self._views[slot.index][: part.size].reshape(part.shape), part)
        slot.head(s.FRAMES, utterance.begin, len(part), utterance.progress.segment_frames, 4 * part.size)
        slot.words[s.DIM] = spec.dim
        slot.words[s.VALUE] = utterance.expected_ms
        slot.stamp(started, time.monotonic_ns())
        self._target.publish()
        utterance.progress.add(len(part), time.monotonic())
        return frames[len(part) :] if len(part) < len(frames) else None

    def silence(self, utterance: UtteranceState) -> None:
        """Publish the next part of a pause."""
        rate = utterance.spec.sink_rate
        count = min(utterance.pending_silence, int(_SLOT_S * rate))
        slot = self._context.wait_for_slot(self._target, utterance.begin)
        slot.head(s.SILENCE, utterance.begin, count, utterance.pause - utterance.pending_silence)
        slot.words[s.VALUE] = utterance.pause * 1000 // rate
        now = time.monotonic_ns()
        slot.stamp(now, now)
        self._target.publish()
        utterance.pending_silence -= count
        utterance.progress.add_silence(count / rate, time.monotonic())

    def voice(self, utterance: UtteranceState) -> None:
        """The segment's voice is not the utterance's."""
        slot = self._context.wait_for_slot(self._target, utterance.begin)
        name = utterance.voice_to_send.encode()
        slot.head(s.VOICE, utterance.begin)
        slot.put(name)
        self._target.publish()
        utterance.voice_to_send = ""

    def end(self, utterance: UtteranceState, kind: int, value: int, *, more: bool = False) -> None:
        """Publish the end of a segment or of the utterance. more: the next segment follows at once."""
        slot = self._context.wait_for_slot(self._target, utterance.begin)
        slot.head(kind, utterance.begin, int(more), utterance.progress.frames)
        slot.words[s.VALUE] = value
        now = time.monotonic_ns()
        slot.stamp(now, now)
        self._target.publish()
