"""The samples of a stream, from shared memory or from the socket, as they can be taken. numpy only for that."""

import contextlib
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from steadyvoice.client.errors import ErrorFactory
from steadyvoice.client.utterance_base import C, UtteranceBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REPORT_SLOTS: Final = 8
"""The daemon is told of so many slots taken at once: a bell a slot would wake it for nothing."""
_DESCRIPTORS: Final = 3


class Samples(UtteranceBase[C]):
    """Blocks are arrays [n], mono, that belong to the caller: float32 from -1 to 1, int16 with ``format="s16"``.

    An utterance whose samples nobody can take any more is cancelled.
    """

    def __init__(self, connection: C, number: int, is_open: bool) -> None:
        super().__init__(connection, number, is_open)
        self._ring: Consumer | None = None
        self._filled: EventNotifier | None = None
        self._taken: EventNotifier | None = None
        self._inline: deque[bytes] = deque()
        self._position = self._unreported_slots = 0
        self.history: list[int] = []
        """Of the last block taken: when each stage began and finished with it, monotonic nanoseconds, two a stage."""

    @property
    def waits_on(self) -> list[int]:
        """Descriptors to watch, beside the connection, while ``take`` has nothing."""
        return [self._filled.fd] if self._filled is not None else []

    def take(self) -> "NDArray[Any] | None":
        """The next block, if one is there. With ``finished`` set and None there will be no more."""
        import numpy as np

        dtype = np.dtype(np.int16 if self.started is not None and self.started.format == "s16" else np.float32)
        if self._inline:
            return np.frombuffer(self._inline.popleft(), dtype.newbyteorder("<")).astype(dtype)
        if (slot := self._next_slot()) is None or self._ring is None:
            return None
        rows = slot.words[s.COUNT]
        block = np.frombuffer(slot.payload, dtype, rows).copy()
        self.history = slot.times()
        self._position = slot.words[s.INDEX] + rows
        self._ring.release(self._position)
        self._unreported_slots += 1
        if self._unreported_slots >= _REPORT_SLOTS:
            self._report_taken_slots()
        return block

    def close(self) -> None:
        """Silence it, if it is not over, and give its descriptors back. Does not wait; iterating then ends."""
        self._detach()
        self._inline.clear()
        if self.finished is None and self._connection_error is None:
            self._connection.fire_and_forget(m.Cancel(ids=[self.id]))

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it has never been wholly made
            self.close()

    def _next_slot(self) -> s.Slot | None:
        ring, filled = self._ring, self._filled
        if ring is None or filled is None:
            return None
        slot = ring.peek()
        if slot is None:
            if self._unreported_slots:
                self._report_taken_slots()
            filled.clear()  # then look again: what came before the clearing is seen, what comes after wakes
            slot = ring.peek()
        if slot is not None and slot.words[s.KIND] != s.PCM:  # the end
            ring.release(self._position)
            self._report_taken_slots()
            return None
        return slot

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
            except (OSError, ValueError) as error:
                self._on_connection_lost(partial(SteadyvoiceError, f"cannot read the samples: {error}"))
            fds = []
        elif isinstance(event, m.Finished):
            self._detach()
            if event.reason != "done":
                self._inline.clear()  # what was not taken is not to be heard
        super()._on_event(event, fds)

    def _attach(self, fds: list[int]) -> None:
        if len(fds) < _DESCRIPTORS:  # the kernel keeps back what a process has no numbers for
            close_all(fds)
            raise ValueError(
                "their shared memory has not come: this program has too many files open (raise ulimit -n), "
                "or a proxy or sandbox between passes no descriptors on (ask with inline=True)"
            )
        ring, filled, taken = fds
        self._filled, self._taken = EventNotifier(filled), EventNotifier(taken)
        try:
            self._ring = Consumer(ring, None)
        finally:
            close_all([ring])

    def _on_connection_lost(self, why: ErrorFactory) -> None:
        if self.finished is None:
            self.close()
        super()._on_connection_lost(why)

    def _detach(self) -> None:
        """Unmap and close what the descriptors gave."""
        self._ring = self._filled = self._taken = None
