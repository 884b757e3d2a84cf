"""Who was late is named: in ``finished``, in ``status`` and in the log; and nobody where nobody was."""

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, user_env

from steadyvoice.ipc import null_device_log
from steadyvoice.ipc.messages import Finished
from steadyvoice.ipc.null_device_log import Played

pytestmark = pytest.mark.alone

RATE = 48000
PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 1 << 30
FLOW = " ".join(["0/0/20"] * 10)
"""Two seconds that cost nothing."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played") / "log"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, log: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    config = home / "late.toml"
    config.write_text(
        f'lookahead_s = 0.5\nengines = ["paced"]\nvoice = "paced"\n[audio]\ndevice = "null:{log}"\nlatency_ms = 20\n'
    )
    daemon = Daemon(user_env(home, cache), ["--config", str(config)]).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


def spoken(daemon: Daemon, text: str) -> Finished:
    with daemon.client() as client:
        return client.speak(text).wait()


def samples(text: str) -> int:
    return sum(int(word.split("/")[2]) for word in text.split()) * RATE // 100


def gap(log: Path, since: int) -> int:
    """Frames of silence between the first and the last sound that the device was given after ``since``."""
    sounding = [block for block in null_device_log.read(log) if block.sounding and block.written > since]
    first, last = sounding[0], sounding[-1]
    heard = sum(block.sounding if block is last else block.rows for block in sounding)
    return last.position + last.sounding - first.position - heard


def test_nobody_is_late(daemon: Daemon, log: Path) -> None:
    began = time.monotonic_ns()
    finished = spoken(daemon, FLOW)
    assert (finished.underruns, finished.late) == (0, {})
    assert round(finished.duration_s * RATE) == samples(FLOW)
    assert gap(log, began) == 0
    assert daemon.status()["late"] == {}


@pytest.mark.parametrize(
    ("stage", "slow"),
    [
        pytest.param("generator", "0/0/10 400/5/20 0/0/10", id="generator"),
        pytest.param("vocoder", "0/0/10 5/400/20 0/0/10", id="vocoder"),
    ],
)
def test_a_slow_stage_is_named(daemon: Daemon, log: Path, stage: str, slow: str) -> None:
    before, began = daemon.status(), time.monotonic_ns()
    finished = spoken(daemon, slow)
    assert finished.reason == "done"
    assert finished.underruns >= 1
    assert list(finished.late) == [stage]
    assert round(finished.duration_s * RATE) == samples(slow), "silence came in between, no sample was lost"
    assert gap(log, began) > 0.1 * RATE
    status = daemon.status()
    assert status["underruns"] == before["underruns"] + finished.underruns
    assert status["late"][stage]["worst_ms"] >= finished.late[stage] > 100
    assert f"underrun: stage {stage} was late by" in daemon.log


@pytest.mark.parametrize("stage", ["generator", "vocoder", "converter", "output"])
def test_a_stage_that_was_held_up_is_named(daemon: Daemon, stage: str) -> None:
    """Not its own fault, but its name: the stage is stopped until silence is owed, then goes on."""
    text = " ".join(["20/1/10"] * 25)  # two and a half seconds, made little by little
    with daemon.client() as client:
        utterance = client.speak(text)
        while utterance.started is None:
            client.receive()
        hold_up(daemon.pids()[stage], 1.2)  # half a second is made ahead, and what is left of a slot
        finished = utterance.wait()
    assert finished.reason == "done"
    assert stage in finished.late, finished.late
    assert round(finished.duration_s * RATE) == samples(text)


def _reached(look: Callable[[], int], count: int) -> bool:
    return look() >= count


def hold_up(pid: int, seconds: float) -> None:
    """As a debugger does: who is stopped otherwise is replaced."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    assert ptrace(PTRACE_ATTACH, pid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(pid, WALL)
    stopped = time.monotonic()
    eventually(lambda: time.monotonic() - stopped > seconds)
    assert ptrace(PTRACE_DETACH, pid, None, None) == 0


def test_a_device_with_too_little_patience_gets_more(daemon: Daemon) -> None:
    """Three times silence though the samples were there: from the next opening on it holds back half as much again."""

    def counted() -> int:
        return int(daemon.status()["late"].get("output", {}).get("underruns", 0))

    before, latency_ms = counted(), daemon.status()["audio"]["latency_ms"]
    pid = daemon.pids()["output"]
    with daemon.client() as client:
        utterance = client.speak(" ".join([FLOW] * 3))
        while utterance.started is None:
            client.receive()
        for gaps in (1, 2, 3):
            hold_up(pid, 0.1)
            eventually(partial(_reached, counted, before + gaps))
        utterance.wait()
        client.speak("0/0/10").wait()
    assert daemon.status()["audio"]["latency_ms"] == 1.5 * latency_ms


def test_blocks_of_the_log_follow_each_other(log: Path) -> None:
    """The measure itself: frames of the device's clock are counted once each, whatever happened."""
    blocks = null_device_log.read(log)
    for before, block in pairwise(blocks):
        assert isinstance(block, Played)
        if block.opened == before.opened:
            assert block.position == before.position + before.rows + block.dry
