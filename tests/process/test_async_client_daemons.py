"""``AsyncClient`` and a daemon that does not reply, does not read, is full, is killed, or is missing."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.clients import FOX, NULL, Run, last, until, whole
from support.daemon import Daemon
from support.svctl import LIGHT

from steadyvoice.client import AsyncClient, AsyncStream, DaemonUnreachable

CONFIGURATION = NULL
SILENT = "\U000f0000" * 1000
"""Four bytes a character, and no speech: the text is longer than the socket holds, its sound is not."""


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
    """Text waits until the socket has space, and arrives in order."""

    async def main() -> None:
        async with AsyncClient(daemon.socket) as client:
            pieces = [piece for word in FOX.split() for piece in [SILENT] * 17 + [f"{word} "]]
            expected = await whole(await client.stream("".join(pieces)))
            stream = await client.open_stream()
            os.kill(daemon.process.pid, signal.SIGSTOP)
            try:
                appending = asyncio.create_task(append_all(stream, pieces))

                async def look() -> bool:
                    assert client._connection is not None
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
            with pytest.raises(DaemonUnreachable, match="does not accept connections"):
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
    (tmp_path / "config.toml").write_text(LIGHT)
    mortal = make_daemon("--config", str(tmp_path / "config.toml")).ready()

    async def main() -> None:
        async with AsyncClient(mortal.socket) as idle, AsyncClient(mortal.socket) as busy:
            await idle.status()
            long = "0/0/50 " * 120
            utterance, stream, events = await busy.speak(long), await busy.stream(long), await busy.subscribe()
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
                assert len(await whole(await client.stream("0/0/10"))) == 2400
            with pytest.raises(DaemonUnreachable, match="has gone away"):
                await utterance.wait()

    run(main())


async def reachable(client: AsyncClient) -> bool:
    try:
        return bool(await client.status())
    except DaemonUnreachable:
        return False
