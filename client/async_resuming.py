"""`ResumingStream` on an asyncio event loop."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steadyvoice.client.async_connection import AsyncConnection
from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.client.link import no_reply
from steadyvoice.client.resuming_base import Part, ResumingBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _AsyncPart(Part[AsyncConnection], AsyncStream):
    pass


class AsyncResumingStream(ResumingBase):
    """See `ResumingBase`. Use it in one task; ``close``, or leaving ``async with``, ends it."""

    _part: _AsyncPart | None = None

    async def __aiter__(self) -> "AsyncIterator[NDArray[Any]]":
        """Yield the blocks that follow, as they are produced."""
        try:
            while (block := await self._next()) is not None:
                yield block
        finally:
            self.close()

    async def _next(self) -> "NDArray[Any] | None":
        """None at the end of the stream."""
        while True:
            try:
                self._part = part = self._part or await self._connect()
                block = await self._take(part)
            except SteadyvoiceError as error:
                self.close()
                await asyncio.sleep(self._resumption.failed(error, time.monotonic()))
                continue
            if block is not None:
                self.sample_rate = part.rate
                self._resumption.received(len(block))
            return block

    async def _take(self, part: _AsyncPart) -> "NDArray[Any] | None":
        while (block := part.take()) is None:
            if part._has_ended():
                return None
            try:
                async with asyncio.timeout(self._silence_s / 2):
                    await part._wait_for_block()
            except TimeoutError:
                await part._connection.ask(requests.Hello(), m.Welcome)  # a daemon that is only slow answers
        return block

    async def _connect(self) -> _AsyncPart:
        """DaemonUnreachable also if the daemon does not accept the text in ``silence_s``."""
        connection = await AsyncConnection.connect(self._path, self._silence_s / 2)
        try:
            async with asyncio.timeout(self._silence_s):
                reply = await connection.request(
                    self._remaining(), lambda number: _AsyncPart(connection, number, is_open=False)
                )
            assert isinstance(reply.utterance, _AsyncPart)
        except TimeoutError as error:
            connection.close()
            raise no_reply(self._path, self._silence_s) from error
        except BaseException:
            connection.close()
            raise
        return reply.utterance

    def close(self) -> None:
        """Disconnect: the daemon computes no more of the stream. Iterating again goes on with it."""
        part, self._part = self._part, None
        if part is not None:
            part.close()
            part._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
