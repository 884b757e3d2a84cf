"""``ResumingStream`` and ``AsyncResumingStream``: a daemon that is killed, stopped, or started again in mid-stream."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.clients import NULL, TALE
from support.daemon import Daemon

from steadyvoice.client import AsyncResumingStream, DaemonUnreachable, RequestRefused, ResumingStream

CONFIGURATION = NULL
pytestmark = pytest.mark.usefixtures("nothing_is_left")
Samples = NDArray[Any]


@pytest.fixture
def doomed(make_daemon: Callable[..., Daemon], tmp_path: Path) -> Daemon:
    (tmp_path / "config.toml").write_text(NULL)
    return make_daemon("--config", str(tmp_path / "config.toml")).ready()


@pytest.fixture
def whole(daemon: Daemon) -> Samples:
    """What no failure disturbs."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TALE)))


def silence(daemon: Daemon, number: signal.Signals) -> None:
    """End or stop the daemon's own process; its stages go on until they miss it."""
    os.kill(daemon.process.pid, number)
    if number == signal.SIGKILL:
        daemon.process.wait()


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGSTOP, id="silent", marks=pytest.mark.long),
    ],
)
def test_another_daemon_goes_on_and_the_whole_is_that_of_one(
    daemon: Daemon, doomed: Daemon, whole: Samples, number: signal.Signals
) -> None:
    sockets = [doomed.socket, daemon.socket]

    async def listen() -> Samples:
        stream = AsyncResumingStream(sockets, TALE, inline=True)
        heard: list[Samples] = []
        async for block in stream:
            heard.append(block)
            if len(heard) == 1:
                silence(doomed, number)
        assert (stream.resumed, stream.sample) == (1, len(whole))
        return np.concatenate(heard)

    stream = ResumingStream(sockets, TALE)
    blocks = iter(stream)
    heard = [next(blocks)]
    assert (stream.sample_rate, stream.resumed) == (24_000, 0)
    try:
        np.testing.assert_array_equal(asyncio.run(listen()), whole)
        heard += blocks
    finally:
        if number == signal.SIGSTOP:
            os.kill(doomed.process.pid, signal.SIGCONT)
    np.testing.assert_array_equal(np.concatenate(heard), whole)
    assert (stream.resumed, stream.sample) == (1, len(whole))


@pytest.mark.long
def test_the_same_daemon_may_go_on_once_it_is_started_again(doomed: Daemon, whole: Samples) -> None:
    with ResumingStream([doomed.socket], TALE, from_sample=3000) as stream:
        heard = []
        for block in stream:
            heard.append(block)
            if len(heard) == 1:
                silence(doomed, signal.SIGKILL)
                doomed.start()
        np.testing.assert_array_equal(np.concatenate(heard), whole[3000:])


def test_it_is_given_up_with_the_sample_that_was_reached(daemon: Daemon, tmp_path: Path) -> None:
    missing = tmp_path / "none.sock"
    with pytest.raises(DaemonUnreachable, match=r"ended at sample 0: none .* in 0 s; .*start one: svd"):
        list(ResumingStream([missing, missing], "Hello.", give_up_s=0.0))
    with pytest.raises(DaemonUnreachable, match="ended at sample 0"):
        asyncio.run(collect(AsyncResumingStream([missing], "Hello.", give_up_s=0.0)))
    assert len(list(ResumingStream([missing, daemon.socket], "Hello.")))
    with pytest.raises(RequestRefused, match="no voice"):
        list(ResumingStream([daemon.socket, missing], "Hello.", voice="nobody"))


async def collect(stream: AsyncResumingStream) -> list[Samples]:
    return [block async for block in stream]


@pytest.mark.long
def test_a_slow_voice_is_not_silent(shared_daemon: Callable[[str], Daemon]) -> None:
    """A daemon that answers is not given up, however long its voice computes."""
    slow = shared_daemon(f'{NULL}engines = ["paced"]\nvoice = "paced"\n')
    stream = ResumingStream([slow.socket], "700/0/5", silence_s=0.6)
    assert sum(map(len, stream)) == 5 * 240
    assert stream.resumed == 0


def test_a_stream_that_is_left_is_not_computed_on(daemon: Daemon) -> None:
    with ResumingStream([daemon.socket], TALE) as stream:
        next(iter(stream))
    reached = stream.sample
    with daemon.client() as client:
        rest = np.concatenate(list(stream))  # goes on with it
        np.testing.assert_array_equal(rest, np.concatenate(list(client.stream(TALE)))[reached:])


def test_the_documented_program(daemon: Daemon, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    [program] = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    for path, each in (("one", tmp_path / "none.sock"), ("two", daemon.socket)):
        program = program.replace(f"/run/user/1000/{path}/control.sock", str(each))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    with daemon.client() as client:
        end = sum(map(len, client.stream("Hello there.")))
    assert done.stdout.splitlines()[-1].split()[1] == str(end)
