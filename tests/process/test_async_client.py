"""``AsyncClient`` against a real daemon, on asyncio and on uvloop: its methods and its end."""

import asyncio
import gc
import inspect
import os

import numpy as np
import pytest
from support.clients import FOX, LONG, NULL, TALE, Run, begun_async, last, until_idle, whole
from support.daemon import Daemon

from steadyvoice.client import (
    AsyncClient,
    AsyncStream,
    AsyncUtterance,
    Client,
    ClientClosed,
    Finished,
    Mark,
    Queued,
    RequestRefused,
    Started,
    Stream,
    Utterance,
    UtteranceFailed,
)

CONFIGURATION = NULL


def public(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member).replace(return_annotation=None)
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods() -> None:
    """Except the one that waits for other descriptors, and the timeouts, for which asyncio.timeout exists."""
    blocking, theirs = public(Client), public(AsyncClient)
    del blocking["receive"]
    assert theirs == blocking
    for name in theirs:
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
    for mine, other in ((Utterance, AsyncUtterance), (Stream, AsyncStream)):
        blocking = public(mine)
        blocking["wait"] = inspect.Signature(list(blocking["wait"].parameters.values())[:1], return_annotation=None)
        assert public(other) == blocking


def test_events_of_an_utterance(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            utterance = await client.speak(FOX, rate=2.0)
            ended = asyncio.create_task(utterance.wait())
            story = [event async for event in utterance.events()]
            finished = story[-1]
            assert isinstance(story[0], Started)
            assert story[1:-1] == utterance.marks
            assert [FOX[mark.start : mark.end] for mark in utterance.marks] == [*FOX[:-1].split()[:-1], "dog"]
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


def test_methods(daemon: Daemon, run: Run) -> None:
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
            received: dict[int, list[type]] = {first.id: [], second.id: []}
            async for event in events:
                received.setdefault(getattr(event, "id", 0), []).append(type(event))
                if event == await second.wait():
                    break
            assert received[first.id][:2] == [Queued, Started]
            assert received[first.id][-1] is received[second.id][-1] is Finished
            events.close()
            assert [event async for event in events] == []
            assert [each.name for each in await client.converters()] == ["shift"]
            assert "heart" in [voice.name for voice in await client.voices()]
            with pytest.raises(RequestRefused, match="nothing to skip"):
                await client.skip()
            with pytest.raises(RequestRefused, match="heart"):
                await client.open(voice="hart")
            with pytest.raises(UtteranceFailed, match="heart"):
                await whole(await client.stream("\u02c0"))
            async with await client.open() as utterance:
                await utterance.append("x" * 300_000)
                assert await client.status()
                with pytest.raises(RequestRefused, match="in parts"):
                    await utterance.append("y")
                await utterance.append("x" * 300_000)
                assert (await utterance.cancel()).reason == "cancelled"

    run(main())


def test_a_stream_may_be_abandoned_at_any_time(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            await client.status()
            before = os.listdir("/proc/self/fd")
            stream = await begun_async(await client.stream(LONG))
            taking = asyncio.create_task(last(stream))
            await asyncio.sleep(0)
            stream.close()
            await taking
            assert (await stream.wait()).reason == "cancelled"
            async with await client.stream(LONG) as stream:
                await begun_async(stream)
            async for _ in (left := await client.stream(LONG)):
                break
            del left
            await begun_async(await client.stream(LONG))
            await client.stream(LONG)
            del stream, taking
            gc.collect()
            await until_idle(client)
            assert os.listdir("/proc/self/fd") == before

    run(main())


def test_an_exception_in_the_with_block_cancels(daemon: Daemon, run: Run) -> None:
    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            utterance = await client.open()
            with pytest.raises(ZeroDivisionError):
                async with utterance:
                    await utterance.append(LONG + str(1 / 0))
            assert utterance.finished is not None
            assert utterance.finished.reason == "cancelled"

    run(main())


def test_close_ends_pending_calls(daemon: Daemon, run: Run) -> None:
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
