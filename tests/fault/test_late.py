"""``finished``, ``status`` and the log name the stage that caused an underrun; without an underrun they name none."""

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, user_env
from support.matrix import quick

from steadyvoice.ipc import null_device_log
from steadyvoice.ipc.messages import Finished
from steadyvoice.ipc.null_device_log import Played

pytestmark = pytest.mark.alone

RATE = 48000
PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 1 << 30
FLOW = " ".join(["0/0/20"] * 10)
"""Two seconds of speech without computing time."""


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
    """Frames of silence between the first and the last sound written to the device after ``since``."""
    sounding = [block for block in null_device_log.read(log) if block.sounding and block.written > since]
    first, last = sounding[0], sounding[-1]
    heard = sum(block.sounding if block is last else block.frames for block in sounding)
    return last.position + last.sounding - first.position - heard


def test_no_stage_is_named_without_an_underrun(daemon: Daemon, log: Path) -> None:
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
    assert list(finished.late) == [stage], finished.late
    assert round(finished.duration_s * RATE) == samples(slow), "silence was inserted, no sample was lost"
    assert gap(log, began) > 0.1 * RATE
    status = daemon.status()
    assert status["underruns"] == before["underruns"] + finished.underruns
    assert status["late"][stage]["worst_ms"] >= finished.late[stage] > 100
    assert f"underrun: stage {stage} was late by" in daemon.log


@pytest.mark.parametrize("stage", quick(2, ["output", "vocoder", "generator", "converter"]))
def test_a_suspended_stage_is_named(daemon: Daemon, stage: str) -> None:
    """The stage is suspended from outside until an underrun occurs, then continues."""
    text = " ".join(["20/1/10"] * 25)  # two and a half seconds, generated in small pieces
    with daemon.client() as client:
        utterance = client.speak(text)
        while utterance.started is None:
            client.receive()
        suspend(daemon.pids()[stage], 1.2)  # longer than the lookahead of 0.5 s and the rest of a slot
        finished = utterance.wait()
    assert finished.reason == "done"
    assert stage in finished.late, finished.late
    assert round(finished.duration_s * RATE) == samples(text)


def _reached(look: Callable[[], int], count: int) -> bool:
    return look() >= count


def _changed(look: Callable[[], object], before: object) -> bool:
    return look() != before


def suspend(pid: int, seconds: float) -> None:
    """Suspend the process by ptrace, because the daemon replaces a process stopped by SIGSTOP."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    assert ptrace(PTRACE_ATTACH, pid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(pid, WALL)
    stopped = time.monotonic()
    eventually(lambda: time.monotonic() - stopped > seconds)
    assert ptrace(PTRACE_DETACH, pid, None, None) == 0


def test_repeated_output_underruns_increase_the_device_latency(daemon: Daemon) -> None:
    """After three underruns with samples available, the device is next opened with 1.5 times the latency."""

    def counted() -> int:
        late = daemon.status()["late"]
        return late["output"]["underruns"] if "output" in late else 0

    before, latency_ms = counted(), daemon.status()["audio"]["latency_ms"]
    pid = daemon.pids()["output"]
    with daemon.client() as client:
        utterance = client.speak(" ".join([FLOW] * 3))
        while utterance.started is None:
            client.receive()
        for gaps in (1, 2, 3):
            suspend(pid, 0.1)
            eventually(partial(_reached, counted, before + gaps))
        utterance.wait()
        client.speak("0/0/10").wait()
    assert daemon.status()["audio"]["latency_ms"] == 1.5 * latency_ms


def test_underruns_of_live_sound_increase_it_while_the_session_goes_on(daemon: Daemon) -> None:
    """A session that lasts for hours would never see the next opening of the device."""

    def of_device() -> float:
        return daemon.status()["audio"]["latency_ms"]

    def underruns() -> int:
        return daemon.status()["live"][0]["underruns"]

    before, pid = of_device(), daemon.pids()["output"]
    with daemon.client() as client:
        session = client.live("noise:1")
        eventually(lambda: daemon.status()["live"][0]["latency_ms"]["total"] > 0)
        while of_device() == before:
            counted = underruns()
            suspend(pid, 0.06)
            eventually(partial(_changed, lambda: (underruns(), of_device()), (counted, before)))
        assert of_device() == min(1.5 * before, 40)
        assert underruns() <= 3
        session.cancel()


def test_blocks_of_the_device_log_are_contiguous(log: Path) -> None:
    """Check of the measurement: the log contains each frame of the device's clock exactly once."""
    blocks = null_device_log.read(log)
    for before, block in pairwise(blocks):
        assert isinstance(block, Played)
        if block.opened == before.opened:
            assert block.position == before.position + before.frames + block.underrun_frames
