"""A stage is killed at any moment, and the client receives the same samples as without the fault."""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, permutations, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, alive, eventually, user_env
from support.matrix import only, quick

TALE = "One two three four five six seven. Nobody in the village knows when it was built, and nobody asks. " * 2
LONG = "One two three four five six seven. " * 30
BEFORE_OUTPUT = ["generator", "vocoder", "converter"]
STAGES = [*BEFORE_OUTPUT, "output"]
SIGNALS = [signal.SIGKILL, signal.SIGSTOP]
MOMENTS = {"the first block": 0.0, "the middle": 0.5, "the end": 0.97}
"""Moments of the fault: the share of the samples that the client has read."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    daemon = Daemon(user_env(tmp_path_factory.mktemp("user"), cache)).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


def descriptors(pid: int) -> Counter[str]:
    """Open files of a process by kind, without inode numbers, which differ between processes."""
    links = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return Counter(link.split(":")[0].split(" ")[0] for link in links)


def segments(pid: int) -> Counter[str]:
    """Shared-memory segments and semaphores that a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return Counter(line.split()[5] for line in lines if "memfd:" in line or "sem." in line)


def is_replaced(daemon: Daemon, stage: str, pid: int) -> bool:
    return daemon.pids()[stage] not in (0, pid)


def speak(daemon: Daemon) -> int:
    with daemon.client() as client:
        return sum(map(len, client.stream("Still here.")))


@pytest.fixture(scope="module")
def whole(daemon: Daemon) -> NDArray[np.float32]:
    """Samples that a client receives without a fault."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TALE)))


def disturbed(daemon: Daemon, at: float, disturb: Callable[[], object]) -> NDArray[np.float32]:
    """Stream TALE, call ``disturb`` once when ``at`` samples were read, and return all samples."""
    with daemon.client() as client:
        stream = client.stream(TALE)
        heard: list[NDArray[np.float32]] = []
        done = False
        for block in stream:
            heard.append(block)
            if not done and sum(map(len, heard)) >= at:
                disturb()
                done = True
    assert done
    return np.concatenate(heard)


def _kept(stage: str, number: signal.Signals, moment: str) -> bool:
    """Each stage at each moment; with each other signal, each stage at one moment, and each moment in one stage."""
    turn = {signal.SIGSTOP: 0, signal.SIGSEGV: 1}
    at = list(MOMENTS).index(moment)
    return number == signal.SIGKILL or BEFORE_OUTPUT[(at + turn[number]) % 3] == stage


@pytest.mark.parametrize(
    ("stage", "number", "moment"),
    only(_kept, product(BEFORE_OUTPUT, [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV], MOMENTS)),
)
def test_a_stage_killed_while_speaking(
    daemon: Daemon, whole: NDArray[np.float32], stage: str, number: signal.Signals, moment: str
) -> None:
    """No sample is lost, repeated or changed."""
    before, pids = descriptors(daemon.process.pid), daemon.pids()
    heard = disturbed(daemon, MOMENTS[moment] * len(whole), lambda: os.kill(pids[stage], number))
    np.testing.assert_array_equal(heard, whole)
    eventually(lambda: daemon.pids()[stage] not in (0, pids[stage]))
    assert not alive(pids[stage])
    others = {name: pid for name, pid in pids.items() if name != stage}
    assert others.items() <= daemon.pids().items(), "no other stage was replaced"
    eventually(lambda: all(one["state"] == "ready" for one in daemon.status()["stages"]))
    eventually(lambda: not descriptors(daemon.process.pid) - before)
    assert daemon.names_in_shm() == []


@pytest.mark.parametrize(
    ("stage", "number"),
    only(lambda stage, number: number == signal.SIGKILL or stage == "output", product(STAGES, SIGNALS)),
)
def test_a_stage_killed_while_idle(
    daemon: Daemon, whole: NDArray[np.float32], stage: str, number: signal.Signals
) -> None:
    pid = daemon.pids()[stage]
    os.kill(pid, number)
    eventually(partial(is_replaced, daemon, stage, pid))
    np.testing.assert_array_equal(disturbed(daemon, 1, lambda: None), whole)


@pytest.mark.parametrize("number", quick(1, SIGNALS))
def test_a_repeatedly_killed_stage_is_always_replaced(daemon: Daemon, number: signal.Signals) -> None:
    """Kills from outside, unlike repeated crashes, do not make the daemon give up on the stage."""
    for _ in range(6):
        pid = daemon.pids()["output"]
        os.kill(pid, number)
        eventually(partial(is_replaced, daemon, "output", pid))
        eventually(lambda: all(one["state"] == "ready" for one in daemon.status()["stages"]))


@pytest.mark.parametrize("pair", [*combinations(BEFORE_OUTPUT, 2), BEFORE_OUTPUT], ids="+".join)
def test_several_stages_killed_at_once(daemon: Daemon, whole: NDArray[np.float32], pair: list[str]) -> None:
    pids = daemon.pids()

    def disturb() -> None:
        for stage in pair:
            os.kill(pids[stage], signal.SIGKILL)

    np.testing.assert_array_equal(disturbed(daemon, 0.3 * len(whole), disturb), whole)


@pytest.mark.parametrize(
    "order",
    [pytest.param(order, marks=[pytest.mark.long] * (at > 2)) for at, order in enumerate(permutations(BEFORE_OUTPUT))],
    ids="+".join,
)
def test_stages_killed_one_after_the_other(daemon: Daemon, whole: NDArray[np.float32], order: tuple[str, ...]) -> None:
    """Each stage is killed when the previous one has a replacement, so that a replay is itself interrupted."""

    def disturb() -> None:
        for stage in order:
            pid = daemon.pids()[stage]
            os.kill(pid, signal.SIGKILL)
            eventually(partial(is_replaced, daemon, stage, pid))

    np.testing.assert_array_equal(disturbed(daemon, 0.2 * len(whole), disturb), whole)


def test_killed_stages_with_many_utterances(daemon: Daemon) -> None:
    """Both active and queued utterances are complete."""
    with daemon.client() as client:
        text = LONG[: len(LONG) // 12]
        alone = sum(map(len, client.stream(text)))
        streams = [client.stream(text) for _ in range(40)]
        next(iter(streams[0]))
        eventually(lambda: daemon.status()["utterances"]["queued"] == 8)
        for stage in BEFORE_OUTPUT:
            os.kill(daemon.pids()[stage], signal.SIGKILL)
        heard = [sum(map(len, stream)) for stream in streams[1:]]
    assert heard == [alone] * 39


def test_an_utterance_with_open_text_continues(daemon: Daemon) -> None:
    text = "It was late. The rain had stopped, and nobody said a word until"
    rest = " we reached the bridge. Then she laughed."
    with daemon.client() as client, client.open_stream() as utterance:
        utterance.append(text)
        blocks = iter(utterance)
        heard = len(next(blocks))
        for stage in BEFORE_OUTPUT:
            os.kill(daemon.pids()[stage], signal.SIGKILL)
        utterance.append(rest)
        utterance.finish()
        heard += sum(map(len, blocks))
        assert utterance.finished is not None
        assert utterance.finished.heard_chars == len(text + rest)
    assert heard > 4 * 24000


@pytest.mark.parametrize("many", quick(1, [150, 1000]))
def test_many_utterances_leak_nothing(daemon: Daemon, many: int) -> None:
    """No process leaks descriptors, shared memory, semaphores or memory; half of the utterances are cancelled."""
    daemon.ready()
    speak(daemon)

    def look() -> list[Counter[str]]:
        return [descriptors(pid) + segments(pid) for pid in (daemon.process.pid, *daemon.pids().values())]

    def memory() -> int:
        return sum(stage["rss_bytes"] for stage in daemon.status()["stages"])

    def utterances(count: int) -> None:
        with daemon.client() as client:
            for i in range(count):
                stream = client.stream("Hi.")
                if i % 2:
                    stream.cancel()
                else:
                    list(stream)

    utterances(100)
    seen, size = look(), memory()
    utterances(many)
    eventually(lambda: not any(now - before for now, before in zip(look(), seen, strict=True)))
    assert memory() - size < 16 << 20
    assert daemon.names_in_shm() == []


@pytest.mark.parametrize("stage", only(lambda stage: stage in ("generator", "output"), STAGES))
def test_a_stage_killed_while_it_starts(make_daemon: Callable[..., Daemon], stage: str) -> None:
    daemon = make_daemon()
    pid = eventually(lambda: daemon.answers() and daemon.pids().get(stage))
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert speak(daemon.ready()) > 0
    assert daemon.pids()[stage] not in (0, pid)
