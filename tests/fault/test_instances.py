"""Two daemons on one machine do not affect each other; a full /dev/shm does not affect a running daemon."""

import contextlib
import hashlib
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import posix_ipc
import pytest
from numpy.typing import NDArray
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.svctl import LIGHT

MakeDaemon = Callable[..., Daemon]
TEXT = "One two three four five six seven. " * 10


def spoken(daemon: Daemon) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TEXT)))


def test_killing_one_daemon_does_not_affect_the_other(make_daemon: MakeDaemon) -> None:
    """One daemon and all its stages are killed during speech; a new daemon then starts on the same socket."""
    lives, dies = make_daemon().ready(), make_daemon().ready()
    whole, pids = spoken(lives), [dies.process.pid, *dies.pids().values()]
    with dies.client() as other, lives.client() as client:
        next(iter(other.stream(TEXT)))
        stream = client.stream(TEXT)
        blocks = iter(stream)
        heard = [next(blocks)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        heard += blocks
    np.testing.assert_array_equal(np.concatenate(heard), whole)
    eventually(lambda: not any(map(alive, pids)))
    assert all(stage["restarts"] == 0 for stage in lives.status()["stages"])
    dies.process.wait(10)
    np.testing.assert_array_equal(spoken(dies.start().ready()), whole)
    assert lives.names_in_shm() == dies.names_in_shm() == []


def test_only_the_next_daemon_of_an_instance_removes_its_leftover_names(
    make_daemon: MakeDaemon, tmp_path: Path
) -> None:
    """A semaphore has a name for a moment while a notifier is created."""
    (tmp_path / "light.toml").write_text(LIGHT)
    make = partial(make_daemon, "--config", str(tmp_path / "light.toml"))
    dies = make().ready()
    dies.process.kill()
    dies.process.wait(10)
    instance = hashlib.sha256(str(dies.socket).encode()).hexdigest()[:12]
    left = posix_ipc.Semaphore(f"/steadyvoice-{instance}", posix_ipc.O_CREX)
    make().ready()
    assert dies.names_in_shm() == [f"sem.{left.name[1:]}"], "names of another instance must stay"
    dies.start().ready()
    assert dies.names_in_shm() == []
    left.close()


@pytest.fixture
def start_with_small_shm(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Callable[[str], Daemon]]:
    """Start a daemon with a /dev/shm of its own of 64 KiB, after running the shell command ``before``."""
    if os.getuid() != 0:
        pytest.skip("needs root, for a /dev/shm of its own")
    daemon = Daemon(user_env(tmp_path_factory.mktemp("small-shm"), cache))

    def start(before: str) -> Daemon:
        shell = f'mount -t tmpfs -o size=64k tmpfs /dev/shm; {before}; exec "$0"'
        daemon.command = ["unshare", "-m", "sh", "-c", shell, BIN / "svd"]
        return daemon.start()

    yield start
    assert daemon.stop() == 0, daemon.log


def fill(directory: Path) -> None:
    with (directory / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    assert os.statvfs(directory).f_bfree == 0


def test_shm_fills_up_while_it_speaks(start_with_small_shm: Callable[[str], Daemon]) -> None:
    daemon = start_with_small_shm("true").ready()
    whole = spoken(daemon)
    assert "/dev/shm is full" in daemon.status()["audio"]["problem"], "everything except the sound device works"
    fill(Path("/proc", str(daemon.process.pid), "root", "dev", "shm"))
    np.testing.assert_array_equal(spoken(daemon), whole)


def test_shm_is_full_at_the_start(start_with_small_shm: Callable[[str], Daemon]) -> None:
    """The semaphores are created in anonymous shared memory instead, and the status reports the refusal."""
    daemon = start_with_small_shm("head -c 1M /dev/zero >/dev/shm/filler").ready()
    assert len(spoken(daemon))
    assert [(refusal["call"], refusal["why"]) for refusal in daemon.status()["refused"]][:1] == [("sem_open", "ENOSPC")]
