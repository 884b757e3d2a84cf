"""What ``Client`` hands out: an utterance to wait for, and a stream of its samples."""

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from steadyvoice.client.connection import Connection
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.doorbell import EventBell
from steadyvoice.ipc.errors import Code, Refused, SteadyvoiceError
from steadyvoice.ipc.ring import Consumer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CREDIT_SLOTS: Final = 8
"""The daemon is told of so many slots taken at once: a bell a slot would wake it for nothing."""


class UtteranceFailed(SteadyvoiceError):
    """The utterance was accepted and could not be spoken to its end."""

    def __init__(self, code: Code, message: str, finished: m.Finished) -> None:
        super().__init__(message)
        self.code: Code = code
        self.finished = finished


class Utterance:
    """One utterance. As a context manager: leaving the block says that all its text has been appended."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self.id = number
        self.started: m.Started | None = None
        self.finished: m.Finished | None = None
        """Set when it is over: the reason, what was heard, and the timings in milliseconds."""

    def append(self, text: str) -> None:
        """More text. Refused comes with the next call that waits."""
        self._connection.send(m.Append(id=self.id, text=text))

    def finish(self) -> None:
        """There is no more text."""
        self._connection.send(m.Finish(id=self.id))

    def wait(self) -> m.Finished:
        """Until it is over. UtteranceFailed where that was an error."""
        while self.finished is None:
            self._connection.receive()
        return self.checked(self.finished)

    def cancel(self) -> m.Finished:
        """Silence it at once; return what was heard."""
        with contextlib.suppress(Refused):  # it has finished by itself meanwhile
            self._connection.ask(m.Cancel(ids=[self.id]), m.Cancelled)
        return self.wait()

    @staticmethod
    def checked(finished: m.Finished) -> m.Finished:
        """The same again. UtteranceFailed where it tells of an error."""
        if finished.code is not None:
            raise UtteranceFailed(finished.code, finished.message, finished)
        return finished

    def _on_event(self, event: m.Event, fds: list[int]) -> None:
        if isinstance(event, m.Started):
            self.started = event
        elif isinstance(event, m.Finished):
            self.finished = event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.cancel()


class Stream(Utterance):
    """An utterance whose samples come here, through shared memory: iterate over float32 arrays [n], mono."""

    def __init__(self, connection: Connection, number: int) -> None:
        super().__init__(connection, number)
        self._ring: Consumer | None = None
        self._filled: EventBell | None = None
        self._taken: EventBell | None = None
        self._position = self._untold = 0
        self.history: list[int] = []
        """Of the last block taken: when each stage began and finished with it, monotonic nanoseconds, two a stage."""

    def _on_event(self, event: m.Event, fds: list[int]) -> None:
        super()._on_event(event, fds)
        if isinstance(event, m.Started):
            ring, filled, taken = fds
            self._ring = Consumer(ring, None)
            self._filled, self._taken = EventBell(filled), EventBell(taken)
            close_all([ring])

    @property
    def sample_rate(self) -> int:
        """Hertz. Waits until the daemon has begun with the utterance."""
        while self.started is None:
            if self.finished is not None:
                self.checked(self.finished)
                return 0
            self._connection.receive()
        return self.started.sample_rate

    @property
    def waits_on(self) -> list[int]:
        """Descriptors to watch, beside the connection, while ``take`` has nothing."""
        return [self._filled.fd] if self._filled is not None else []

    def take(self) -> "NDArray[np.float32] | None":
        """The next block, if one is there. ``finished`` is set when there will be no more."""
        import numpy as np

        ring, filled, taken = self._ring, self._filled, self._taken
        if ring is None or filled is None or taken is None:
            return None
        if self.finished is not None and self.finished.reason == "cancelled":
            return None  # what is left in the ring is not to be heard
        slot = ring.peek()
        if slot is None:
            if self._untold:
                self._untold = 0
                taken.ring()
            filled.clear()  # then look again: what came before the clearing is seen, what comes after wakes
            if (slot := ring.peek()) is None:
                return None
        if slot.words[s.KIND] == s.END:
            ring.release(self._position)
            taken.ring()
            return None
        rows = slot.words[s.ROWS]
        block = np.frombuffer(slot.payload, np.float32, rows).copy()
        self.history = slot.times()
        self._position += rows
        ring.release(self._position)
        self._untold += 1
        if self._untold >= _CREDIT_SLOTS:
            self._untold = 0
            taken.ring()
        return block

    def __iter__(self) -> "Iterator[NDArray[np.float32]]":
        """The blocks as they come. UtteranceFailed where the speech cannot go on; a cancelled one just ends."""
        while True:
            if (block := self.take()) is not None:
                yield block
            elif self.finished is not None:
                self.checked(self.finished)
                return
            else:
                self._connection.receive(None, *self.waits_on)
