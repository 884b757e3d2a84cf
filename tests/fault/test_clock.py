"""The wall clock may step, by NTP or by hand; nobody waits longer for it. It steps only for the program under test.

A wait that ends at a time of the wall clock becomes an hour longer if that is set back by an hour. The kernel's clock
stays as it is here, so the step is played the other way round: the program computes its deadline with a clock that
is an hour ahead of the one by which the kernel then waits.
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

semaphore, bell = posix_ipc.Semaphore(sys.argv[1]), SemaphoreNotifier()

def acquire():
    try:
        semaphore.acquire(0.05)
        print("acquired", flush=True)
    except posix_ipc.BusyError:
        print("timed out", flush=True)

by_the_wall = threading.Thread(target=acquire)
by_the_wall.start()
rung = [bell.wait(0.05) for _ in range(5)]
print(rung, "meanwhile", by_the_wall.is_alive(), flush=True)
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
    """Its standard input and output; it has ended well afterwards."""
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


def test_the_program_alone_sees_the_step_and_on_no_other_clock(clock: WallClock) -> None:
    with program(clock, CLOCKS) as (ask, answer):
        for offset in (0, HOUR, 0, -HOUR):
            clock.set(offset)
            print(file=ask, flush=True)
            wall, monotonic = map(float, answer.readline().split())
            assert round((wall - time.time()) / HOUR) * HOUR == offset
            assert round((monotonic - time.monotonic()) / HOUR) == 0


def test_without_a_step_every_wait_ends(clock: WallClock, semaphore: posix_ipc.Semaphore) -> None:
    with program(clock, WAITS, semaphore.name) as (_, answer):
        assert "timed out\n" in (answer.readline(), answer.readline())


def test_step_back_does_not_lengthen_the_wait_for_a_bell(clock: WallClock, semaphore: posix_ipc.Semaphore) -> None:
    """As it does that for posix_ipc's own time-out, which is as long, began before, and would end in an hour."""
    clock.set(HOUR)
    with program(clock, WAITS, semaphore.name) as (_, answer):
        assert answer.readline() == f"{[False] * 5} meanwhile True\n"
        semaphore.release()
        assert answer.readline() == "acquired\n"


def test_nobody_hears_a_step_of_the_clock(clock: WallClock, make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """The daemon and its stages between two blocks of the sound device: an hour back, and an hour forth.

    The device holds so much that a machine which stops for some ms is not heard either.
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
            eventually(lambda heard=heard: daemon.status()["stages"][-1]["blocks"] > heard + 10)  # type: ignore[misc]
        finished = utterance.wait()
    assert (finished.reason, finished.duration_s, finished.underruns) == ("done", 2.0, 0)
