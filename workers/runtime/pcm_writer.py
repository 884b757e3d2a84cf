"""Arrays of samples into the slots of a ring."""

import time
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.runtime.stage import Context


class PcmWriter:
    """Writes arrays of samples into a ring, in place, as many in a slot as it holds.

    sample: f32, as they come; or s16, -1 to 1 as -32767 to 32767, rounded, and clipped.
    """

    def __init__(self, context: Context, ring: Producer, sample: Literal["f32", "s16"] = "f32") -> None:
        self._context, self._ring = context, ring
        self._rows = 0
        """In the slot at hand, which is not published yet."""
        dtype = np.dtype("<f4" if sample == "f32" else "<i2")
        self._block = ring.capacity // dtype.itemsize
        self._views = [np.frombuffer(slot.payload, dtype) for slot in ring.slots]
        self._scaled = np.empty(self._block, np.float32) if sample == "s16" else None

    def write(self, samples: NDArray[np.float32], index: int, source: Slot, started: int) -> int:
        """Publish the samples, the first of which has number ``index``; return the number after the last."""
        while len(samples):
            slot = self._room(source)
            part = samples[: self._block - self._rows]
            view = self._views[slot.index][: self._rows + len(part)]
            self._put(part, view[self._rows :])
            slot.head(s.PCM, source, rows=len(view), index=index - self._rows, payload_bytes=view.nbytes)
            slot.stamp(self._context.index, started, time.monotonic_ns())
            self._rows = len(view)
            if self._is_due():
                self.flush()
            index, samples = index + len(part), samples[len(part) :]
        return index

    def flush(self) -> None:
        """Publish what is at hand."""
        if self._rows:
            self._rows = 0
            self._ring.publish()

    def _room(self, source: Slot) -> Slot:
        return self._context.room(self._ring, source)

    def _is_due(self) -> bool:
        return True

    def _put(self, part: NDArray[np.float32], view: NDArray[np.float32 | np.int16]) -> None:
        if self._scaled is None:
            view[:] = part
            return
        scaled = self._scaled[: len(part)]
        np.clip(part, -1.0, 1.0, out=scaled)
        np.multiply(scaled, 32767.0, out=scaled)
        np.rint(scaled, out=scaled)
        np.copyto(view, scaled, casting="unsafe")

    def forward(self, source: Slot, index: int) -> None:
        """Publish a slot that carries no samples, as it stands at sample ``index``."""
        self.flush()
        slot = self._room(source)
        slot.copy(source)
        slot.words[s.INDEX] = index
        now = time.monotonic_ns()
        slot.stamp(self._context.index, now, now)
        self._ring.publish()
