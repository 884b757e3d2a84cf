"""24 streams through HAProxy, while one of two daemons is killed, and while one is silent: none is lost."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore

import pytest
from support.daemon import eventually
from support.haproxy import UP, Fleet, started
from support.resumed import STREAMS, TEXTS, Heard, check, listen

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Fleet]:
    with started(tmp_path_factory.mktemp, cache, 'audio.device = "null"\n') as fleet:
        yield fleet


@pytest.fixture(scope="module")
def expected(fleet: Fleet) -> dict[str, Heard]:
    """Of each text, undisturbed."""
    return {text: listen(fleet.balancer.url, text, 0) for text in sorted(set(TEXTS))}


@contextmanager
def listening(fleet: Fleet) -> Iterator[list[Heard]]:
    """All have begun at the beginning of the block; at its end the list has what each has heard."""
    begun, heard = Semaphore(0), list[Heard]()
    with ThreadPoolExecutor(STREAMS) as pool:
        futures = [pool.submit(listen, fleet.balancer.url, text, 1.0, begun) for text in TEXTS]
        for _ in futures:
            assert begun.acquire(timeout=60)
        yield heard
        heard += [future.result() for future in futures]


def test_a_killed_daemon_loses_no_utterance(fleet: Fleet, expected: dict[str, Heard]) -> None:
    one = fleet.daemons["one"]
    with listening(fleet) as heard:
        one.process.kill()
        one.process.wait(10)
    check(heard, expected, "daemon killed")
    one.start().ready()
    eventually(lambda: fleet.balancer.states() == UP)


def test_a_silent_daemon_loses_no_utterance(fleet: Fleet, expected: dict[str, Heard]) -> None:
    one = fleet.daemons["one"]
    pids = [*one.pids().values(), one.process.pid]
    try:
        with listening(fleet) as heard:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    check(heard, expected, "daemon silent")
