"""Texts that the generator reads for clients: requests on their way, and the replies as they come."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

import msgspec

from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.stage_protocol import Reading, ReadText

MAX_CHARS: Final = 10_000
MAX_LEXICON_BYTES: Final = 20_000
"""A longer text, or lexicon, may not fit into one message to the generator."""


class Readings:
    """To be used in the event loop's thread."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[list[ReadSegment], asyncio.Future[list[ReadSegment]]]] = {}
        self._generators: dict[int, int] = {}
        """Number of the generator that reads, by number of the request."""

    async def ask(self, generator: int, send: Callable[[ReadText], None], request: ReadText) -> list[ReadSegment]:
        """send: to the generator of that number. RequestRefused where it cannot read the text, or dies meanwhile.

        request: the number is given here.
        """
        number = next(self._numbers)
        future: asyncio.Future[list[ReadSegment]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = [], future
        self._generators[number] = generator
        try:
            send(msgspec.structs.replace(request, number=number))
            return await future
        except BlockingIOError:
            why = "many texts are being read; try again"
            raise RequestRefused("too_many_utterances", why, retryable=True) from None
        finally:
            del self._waiting[number], self._generators[number]

    def received(self, message: Reading) -> None:
        if message.number not in self._waiting:
            return
        segments, future = self._waiting[message.number]
        if message.problem:
            self._refuse(future, message.problem)
        elif message.segment is not None:
            segments.append(message.segment)
        elif not future.done():
            future.set_result(segments)

    def generator_lost(self, generator: int) -> None:
        for number, (_, future) in self._waiting.items():
            if self._generators[number] == generator:
                self._refuse(future, "the generator ended while it read the text; try again")

    @staticmethod
    def _refuse(future: "asyncio.Future[list[ReadSegment]]", why: str) -> None:
        if not future.done():
            future.set_exception(RequestRefused("stage_failed", f"cannot read this text: {why}", retryable=True))
