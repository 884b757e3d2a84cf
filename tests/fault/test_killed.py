"""A stage that dies takes the utterances at hand with it, told clearly, and nothing else."""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, eventually, user_env

from steadyvoice.client import UtteranceFailed

LONG = "One two three four five six seven. " * 30
STAGES = ["generator", "vocoder", "converter", "output"]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    daemon = Daemon(user_env(tmp_path_factory.mktemp("user"), cache)).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


def descriptors(pid: int) -> Counter[str]:
    """What a process has open, without the numbers that differ from one to the next."""
    links = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return Counter(link.split(":")[0].split(" ")[0] for link in links)


def segments(pid: int) -> Counter[str]:
    """What a process has mapped of shared memory."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return Counter(line.split()[5] for line in lines if "memfd:" in line or "sem." in line)


def speak(daemon: Daemon) -> int:
    with daemon.client() as client:
        return sum(map(len, client.stream("Still here.")))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_stage_killed_while_speaking(daemon: Daemon, stage: str, number: signal.Signals) -> None:
    whole = speak(daemon)
    before, pids = descriptors(daemon.process.pid), daemon.pids()
    with daemon.client() as client:
        stream = client.stream(LONG)
        blocks = iter(stream)
        next(blocks)
        os.kill(pids[stage], number)
        with pytest.raises(UtteranceFailed, match=rf"stage {stage} \(pid {pids[stage]}\) ended: killed by") as failed:
            list(blocks)
        assert failed.value.code == "stage_failed"
        eventually(lambda: not any(map(alive, pids.values())))
    assert speak(daemon) == whole
    status = daemon.ready().status()
    assert {s["name"]: s["restarts"] for s in status["stages"]}[stage] >= 1
    eventually(lambda: not descriptors(daemon.process.pid) - before)
    assert daemon.names_in_shm() == []


def test_what_waits_is_spoken_after_a_stage_died(daemon: Daemon) -> None:
    """Only utterances that had begun are lost."""
    with daemon.client() as client:
        streams = [client.stream(LONG) for _ in range(40)]
        next(iter(streams[0]))
        eventually(lambda: daemon.status()["utterances"]["queued"] == 8)
        os.kill(daemon.pids()["vocoder"], signal.SIGKILL)
        lost = [stream for stream in streams if _failed(stream)]
    assert 0 < len(lost) <= 32


def _failed(stream: object) -> bool:
    try:
        for _ in stream:  # type: ignore[attr-defined]
            pass
    except UtteranceFailed:
        return True
    return False


def test_a_thousand_utterances_leave_nothing_behind(daemon: Daemon) -> None:
    """Neither descriptors, segments, semaphores nor memory, anywhere; half of them are cancelled on the way."""
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

    utterances(200)
    seen, size = look(), memory()
    utterances(1000)
    eventually(lambda: not any(now - before for now, before in zip(look(), seen, strict=True)))
    assert memory() - size < 16 << 20
    assert daemon.names_in_shm() == []
