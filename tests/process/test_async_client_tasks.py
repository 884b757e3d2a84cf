"""Many tasks on one ``AsyncClient``, some of them cancelled."""

import asyncio
import gc
from contextlib import suppress
from typing import TypeVar

import pytest
import uvloop
from support.clients import FOX, LONG, NULL, TALE, Run, begun_async, until_idle, whole
from support.daemon import Daemon
from support.matrix import quick

from steadyvoice.client import AsyncClient, AsyncStream

CONFIGURATION = NULL
LOOPS = pytest.mark.parametrize(
    "run", quick(1, [uvloop.new_event_loop, asyncio.new_event_loop]), ids=["uvloop", "asyncio"], indirect=True
)
"""The other tests and those of test_async_client.py run on both."""

T = TypeVar("T")


@LOOPS
def test_fifty_tasks_on_one_connection(daemon: Daemon, run: Run) -> None:
    async def one(client: AsyncClient, number: int) -> int:
        stream = await client.stream(f"This is number {number % 5}.")
        assert (await client.status())["ready"]
        return len(await whole(stream))

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            lengths = await asyncio.gather(*(one(client, number) for number in range(50)))
            assert lengths == lengths[:5] * 10
            assert min(lengths) > 10_000

    run(main())


def test_a_waiter_is_not_woken_by_untaken_blocks(daemon: Daemon, run: Run) -> None:
    """A block in the ring does not wake a task that waits for the end of the utterance."""

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            stream = await begun_async(await client.stream(LONG))
            waiting = asyncio.create_task(stream.wait())
            taking = asyncio.create_task(drop(stream, 3))
            await taking
            looks, look = 0, stream._is_finished

            def counted() -> bool:
                nonlocal looks
                looks += 1
                return look()

            stream._is_finished = counted  # type: ignore[method-assign]
            for _ in range(1000):
                await asyncio.sleep(0)
            assert looks < 10
            await stream.cancel()
            assert (await waiting).reason == "cancelled"
            del stream._is_finished

    run(main())


async def drop(stream: AsyncStream, blocks: int) -> None:
    for _ in range(blocks):
        await anext(stream)


def test_two_tasks_share_a_stream(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            expected = len(await whole(await client.stream(TALE)))
            stream, taken = await client.stream(TALE), list[int]()
            third, *halves = [asyncio.create_task(take(stream, taken)) for _ in range(3)]
            await asyncio.sleep(0)
            third.cancel()  # cancelling one waiting task must not stop the others' wake-ups
            with suppress(asyncio.CancelledError):
                await third
            await asyncio.gather(*halves)
            assert sum(taken) == expected

    run(main())


async def take(stream: AsyncStream, taken: list[int]) -> None:
    """Append the number of samples of each block."""
    async for block in stream:
        taken.append(len(block))  # noqa: PERF401 - what was taken before a cancel counts


@LOOPS
def test_a_task_cancelled_at_any_moment_leaves_nothing(daemon: Daemon, run: Run) -> None:
    async def program(client: AsyncClient) -> None:
        async with await client.open_stream() as stream:
            await stream.append(FOX)
        async for _ in stream:
            pass

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            for steps in [*range(20), *range(20, 400, 20)]:
                task = asyncio.create_task(program(client))
                await cancelled(task, steps)
                del task
                gc.collect()
                await until_idle(client)
            for steps in range(10):
                speaking = asyncio.create_task(client.speak(LONG))
                if (spoken := await cancelled(speaking, steps)) is not None:
                    await spoken.cancel()
                await until_idle(client)
            assert len(await whole(await client.stream(FOX))) > 24000

    run(main())


@LOOPS
def test_a_reply_that_comes_as_its_task_is_cancelled(daemon: Daemon, run: Run) -> None:
    """The utterance is cancelled although the client sends nothing else."""

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client, AsyncClient(daemon.socket) as other:
            await client.status()
            assert client._connection is not None
            pending = client._connection.session._pending
            for _ in range(20):
                opening = asyncio.create_task(client.open_stream())
                while not opening.done() and not pending:  # noqa: ASYNC110 - no asyncio.Event is set between two steps
                    await asyncio.sleep(0)
                kept = list(pending.values())  # a traceback may keep it alive, too
                while not opening.done() and pending:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                opening.cancel()
                with suppress(asyncio.CancelledError):
                    await (await opening).cancel()
                await until_idle(other)
                del kept

    run(main())


async def cancelled(task: asyncio.Task[T], steps: int) -> T | None:
    """Cancel the task after this many iterations of the loop; return its result if it finished before, else None."""
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        return await task
    return None
