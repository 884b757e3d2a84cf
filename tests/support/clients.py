"""Shared by the tests of both clients: texts, a check for leaks, and two event loops."""

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any

import numpy as np
import pytest
import uvloop
from numpy.typing import NDArray

from steadyvoice.client import AsyncClient, AsyncStream, Stream
from support.daemon import Daemon, eventually, idle

FOX = "The quick brown fox jumps over the lazy dog."
LONG = "One two three four five six seven eight nine ten. " * 40
TALE = LONG[:300]
NULL = 'audio.device = "null"\n'

Run = Callable[[Coroutine[Any, Any, None]], None]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def nothing_is_left(daemon: Daemon, request: pytest.FixtureRequest) -> Iterator[None]:
    """No descriptor more here than the module's DESCRIPTORS_LOST, and nothing to be said there."""
    gc.collect()
    before = descriptors()
    yield
    gc.collect()
    more = descriptors() - before
    assert more <= getattr(request.module, "DESCRIPTORS_LOST", 0)
    eventually(lambda: idle(daemon.status()))


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(daemon: Daemon, request: pytest.FixtureRequest) -> Run:
    """On this loop, without a thread; afterwards no descriptor is left here, and nothing to be said there."""

    def run(main: Coroutine[Any, Any, None]) -> None:
        errors: list[dict[str, Any]] = []
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.sleep(0))  # libuv keeps a pipe for good
        gc.collect()
        before, threads = os.listdir("/proc/self/fd"), threading.active_count()
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.get_loop().set_exception_handler(lambda _, context: errors.append(context))
            runner.run(main)
            assert threading.active_count() == threads
        gc.collect()
        assert os.listdir("/proc/self/fd") == before
        assert not errors
        eventually(lambda: idle(daemon.status()))

    return run


def begun(stream: Stream) -> Stream:
    """Once its first block was taken."""
    assert len(next(iter(stream)))
    return stream


async def begun_async(stream: AsyncStream) -> AsyncStream:
    assert len(await anext(stream))
    return stream


async def whole(stream: AsyncStream) -> NDArray[Any]:
    return np.concatenate([block async for block in stream])


async def last(events: AsyncIterator[object]) -> object:
    async for event in events:
        del event
    return None


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await look():  # noqa: ASYNC110 - what another process does sets no asyncio.Event
            await asyncio.sleep(0.001)


async def until_idle(client: AsyncClient) -> None:
    async def look() -> bool:
        return idle(await client.status())

    await until(look)
