"""Samples of a stream, from shared memory or from the socket. numpy is imported only when a block is taken."""

import contextlib
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from steadyvoice.client.errors import ErrorFactory
from steadyvoice.client.utterance_base import C, UtteranceBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import RingUnusable, SteadyvoiceError
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REPORT_SLOTS: Final = 8
"""Taken slots are reported to the daemon in groups of this size, because each report wakes it."""
_DESCRIPTORS: Final = 3


class Samples(UtteranceBase[C]):
    """Utterance that sends its samples to this client. For one consumer, in the client's thread or event loop.

    Blocks are mono arrays [n] owned by the caller: float32 in [-1, 1], or int16 with ``format="s16"``. The utterance is
    cancelled when the stream is closed or garbage-collected.
    """

    def __init__(self, connection: C, number: int, is_open: bool) -> None:
        super().__init__(connection, number, is_open)
        self._ring: Consumer | None = None
        self._filled: EventNotifier | None = None
        self._taken: EventNotifier | None = None
        self._inline: deque[bytes] = deque()
        self._position = self._unreported_slots = 0
        self.history: list[int] = []
        """Of the last block taken: monotonic ns at which each stage began and finished it, two values per stage."""

    @property
    def waits_on(self) -> list[int]:
        """Descriptors to poll, beside the connection, while ``take`` returns None."""
        return [self._filled.fd] if self._filled is not None else []

    def take(self) -> "NDArray[Any] | None":
        """Return the next block, or None if none is ready. None with ``finished`` set: there are no more blocks."""
        import numpy as np

        dtype = np.dtype(np.int16 if self.started is not None and self.started.format == "s16" else np.float32)
        if self._inline:
            return np.frombuffer(self._inline.popleft(), dtype.newbyteorder("<")).astype(dtype)
        if (slot := self._next_slot()) is None:
            return None
        block = np.frombuffer(slot.payload, dtype, slot.words[s.COUNT]).copy()
        self._release(slot)
        return block

    def take_bytes(self) -> bytes | None:
        """Like ``take``: the block's samples as bytes, little-endian, without numpy."""
        if self._inline:
            return self._inline.popleft()
        if (slot := self._next_slot()) is None:
            return None
        block = slot.bytes()
        self._release(slot)
        return block

    def _has_ended(self) -> bool:
        """Whether no more blocks come. UtteranceFailed if the utterance failed; a cancelled one just ends."""
        if not self._is_finished():
            return False
        assert self.finished is not None
        self.checked(self.finished)
        return True

    def close(self) -> None:
        """Cancel the utterance unless it has finished, and release its shared memory.

        Does not wait; iteration then ends.
        """
        self._detach()
        self._inline.clear()
        if self.finished is None and self._connection_error is None:
            self._connection.fire_and_forget(requests.Cancel(ids=[self.id]))

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # __init__ did not complete
            self.close()

    def _next_slot(self) -> s.Slot | None:
        ring, filled = self._ring, self._filled
        if ring is None or filled is None:
            return None
        slot = ring.peek()
        if slot is None:
            if self._unreported_slots:
                self._report_taken_slots()
            filled.clear()  # then check again: a block published before the clear is seen now, a later one notifies
            slot = ring.peek()
        if slot is not None and slot.words[s.KIND] != s.PCM:  # the end
            ring.release(self._position)
            self._report_taken_slots()
            return None
        return slot

    def _release(self, slot: s.Slot) -> None:
        assert self._ring is not None
        self.history = slot.times()
        self._position = slot.words[s.INDEX] + slot.words[s.COUNT]
        self._ring.release(self._position)
        self._unreported_slots += 1
        if self._unreported_slots >= _REPORT_SLOTS:
            self._report_taken_slots()

    def _report_taken_slots(self) -> None:
        self._unreported_slots = 0
        if self._taken is not None:
            self._taken.notify()

    def _on_event(self, event: m.Event, fds: list[int]) -> None:
        if isinstance(event, m.Audio):
            self._inline.append(event.data)
        elif isinstance(event, m.Started) and event.ring:
            try:
                self._attach(fds)
            except (OSError, RingUnusable) as error:
                self._on_connection_lost(partial(SteadyvoiceError, f"cannot read the samples: {error}"))
            fds = []
        elif isinstance(event, m.Finished):
            self._detach()
            if event.reason != "done":
                self._inline.clear()  # blocks of a cancelled utterance must not be played
        super()._on_event(event, fds)

    def _attach(self, fds: list[int]) -> None:
        if len(fds) < _DESCRIPTORS:  # the kernel drops descriptors that exceed the process limit
            close_all(fds)
            raise RingUnusable(
                "their shared memory was not received: this program has too many open files (raise ulimit -n), "
                "or a proxy or sandbox passes no descriptors on (ask with inline=True)"
            )
        ring, filled, taken = fds
        self._filled, self._taken = EventNotifier(filled), EventNotifier(taken)
        try:
            self._ring = Consumer(ring, None)
            self._position = self._ring.position
        finally:
            close_all([ring])

    def _on_connection_lost(self, make_error: ErrorFactory) -> None:
        if self.finished is None:
            self.close()
        super()._on_connection_lost(make_error)

    def _detach(self) -> None:
        """Unmap the ring and close its descriptors."""
        self._ring = self._filled = self._taken = None
