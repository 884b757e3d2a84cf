"""Writing arrays of samples into the slots of a ring."""

import time
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.runtime.context import Context


class PcmWriter:
    """Copies arrays of samples into the slots of a ring, each slot filled as far as it goes.

    sample: the format in the ring. f32: unchanged. s16: -1 to 1 becomes -32767 to 32767, rounded and clipped.
    """

    def __init__(self, context: Context, ring: Producer, sample: Literal["f32", "s16"] = "f32") -> None:
        self._context, self._ring = context, ring
        self._slot_samples = 0
        """Samples in the current slot, which is not published yet."""
        dtype = np.dtype("<f4" if sample == "f32" else "<i2")
        self._block = ring.capacity // dtype.itemsize
        self._views = [np.frombuffer(slot.payload, dtype) for slot in ring.slots]
        self._scaled = np.empty(self._block, np.float32) if sample == "s16" else None

    def write(self, samples: NDArray[np.float32], index: int, source: Slot, started: int) -> int:
        """Publish the samples; ``index`` is the position of the first. Return the position after the last.

        source: the input slot that they were made of. started: when the stage took it, monotonic nanoseconds.
        Stale or Stopping where the ring is full; see ``Context.wait_for_slot``.
        """
        while len(samples):
            slot = self._next_slot(source)
            part = samples[: self._block - self._slot_samples]
            view = self._views[slot.index][: self._slot_samples + len(part)]
            self._copy(part, view[self._slot_samples :])
            slot.head(s.PCM, source, count=len(view), index=index - self._slot_samples, payload_bytes=view.nbytes)
            slot.stamp(started, time.monotonic_ns())
            self._slot_samples = len(view)
            if self._is_complete():
                self.flush()
            index, samples = index + len(part), samples[len(part) :]
        return index

    def flush(self) -> None:
        """Publish the current slot, if it has samples."""
        if self._slot_samples:
            self._slot_samples = 0
            self._ring.publish()

    def end_segment(self, source: Slot, index: int) -> bool:
        """All samples of a segment were written; ``index`` is the position after them. False: not published yet."""
        self.forward(source, index)
        return True

    def _next_slot(self, source: Slot) -> Slot:
        return self._context.wait_for_slot(self._ring, source)

    def _is_complete(self) -> bool:
        return True

    def _copy(self, part: NDArray[np.float32], view: NDArray[np.float32 | np.int16]) -> None:
        if self._scaled is None:
            view[:] = part
            return
        scaled = self._scaled[: len(part)]
        np.clip(part, -1.0, 1.0, out=scaled)
        np.multiply(scaled, 32767.0, out=scaled)
        np.rint(scaled, out=scaled)
        np.copyto(view, scaled, casting="unsafe")

    def forward(self, source: Slot, index: int, payload: bytes | None = None) -> None:
        """Publish a copy of a slot that carries no samples; ``index`` is its position. payload: in place of its own."""
        self.flush()
        slot = self._next_slot(source)
        slot.forward(source)
        if payload is not None:
            slot.put(payload)
        slot.words[s.INDEX] = index
        now = time.monotonic_ns()
        slot.stamp(now, now)
        self._ring.publish()


class PcmOutputs:
    """The writers into all rings of a stage, which may come and go."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._writers = {ring: PcmWriter(context, ring) for ring in context.outputs.values()}

    def of(self, wanted: UtteranceSpec) -> PcmWriter:
        """The writer to the next stage of the utterance's path."""
        ring = self._context.output(wanted)
        if ring not in self._writers:
            present = set(self._context.outputs.values())
            self._writers = {old: writer for old, writer in self._writers.items() if old in present}
            self._writers[ring] = PcmWriter(self._context, ring)
        return self._writers[ring]
