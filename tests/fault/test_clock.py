"""A step of the wall clock, by NTP or by hand, must lengthen no wait. Only the program under test sees the step.

A wait with a deadline on the wall clock lasts an hour longer if that clock is set back by an hour. The kernel's clock
cannot be set here, so the test simulates the step: the program computes its deadline with a clock that is an hour ahead
of the kernel's.
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import IO

import posix_ipc
import pytest
from support.clock import WallClock
from support.daemon import Daemon, eventually

pytestmark = pytest.mark.realtime

HOUR = 3600

CLOCKS = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""

WAITS = """
import sys, threading, posix_ipc
from steadyvoice.ipc.notifier import SemaphoreNotifier

semaphore, notifier = posix_ipc.Semaphore(sys.argv[1]), SemaphoreNotifier()

def acquire():
    try:
        semaphore.acquire(0.05)
        print("acquired", flush=True)
    except posix_ipc.BusyError:
        print("timed out", flush=True)

waiting = threading.Thread(target=acquire)
waiting.start()
notified = [notifier.wait(0.05) for _ in range(5)]
print(notified, "meanwhile", waiting.is_alive(), flush=True)
"""


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path)


@pytest.fixture
def semaphore() -> Iterator[posix_ipc.Semaphore]:
    name = f"/steadyvoice-test-{uuid.uuid4().hex}"
    semaphore = posix_ipc.Semaphore(name, posix_ipc.O_CREX)
    yield semaphore
    semaphore.unlink()
    semaphore.close()


@contextmanager
def program(clock: WallClock, code: str, *args: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """Run the code; yields its standard input and output. At the end it must exit with status 0."""
    command = [sys.executable, "-c", code, *args]
    with subprocess.Popen(command, env=os.environ | clock.env, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield process.stdin, process.stdout
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_a_step_changes_only_the_wall_clock_and_only_for_the_program(clock: WallClock) -> None:
    with program(clock, CLOCKS) as (ask, answer):
        for offset in (0, HOUR, 0, -HOUR):
            clock.set(offset)
            print(file=ask, flush=True)
            wall, monotonic = map(float, answer.readline().split())
            assert round((wall - time.time()) / HOUR) * HOUR == offset
            assert round((monotonic - time.monotonic()) / HOUR) == 0


def test_every_wait_ends_without_a_step(clock: WallClock, semaphore: posix_ipc.Semaphore) -> None:
    with program(clock, WAITS, semaphore.name) as (_, answer):
        assert "timed out\n" in (answer.readline(), answer.readline())


def test_a_step_back_does_not_lengthen_the_wait_for_a_notifier(
    clock: WallClock, semaphore: posix_ipc.Semaphore
) -> None:
    """The step does lengthen the wait of posix_ipc's semaphore, which would end in an hour: the step works."""
    clock.set(HOUR)
    with program(clock, WAITS, semaphore.name) as (_, answer):
        assert answer.readline() == f"{[False] * 5} meanwhile True\n"
        semaphore.release()
        assert answer.readline() == "acquired\n"


def plays_on(daemon: Daemon, since: int) -> bool:
    """since: blocks that the output had played."""
    return daemon.status()["stages"][-1]["blocks"] > since + 10


def test_a_step_of_the_clock_causes_no_underrun(
    clock: WallClock, make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    """The clock of the daemon and its stages steps an hour forth and back during speech.

    The device's buffer of 500 ms prevents underruns because of a busy machine.
    """
    config = tmp_path / "clock.toml"
    config.write_text('engines = ["paced"]\nvoice = "paced"\n[audio]\ndevice = "null"\nlatency_ms = 500\n')
    clock.set(-HOUR)
    daemon = make_daemon("--config", str(config), **clock.env).ready()
    with daemon.client() as client:
        utterance = client.speak(" ".join(["0/0/20"] * 10))
        while utterance.started is None:
            client.receive()
        for offset in (HOUR, -HOUR, HOUR):
            clock.set(offset)
            heard = daemon.status()["stages"][-1]["blocks"]
            eventually(partial(plays_on, daemon, heard))
        finished = utterance.wait()
    assert (finished.reason, finished.duration_s, finished.underruns) == ("done", 2.0, 0)
