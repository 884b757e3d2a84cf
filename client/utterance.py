"""What ``Client`` hands out: an utterance to wait for, a stream of its samples, and everybody's events."""

import contextlib
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steadyvoice.client.connection import Connection
from steadyvoice.client.errors import RequestRefused
from steadyvoice.client.samples import Samples
from steadyvoice.client.subscription_base import SubscriptionBase
from steadyvoice.client.utterance_base import UtteranceBase, UtteranceEvent
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Utterance(UtteranceBase[Connection]):
    """One utterance. As a context manager: leaving the block says that all its text has been appended.

    Each method raises DaemonUnreachable where the daemon has gone away, and RequestRefused for text appended before.
    """

    def append(self, text: str) -> None:
        """More text. Where the utterance is over already, it goes nowhere."""
        if not self._is_finished():
            self._connection.send(m.Append(id=self.id, text=text))

    def finish(self) -> None:
        """There is no more text."""
        self._is_open = False
        if not self._is_finished():
            self._connection.send(m.Finish(id=self.id))

    def wait(self, timeout: float | None = None) -> m.Finished:
        """Until it is over. UtteranceFailed where that was an error; TimeoutError where it goes on after so long."""
        end = None if timeout is None else time.monotonic() + timeout
        self._connection.is_alive()
        while not self._is_finished():
            left = None if end is None else end - time.monotonic()
            if left is not None and left < 0:
                raise TimeoutError(f"the utterance is not over after {timeout:g} s; wait on, or cancel it")
            self._connection.receive(left)
        assert self.finished is not None
        return self.checked(self.finished)

    def events(self) -> Iterator[UtteranceEvent]:
        """``started``, each ``mark`` and ``finished`` as they come, those from before too; an error is no exception.

        Of a stream, words are marked when their samples are taken: look at ``marks`` between its blocks.
        """
        told = 0
        while True:
            while told < len(self._events):
                yield self._events[told]
                told += 1
            if self._is_finished():
                return
            self._connection.receive()

    def cancel(self) -> m.Finished:
        """Silence it at once; return what was heard."""
        if self.finished is None:
            with contextlib.suppress(RequestRefused):  # it has finished by itself meanwhile
                self._connection.ask(m.Cancel(ids=[self.id]), m.Cancelled)
        self._refusal = None  # of text that is not wanted any more
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with contextlib.suppress(SteadyvoiceError):  # the error that was first says more
                self.cancel()
        elif self._is_open:
            self.finish()


class Stream(Samples[Connection], Utterance):
    """An utterance whose samples come here: iterate over its blocks.

    As a context manager: leaving the block closes it, or, where its text is still open, says that this is all of it.
    """

    @property
    def sample_rate(self) -> int:
        """Hertz. Waits until the daemon has begun with the utterance; 0 where it never has."""
        while self.started is None and not self._is_finished():
            self._connection.receive()
        if self.started is None:
            assert self.finished is not None
            self.checked(self.finished)
            return 0
        return self.started.sample_rate

    def __iter__(self) -> "Iterator[NDArray[Any]]":
        """The blocks as they come. UtteranceFailed where the speech cannot go on; a cancelled one just ends."""
        while True:
            if (block := self.take()) is not None:
                yield block
            elif self._is_finished():
                assert self.finished is not None
                self.checked(self.finished)
                return
            else:
                self._connection.receive(None, *self.waits_on)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._is_open:
            self.close()
        else:
            super().__exit__(kind, error, trace)


class Subscription(SubscriptionBase[Connection]):
    """Everybody's events: iterate over them. Closed by ``close``, or by leaving its ``with`` block."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> m.Event:
        while (event := self._next()) is None:
            if self._closed:
                raise StopIteration
            self._connection.receive()
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
