"""Samples into the ring of one client's utterance."""

import contextlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced, UtteranceFailed
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.pcm_writer import PcmWriter


class ClientWriter(PcmWriter):
    """Writes into the ring of one client's utterance. It never waits for the client, which may do anything.

    While the client has much to read, small pieces share a slot, so that the slots suffice for the whole lookahead.
    Samples that are in the ring already, also from a process that this one replaces, are not written again.
    """

    def __init__(self, context: Context, ring: Producer, sample: Literal["f32", "s16"]) -> None:
        super().__init__(context, ring, sample)
        last = ring.last
        self._written = 0 if last is None else last.words[s.INDEX] + last.words[s.COUNT]
        self._ended = last is not None and last.words[s.KIND] == s.END

    def write(self, samples: NDArray[np.float32], index: int, source: Slot, started: int) -> int:
        end = index + len(samples)
        if end > self._written:
            self._written = super().write(
                samples[max(0, self._written - index) :], max(index, self._written), source, started
            )
        return end

    def forward(self, source: Slot, index: int, payload: bytes | None = None) -> None:
        if not self._ended:
            super().forward(source, index, payload)

    def end_segment(self, source: Slot, index: int) -> bool:
        """While the client has much to read, short segments share a slot too."""
        return self.flush_if_read()

    def flush_if_read(self) -> bool:
        """Publish all, where the client has room for it."""
        if self._ring.fill > self._ring.size // 2:
            return False
        self.flush()
        return True

    def _next_slot(self, source: Slot) -> Slot:
        with contextlib.suppress(Fenced):
            if (slot := self._ring.reserve()) is not None:
                return slot
        raise UtteranceFailed(
            "bad_message", "invalid ring counters written by the client; see docs/protocol.md, Reading"
        )

    def _is_complete(self) -> bool:
        return self._slot_samples == self._block or self._ring.fill < self._ring.size // 4
