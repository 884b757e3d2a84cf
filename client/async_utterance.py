"""What ``AsyncClient`` returns: utterances, sample streams and event subscriptions."""

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steadyvoice.client.async_connection import AsyncConnection, Wakeup
from steadyvoice.client.errors import RequestRefused
from steadyvoice.client.samples import Samples
from steadyvoice.client.subscription_base import SubscriptionBase
from steadyvoice.client.utterance_base import UtteranceBase, UtteranceEvent
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class AsyncUtterance(UtteranceBase[AsyncConnection]):
    """One utterance of an ``AsyncClient``; any number of tasks of its event loop may use it. Errors: as ``Utterance``.

    Leaving ``async with`` finishes the text; leaving it by an exception cancels the utterance.
    """

    def __init__(self, connection: AsyncConnection, number: int, is_open: bool) -> None:
        self._signal = Wakeup()
        super().__init__(connection, number, is_open)

    async def append(self, text: str) -> None:
        """Append text; waits while the daemon is behind. Does nothing if the utterance has already finished."""
        if not self._is_finished():
            await self._connection.send(requests.Append(id=self.id, text=text))

    async def finish(self) -> None:
        """Declare the text complete."""
        self._is_open = False
        if not self._is_finished():
            await self._connection.send(requests.Finish(id=self.id))

    async def wait(self) -> m.Finished:
        """Wait until the utterance has finished. UtteranceFailed if it failed. Use ``asyncio.timeout`` for a limit."""
        while not self._is_finished():
            await self._next_change()
        assert self.finished is not None
        return self.checked(self.finished)

    async def events(self) -> AsyncIterator[UtteranceEvent]:
        """Yield ``started``, each ``mark`` and ``finished``, from the beginning. A failure is not raised here.

        For a stream, words are marked as their samples are taken, which another task must do.
        """
        index = 0
        while True:
            while index < len(self._events):
                yield self._events[index]
                index += 1
            if self._is_finished():
                return
            await self._next_change()

    async def cancel(self) -> m.Finished:
        """Cancel the utterance, wait for its end and return what was heard."""
        if self.finished is None:
            with contextlib.suppress(RequestRefused):  # it may have finished meanwhile
                await self._connection.ask(requests.Cancel(ids=[self.id]), m.Cancelled)
        self._refusal = None  # refused text no longer matters
        return await self.wait()

    def _on_change(self) -> None:
        self._signal.notify()

    async def _next_change(self) -> None:
        await self._signal.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with contextlib.suppress(SteadyvoiceError):  # the exception of the block is more informative
                await self.cancel()
        elif self._is_open:
            await self.finish()


class AsyncStream(Samples[AsyncConnection], AsyncUtterance):
    """Utterance that sends its samples to this client: iterate over its blocks, in one task of the event loop."""

    def __init__(self, connection: AsyncConnection, number: int, is_open: bool) -> None:
        self._readers = 0
        super().__init__(connection, number, is_open)

    @property
    def sample_rate(self) -> int:
        """Sample rate in hertz. 0 until synthesis has begun; known when the first block is returned."""
        return self.started.sample_rate if self.started is not None else 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> "NDArray[Any]":
        while (block := self.take()) is None:
            if self._has_ended():
                raise StopAsyncIteration
            await self._wait_for_block()
        return block

    async def read(self) -> bytes:
        """Return the next block as bytes, in the ``format`` asked for, little-endian; ``b""`` after the last one.

        For programs that pass samples on: numpy is not imported. UtteranceFailed if the utterance failed.
        """
        while (block := self.take_bytes()) is None:
            if self._has_ended():
                return b""
            await self._wait_for_block()
        return block

    async def report_position(self, samples: int) -> None:
        """Report that the listener has heard this many samples, where this program passes the samples on.

        ``heard`` of an utterance that ends early then counts these, not the samples taken. Does nothing at the end.
        """
        if not self._is_finished():
            await self._connection.send(requests.Position(id=self.id, samples=samples))

    async def _wait_for_block(self) -> None:
        """Wait for an event or a block.

        The loop watches the notifier only meanwhile: its reference would keep an abandoned stream alive.
        """
        notifier, loop = self._filled, self._connection.loop
        self._readers += 1
        if notifier is not None:
            loop.add_reader(notifier.fd, self._on_change)
        try:
            await self._next_change()
        finally:
            self._readers -= 1
            if notifier is not None and notifier is self._filled and not self._readers:
                loop.remove_reader(notifier.fd)

    def _detach(self) -> None:
        if self._filled is not None and self._readers:
            self._connection.loop.remove_reader(self._filled.fd)
        super()._detach()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._is_open:
            self.close()
        else:
            await super().__aexit__(kind, error, trace)


class AsyncSubscription(SubscriptionBase[AsyncConnection]):
    """Events of all clients' utterances: iterate, in a task of the event loop. ``close`` ends it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._signal = Wakeup()
        super().__init__(connection)

    def _on_change(self) -> None:
        self._signal.notify()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> m.Event:
        while (event := self._next()) is None:
            if self._closed:
                raise StopAsyncIteration
            await self._signal.wait()
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
