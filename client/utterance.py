"""What ``Client`` returns: utterances, sample streams and event subscriptions."""

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
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Utterance(UtteranceBase[Connection]):
    """One utterance of a ``Client``; use it in the client's thread.

    As a context manager: leaving the block finishes the text; leaving it by an exception cancels the utterance. Each
    method raises DaemonUnreachable if the daemon has gone away, and RequestRefused if earlier appended text was
    refused.
    """

    def append(self, text: str) -> None:
        """Append text. Does nothing if the utterance has already finished."""
        if not self._is_finished():
            self._connection.send(requests.Append(id=self.id, text=text))

    def finish(self) -> None:
        """Declare the text complete."""
        self._is_open = False
        if not self._is_finished():
            self._connection.send(requests.Finish(id=self.id))

    def wait(self, timeout: float | None = None) -> m.Finished:
        """Wait until the utterance has finished. UtteranceFailed if it failed; TimeoutError after ``timeout`` s."""
        end = None if timeout is None else time.monotonic() + timeout
        self._connection.is_alive()
        while not self._is_finished():
            left = None if end is None else end - time.monotonic()
            if left is not None and left < 0:
                raise TimeoutError(f"the utterance has not finished after {timeout:g} s; wait longer or cancel it")
            self._connection.receive(left)
        assert self.finished is not None
        return self.checked(self.finished)

    def events(self) -> Iterator[UtteranceEvent]:
        """Yield ``started``, each ``mark`` and ``finished``, from the beginning. A failure is not raised here.

        For a stream, words are marked as their samples are taken: read ``marks`` between blocks instead.
        """
        index = 0
        while True:
            while index < len(self._events):
                yield self._events[index]
                index += 1
            if self._is_finished():
                return
            self._connection.receive()

    def cancel(self) -> m.Finished:
        """Cancel the utterance, wait for its end and return what was heard."""
        if self.finished is None:
            with contextlib.suppress(RequestRefused):  # it may have finished meanwhile
                self._connection.ask(requests.Cancel(ids=[self.id]), m.Cancelled)
        self._refusal = None  # refused text no longer matters
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with contextlib.suppress(SteadyvoiceError):  # the exception of the block is more informative
                self.cancel()
        elif self._is_open:
            self.finish()


class Stream(Samples[Connection], Utterance):
    """Utterance that sends its samples to this client: iterate over its blocks, in the client's thread.

    As a context manager: leaving the block closes the stream, or finishes the text if it is still open.
    """

    @property
    def sample_rate(self) -> int:
        """Sample rate in hertz. Waits until synthesis has begun; 0 if the utterance ended before that."""
        while self.started is None and not self._is_finished():
            self._connection.receive()
        if self.started is None:
            assert self.finished is not None
            self.checked(self.finished)
            return 0
        return self.started.sample_rate

    def __iter__(self) -> "Iterator[NDArray[Any]]":
        """Yield the blocks as they are produced. UtteranceFailed if it failed; a cancelled utterance just ends."""
        while True:
            if (block := self.take()) is not None:
                yield block
            elif self._has_ended():
                return
            else:
                self._connection.receive(None, *self.waits_on)

    def read(self) -> bytes:
        """Return the next block as bytes, in the ``format`` asked for, little-endian; ``b""`` after the last one."""
        while (block := self.take_bytes()) is None:
            if self._has_ended():
                return b""
            self._connection.receive(None, *self.waits_on)
        return block

    def report_position(self, samples: int) -> None:
        """Report that the listener has heard this many samples, where this program passes the samples on.

        ``heard`` of an utterance that ends early then counts these, not the samples taken. Does nothing at the end.
        """
        if not self._is_finished():
            self._connection.send(requests.Position(id=self.id, samples=samples))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._is_open:
            self.close()
        else:
            super().__exit__(kind, error, trace)


class Subscription(SubscriptionBase[Connection]):
    """Events of all clients' utterances: iterate, in the client's thread. ``close`` or leaving ``with`` ends it."""

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
