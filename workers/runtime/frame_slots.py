"""Writing arrays of frames into the slots of a ring."""

import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.context import Context

_SLOT_S: Final = 0.5
"""Seconds of sound in a slot at most: the vocoder returns no sample before it has processed all of a slot."""


def fitting(spec: engines.FrameSpec, rate: int, capacity: int, seconds: float) -> int:
    """How many frames a slot of ``capacity`` bytes may have, of at most so many seconds of sound at ``rate`` Hz."""
    return min(max(1, int(seconds * rate / spec.samples_per_frame)), capacity // (4 * spec.dim))


def check_columns(frames: engines.Frames, dim: int, engine: str) -> None:
    """UtteranceFailed unless they are [n, dim]."""
    if frames.shape[1:] != (dim,):
        raise UtteranceFailed(
            "stage_failed", f"the engine {engine!r} made frames of {frames.shape[1:]}, not {dim} columns"
        )


class FrameSlots:
    """Writes the frames of one utterance. The methods are those of `PcmWriter`."""

    def __init__(
        self,
        context: Context,
        ring: Producer,
        views: Sequence[NDArray[np.float32]],
        spec: engines.FrameSpec,
        engine: str,
        rate: int,
    ) -> None:
        """views: of the payload of each slot. engine: its name. rate: of the utterance's voice, in Hz."""
        self._context, self._ring, self._views, self._spec, self._engine = context, ring, views, spec, engine
        self._most = fitting(spec, rate, ring.capacity, _SLOT_S)

    def write(self, frames: engines.Frames, index: int, source: Slot, started: int) -> int:
        """See `PcmWriter.write`. UtteranceFailed where the frames have another shape than ``spec``."""
        if len(frames):
            check_columns(frames, self._spec.dim, self._engine)
        now = time.monotonic_ns()  # of all of them: they were made together
        for at in range(0, len(frames), self._most):
            part = frames[at : at + self._most]
            slot = self._context.wait_for_slot(self._ring, source)
            np.copyto(self._views[slot.index][: part.size].reshape(part.shape), part)
            slot.head(s.FRAMES, source, len(part), index + at, 4 * part.size)
            slot.words[s.DIM] = self._spec.dim
            slot.stamp(started, now)
            self._ring.publish()
        return index + len(frames)

    def forward(self, source: Slot, index: int) -> None:
        """See `PcmWriter.forward`."""
        slot = self._context.wait_for_slot(self._ring, source)
        slot.forward(source)
        slot.words[s.INDEX] = index
        now = time.monotonic_ns()
        slot.stamp(now, now)
        self._ring.publish()
