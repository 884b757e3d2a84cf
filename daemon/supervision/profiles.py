"""Records of torch.profiler that clients have asked for, and the stages' replies."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.profile_protocol import BlocksProfiled, ProfileBlocks

_WRITING_S: Final = 60.0
"""Longest time from the end of a record until its trace is written."""


class Profiles:
    """To be used in the event loop's thread."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[int, asyncio.Future[BlocksProfiled]]] = {}
        """Number of the stage, and its reply, by number of the request."""

    async def ask(
        self, stage: int, send: Callable[[ProfileBlocks], None], blocks: int, seconds: float
    ) -> BlocksProfiled:
        """send: to the stage of that number. RequestRefused where it has no record, or dies meanwhile."""
        if any(asked == stage for asked, _ in self._waiting.values()):
            raise RequestRefused("cannot_profile", "this stage is being profiled already; try again", retryable=True)
        number = next(self._numbers)
        future: asyncio.Future[BlocksProfiled] = asyncio.get_running_loop().create_future()
        self._waiting[number] = stage, future
        try:
            send(ProfileBlocks(number, blocks, seconds))
            async with asyncio.timeout(seconds + _WRITING_S):
                reply = await future
        except (OSError, TimeoutError) as error:  # BlockingIOError: its socket is full
            why = "the stage does not answer; is it stopped?"
            raise RequestRefused("cannot_profile", why, retryable=True) from error
        finally:
            del self._waiting[number]
        if reply.problem:
            raise RequestRefused("cannot_profile", reply.problem)
        return reply

    def received(self, reply: BlocksProfiled) -> None:
        if reply.number in self._waiting and not (future := self._waiting[reply.number][1]).done():
            future.set_result(reply)

    def stage_lost(self, stage: int) -> None:
        """Its process has ended."""
        for number, (asked, _) in self._waiting.items():
            if asked == stage:
                self.received(BlocksProfiled(number, problem="the stage ended while it was profiled; try again"))
