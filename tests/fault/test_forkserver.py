"""The forkserver, from which stages are forked: its properties, and speech although it dies or hangs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, alive, configured, eventually
from support.matrix import only, quick

STAGES = ["generator", "vocoder", "converter", "output"]
TALE = "One two three four five six seven. Nobody in the village knows when it was built, and nobody asks. " * 3


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, 'audio.device = "null"\n') as daemon:
        yield daemon
        forkserver = forkserver_of(daemon)
    assert not alive(forkserver)


@pytest.fixture(scope="module")
def whole(daemon: Daemon) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TALE)))


def arguments(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")


def forkserver_of(daemon: Daemon) -> int:
    """Pid of the daemon's forkserver, once it has loaded the shared code and data."""
    children = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children")

    def is_it(pid: int) -> bool:
        maps, tasks = Path(f"/proc/{pid}/maps").read_text(), os.listdir(f"/proc/{pid}/task")
        return "forkserver" in arguments(pid) and "hibari-words" in maps and len(tasks) == 1 and stat(pid)[0] == "S"

    return eventually(lambda: next(filter(is_it, map(int, children.read_text().split())), 0))


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; see proc_pid_stat(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def check_speech_with_killed(daemon: Daemon, whole: NDArray[np.float32], stage: str, *others: int) -> None:
    """Kill the other processes and then the stage during speech: no sample is lost."""
    before = daemon.pids()[stage]
    with daemon.client() as client:
        blocks = iter(client.stream(TALE))
        heard = [next(blocks)]
        for pid in (*others, before):
            os.kill(pid, signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
    eventually(lambda: daemon.pids()[stage] not in (0, before))


def test_stages_are_children_of_the_daemon_and_have_their_own_command_lines(daemon: Daemon) -> None:
    for name, pid in daemon.pids().items():
        assert int(stat(pid)[1]) == daemon.process.pid
        assert arguments(pid)[-2:] == ["steadyvoice.workers", name]


def test_the_forkserver_has_one_thread_and_no_open_pipes_or_sockets_but_its_own(daemon: Daemon) -> None:
    process = Path(f"/proc/{forkserver_of(daemon)}")
    assert len(os.listdir(process / "task")) == 1
    links = [os.readlink(process / "fd" / number) for number in os.listdir(process / "fd") if int(number) > 2]
    assert [link.partition(":")[0] for link in links if not os.path.isfile(link)] == ["socket"]


@pytest.mark.parametrize("stage", quick(2, STAGES))
def test_a_replacement_has_the_name_of_its_stage_and_leaks_nothing(
    daemon: Daemon, whole: NDArray[np.float32], stage: str
) -> None:
    forkserver = forkserver_of(daemon)
    fds = os.listdir(f"/proc/{forkserver}/fd")
    for _ in range(3):
        check_speech_with_killed(daemon, whole, stage)
        assert arguments(daemon.pids()[stage])[-1] == stage
        eventually(lambda: daemon.status()["ready"] and daemon.status()["stages"][0]["state"] == "ready")
    assert forkserver_of(daemon) == forkserver
    assert os.listdir(f"/proc/{forkserver}/fd") == fds
    assert not Path(f"/proc/{forkserver}/task/{forkserver}/children").read_text()


@pytest.mark.parametrize("stage", only(lambda stage: stage in ("generator", "output"), STAGES))
def test_speech_continues_when_the_forkserver_dies_with_a_stage(
    daemon: Daemon, whole: NDArray[np.float32], stage: str
) -> None:
    """The stage's replacement is started without the forkserver."""
    forkserver = forkserver_of(daemon)
    check_speech_with_killed(daemon, whole, stage, forkserver)
    assert forkserver_of(daemon) != forkserver


def test_a_hung_forkserver_is_replaced(daemon: Daemon, whole: NDArray[np.float32]) -> None:
    forkserver = forkserver_of(daemon)
    os.kill(forkserver, signal.SIGSTOP)
    check_speech_with_killed(daemon, whole, "vocoder")
    assert not alive(forkserver)
    assert forkserver_of(daemon) != forkserver
