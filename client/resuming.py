"""A stream that outlives its daemon: another one, or the same one started again, goes on from the sample reached."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steadyvoice.client.connection import Connection
from steadyvoice.client.link import no_reply
from steadyvoice.client.resuming_base import Part, ResumingBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ResumingStream(ResumingBase):
    """See `ResumingBase`. Use it in one thread; ``close``, or leaving ``with``, ends it."""

    _part: Part[Connection] | None = None

    def __iter__(self) -> "Iterator[NDArray[Any]]":
        """Yield the blocks that follow, as they are produced."""
        try:
            while (block := self._next()) is not None:
                yield block
        finally:
            self.close()

    def _next(self) -> "NDArray[Any] | None":
        """None at the end of the stream."""
        while True:
            try:
                self._part = part = self._part or self._connect()
                block = self._take(part)
            except SteadyvoiceError as error:
                self.close()
                time.sleep(self._resumption.failed(error, time.monotonic()))
                continue
            if block is not None:
                self.sample_rate = part.rate
                self._resumption.received(len(block))
            return block

    def _take(self, part: Part[Connection]) -> "NDArray[Any] | None":
        connection = part._connection
        while (block := part.take()) is None:
            if part._has_ended():
                return None
            if not connection.receive(self._silence_s / 2, *part.waits_on):
                connection.ask(requests.Hello(), m.Welcome)  # a daemon that is only slow answers
        return block

    def _connect(self) -> Part[Connection]:
        """DaemonUnreachable also if the daemon does not accept the text in ``silence_s``."""
        connection = Connection(self._path, self._silence_s / 2)
        try:
            reply = connection.session.ask(self._remaining(), lambda number: Part(connection, number, is_open=False))
            end = time.monotonic() + self._silence_s
            connection.transfer()
            while not reply.is_settled:
                if (left := end - time.monotonic()) <= 0:
                    raise no_reply(self._path, self._silence_s)
                connection.receive(left)
            if reply.refused is not None:
                raise reply.refused()
            assert isinstance(reply.utterance, Part)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
