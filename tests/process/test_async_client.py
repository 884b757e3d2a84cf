"""``AsyncClient`` against the real daemon, on asyncio's own loop and on uvloop."""

import asyncio
import gc
import inspect
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop
from support.daemon import Daemon, configured, eventually

from steadyvoice.client import (
    AsyncClient,
    AsyncStream,
    AsyncUtterance,
    Client,
    ClientClosed,
    DaemonUnreachable,
    Finished,
    Mark,
    Queued,
    RequestRefused,
    Started,
    Stream,
    Utterance,
    UtteranceFailed,
)

FOX = "The quick brown fox jumps over the lazy dog."
LONG = "One two three four five six seven eight nine ten. " * 40
TALE = LONG[:300]
NULL = 'audio.device = "null"\n'

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, NULL) as daemon:
        yield daemon


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


def idle(status: dict[str, Any]) -> bool:
    return bool(status["utterances"]["active"] == status["utterances"]["queued"] == 0)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await look():  # noqa: ASYNC110 - what another process does sets no asyncio.Event
            await asyncio.sleep(0.001)


async def until_idle(client: AsyncClient) -> None:
    async def look() -> bool:
        return idle(await client.status())

    await until(look)


async def whole(stream: AsyncStream) -> Any:
    return np.concatenate([block async for block in stream])


async def begun(stream: AsyncStream) -> AsyncStream:
    assert len(await anext(stream))
    return stream


def public(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member).replace(return_annotation=None)
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_verbs_are_the_same() -> None:
    """Less the one that waits for other descriptors, and the time that asyncio.timeout sets."""
    blocking, theirs = public(Client), public(AsyncClient)
    del blocking["receive"]
    assert theirs == blocking
    for name in theirs:
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
    for mine, other in ((Utterance, AsyncUtterance), (Stream, AsyncStream)):
        blocking = public(mine)
        blocking["wait"] = inspect.Signature(list(blocking["wait"].parameters.values())[:1], return_annotation=None)
        assert public(other) == blocking


def test_the_story_of_an_utterance(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            utterance = await client.speak(FOX)
            ended = asyncio.create_task(utterance.wait())
            story = [event async for event in utterance.events()]
            started, *marks, finished = story
            assert isinstance(started, Started)
            assert marks == utterance.marks
            assert [FOX[mark.start : mark.end] for mark in marks] == [*FOX[:-1].split()[:-1], "dog"]
            assert finished == await ended == await utterance.cancel()
            assert [event async for event in utterance.events()] == story
            assert utterance.heard == len(FOX)

    run(main())


def test_the_same_samples_as_the_other_client(daemon: Daemon, run: Run) -> None:
    with daemon.client() as client:
        expected = [np.concatenate(list(client.stream(text))) for text in (FOX, TALE)]

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            streams = [await client.stream(text) for text in (FOX, TALE)]
            for heard, blocks in zip(await asyncio.gather(*map(whole, streams)), expected, strict=True):
                np.testing.assert_array_equal(heard, blocks)
            assert [stream.sample_rate for stream in streams] == [24000, 24000]
            inline = await client.stream(FOX, inline=True)
            np.testing.assert_array_equal(await whole(inline), expected[0])
            async with await client.open_stream() as stream:
                taking = asyncio.create_task(whole(stream))
                for word in FOX.split(" "):
                    await stream.append(word + " ")
            np.testing.assert_array_equal(await taking, expected[0])
            words = [event async for event in stream.events() if isinstance(event, Mark)]
            assert len(words) == len(FOX.split())

    run(main())


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


def test_verbs(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client, AsyncClient(daemon.socket) as other:
            events = await client.subscribe()
            first, second = await other.speak(LONG), await other.speak(LONG, priority="text")
            assert isinstance(await anext(first.events()), Started)
            await client.pause()
            assert (await client.status())["audio"]["paused"]
            await client.resume()
            assert (await client.skip()).id == first.id
            assert (await first.wait()).reason == "skipped"
            assert [heard.id for heard in await client.cancel(everyone=True)] == [second.id]
            told: dict[int, list[type]] = {first.id: [], second.id: []}
            async for event in events:
                told.setdefault(getattr(event, "id", 0), []).append(type(event))
                if event == await second.wait():
                    break
            assert told[first.id][:2] == [Queued, Started]
            assert told[first.id][-1] is told[second.id][-1] is Finished
            events.close()
            assert [event async for event in events] == []
            assert [each.name for each in await client.converters()] == ["shift"]
            assert "heart" in [voice.name for voice in await client.voices()]
            with pytest.raises(RequestRefused, match="nothing to skip"):
                await client.skip()
            with pytest.raises(RequestRefused, match="heart"):
                await client.open(voice="hart")
            with pytest.raises(UtteranceFailed, match="heart"):
                await whole(await client.stream("你好世界"))
            async with await client.open() as utterance:
                await utterance.append("x" * 300_000)
                assert await client.status()
                with pytest.raises(RequestRefused, match="in parts"):
                    await utterance.append("y")
                await utterance.append("x" * 300_000)
                assert (await utterance.cancel()).reason == "cancelled"

    run(main())


def test_who_waits_for_one_is_not_woken_by_what_another_leaves_untaken(daemon: Daemon, run: Run) -> None:
    """A block that lies in the ring is no event for who waits for the end."""

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            stream = await begun(await client.stream(LONG))
            waiting = asyncio.create_task(stream.wait())
            taking = asyncio.create_task(drop(stream, 3))
            await taking
            looks, look = 0, stream._over

            def counted() -> bool:
                nonlocal looks
                looks += 1
                return look()

            stream._over = counted  # type: ignore[method-assign]
            for _ in range(1000):
                await asyncio.sleep(0)
            assert looks < 10
            await stream.cancel()
            assert (await waiting).reason == "cancelled"
            del stream._over

    run(main())


async def drop(stream: AsyncStream, blocks: int) -> None:
    for _ in range(blocks):
        await anext(stream)


def test_two_tasks_share_a_stream(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            expected = len(await whole(await client.stream(TALE)))
            stream = await client.stream(TALE)
            third = asyncio.create_task(whole(stream))
            halves = [asyncio.create_task(samples(stream)) for _ in range(2)]
            await asyncio.sleep(0)
            third.cancel()  # one that is cancelled while it waits does not deafen the others
            with suppress(asyncio.CancelledError):
                await third
            assert sum(await asyncio.gather(*halves)) == expected

    run(main())


async def samples(stream: AsyncStream) -> int:
    return sum([len(block) async for block in stream])


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
                task = asyncio.create_task(client.speak(LONG))
                if (spoken := await cancelled(task, steps)) is not None:
                    await spoken.cancel()
                await until_idle(client)
            assert len(await whole(await client.stream(FOX))) > 24000

    run(main())


async def cancelled(task: asyncio.Task[Any], steps: int) -> Any:
    """After so many turns of the loop; what it has returned, if it was over by then."""
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        return await task


def test_a_stream_may_be_left_at_any_time(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            await client.status()
            before = os.listdir("/proc/self/fd")
            stream = await begun(await client.stream(LONG))
            taking = asyncio.create_task(whole(stream))
            await asyncio.sleep(0)
            stream.close()
            assert len(await taking) >= 0
            assert (await stream.wait()).reason == "cancelled"
            async with await client.stream(LONG) as stream:
                await begun(stream)
            async for _ in (left := await client.stream(LONG)):
                break
            del left
            await begun(await client.stream(LONG))
            await client.stream(LONG)
            del stream, taking
            gc.collect()
            await until_idle(client)
            assert os.listdir("/proc/self/fd") == before

    run(main())


def test_an_error_in_the_with_block_silences(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            utterance = await client.open()
            with pytest.raises(ZeroDivisionError):
                async with utterance:
                    await utterance.append(LONG + str(1 / 0))
            assert utterance.finished is not None
            assert utterance.finished.reason == "cancelled"

    run(main())


def test_close_ends_what_waits(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        client = AsyncClient(daemon.socket)
        utterance, stream, events = await client.speak(LONG), await client.stream(LONG), await client.subscribe()
        waiting = [asyncio.create_task(each) for each in (utterance.wait(), whole(stream), last(events))]
        await asyncio.sleep(0)
        await client.close()
        await client.close()
        for task in waiting:
            with pytest.raises(ClientClosed, match="make a new one"):
                await task
        for use in (client.status, client.subscribe, utterance.cancel, stream.finish):
            with pytest.raises(ClientClosed, match="make a new one"):
                await use()

    run(main())


async def last(events: AsyncIterator[object]) -> object:
    async for event in events:
        del event
    return None


def test_a_daemon_that_does_not_answer(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket, timeout=0.2) as client:
            utterance = await client.open()
            os.kill(daemon.process.pid, signal.SIGSTOP)
            try:
                with pytest.raises(DaemonUnreachable, match="not answered"):
                    await client.status()
                with pytest.raises(DaemonUnreachable, match="not answered"):
                    await utterance.wait()
            finally:
                os.kill(daemon.process.pid, signal.SIGCONT)
            client._timeout = 10.0
            utterance = await client.open()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await utterance.wait()
            assert (await utterance.cancel()).reason == "cancelled"

    run(main())


def test_a_daemon_that_does_not_read(daemon: Daemon, run: Run) -> None:
    """Text waits until there is room for it, and arrives in its order."""

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            pieces = ["😀" * 1000] * 150 + FOX.split(" ")
            expected = await whole(await client.stream("".join(pieces)))
            stream = await client.open_stream()
            os.kill(daemon.process.pid, signal.SIGSTOP)
            try:
                appending = asyncio.create_task(append_all(stream, pieces))

                async def look() -> bool:
                    return bool(client._connection.session.outgoing)

                await until(look)
                assert not appending.done()
            finally:
                os.kill(daemon.process.pid, signal.SIGCONT)
            np.testing.assert_array_equal(await whole(stream), expected)
            await appending

    run(main())


async def append_all(stream: AsyncStream, pieces: list[str]) -> None:
    for piece in pieces:
        await stream.append(piece)
    await stream.finish()


def test_a_daemon_whose_queue_is_full(tmp_path: Path) -> None:
    async def main() -> None:
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
            listener.bind(str(tmp_path / "full.sock"))
            listener.listen(0)
            first.connect(str(tmp_path / "full.sock"))
            with pytest.raises(DaemonUnreachable, match="accepts nobody"):
                await AsyncClient(tmp_path / "full.sock", timeout=0.05).status()

    asyncio.run(main())


def test_no_daemon(tmp_path: Path) -> None:
    async def main() -> None:
        for _ in range(2):
            with pytest.raises(DaemonUnreachable, match="start one: svd"):
                async with AsyncClient(tmp_path / "none.sock"):
                    pass

    asyncio.run(main())


def test_a_daemon_killed_and_started_again(make_daemon: Callable[..., Daemon], tmp_path: Path, run: Run) -> None:
    (tmp_path / "config.toml").write_text(NULL)
    mortal = make_daemon("--config", str(tmp_path / "config.toml")).ready()

    async def main() -> None:
        async with AsyncClient(mortal.socket) as idle, AsyncClient(mortal.socket) as busy:
            await idle.status()
            utterance, stream, events = await busy.speak(LONG), await busy.stream(LONG), await busy.subscribe()
            waiting = [asyncio.create_task(each) for each in (utterance.wait(), whole(stream), last(events))]
            mortal.process.kill()
            for task in waiting:
                with pytest.raises(DaemonUnreachable, match="has gone away"):
                    await task
            mortal.process.wait()
            for client in (idle, busy):
                with pytest.raises(DaemonUnreachable, match="start one: svd"):
                    await client.status()
            mortal.start()
            await until(lambda: reachable(idle))
            for client in (idle, busy):
                assert len(await whole(await client.stream(FOX))) > 24000
            with pytest.raises(DaemonUnreachable, match="has gone away"):
                await utterance.wait()

    run(main())


async def reachable(client: AsyncClient) -> bool:
    try:
        return bool(await client.status())
    except DaemonUnreachable:
        return False
