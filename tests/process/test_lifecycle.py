"""How a daemon starts, is found, and ends."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.svctl import LIGHT

from steadyvoice.client import DaemonUnreachable

MakeDaemon = Callable[..., Daemon]


@pytest.fixture
def light(tmp_path: Path) -> tuple[str, str]:
    """Arguments of a daemon that loads no model."""
    (tmp_path / "light.toml").write_text(LIGHT)
    return "--config", str(tmp_path / "light.toml")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_all_its_resources(
    make_daemon: MakeDaemon, light: tuple[str, str], number: signal.Signals
) -> None:
    daemon = make_daemon(*light).ready()
    assert daemon.names_in_shm() == [], "semaphores have no name once they are open"
    pids = daemon.pids()
    with daemon.client() as client:
        stream = client.stream("0/0/50 " * 30)
        next(iter(stream))
        daemon.process.send_signal(number)
        assert daemon.process.wait(20) == 0
        with pytest.raises(DaemonUnreachable):
            list(stream)
    assert not any(map(alive, pids.values()))
    assert [path.name for path in daemon.socket.parent.iterdir()] == []
    assert daemon.names_in_shm() == []


def test_stop_during_the_start(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    eventually(daemon.socket.exists)
    assert daemon.stop() == 0
    assert list(daemon.socket.parent.iterdir()) == []


def test_a_second_daemon_on_the_same_socket_is_refused(make_daemon: MakeDaemon, light: tuple[str, str]) -> None:
    first = make_daemon(*light).ready()
    second = subprocess.run([BIN / "svd"], env=first.env, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert "another svd serves" in second.stderr
    assert first.status()["ready"]


def test_a_stale_socket_is_replaced(make_daemon: MakeDaemon, light: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    daemon = make_daemon(*light, "--socket", str(path))
    daemon.env["XDG_RUNTIME_DIR"]  # unused by this daemon, which listens at another path
    env = daemon.env | {"STEADYVOICE_SOCKET": str(path)}

    def served() -> bool:
        done = subprocess.run([BIN / "svctl", "status"], env=env, capture_output=True)
        return done.returncode == 0

    eventually(served)


def test_stages_end_with_a_killed_daemon_and_the_next_one_starts(
    make_daemon: MakeDaemon, light: tuple[str, str]
) -> None:
    daemon = make_daemon(*light).ready()
    pids = daemon.pids()
    daemon.process.kill()
    daemon.process.wait()
    eventually(lambda: not any(map(alive, pids.values())))
    assert daemon.names_in_shm() == []
    daemon.start().ready()
    with daemon.client() as client:
        assert sum(map(len, client.stream("0/0/100"))) == 24000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("voise = 'heart'", "unknown key 'voise'; did you mean 'voice'?"),
        ("[audio]\nlatency = 3", "unknown key 'latency' in [audio]; did you mean 'latency_ms'?"),
        ("[audio]\nblock = 'big'", "block in [audio] must be a whole number"),
        ("voice = ", "not TOML"),
    ],
)
def test_an_invalid_configuration_is_refused_in_one_line(tmp_path: Path, cache: Path, text: str, says: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    env = user_env(tmp_path / "user", cache)
    done = subprocess.run([BIN / "svd", "--config", file], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert str(file) in done.stderr


def test_an_engine_that_is_not_installed(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """The stages cannot start; the daemon still replies, with the reason."""
    file = tmp_path / "config.toml"
    file.write_text("engines = ['nothing']")
    daemon = make_daemon("--config", str(file))

    def given_up() -> bool:
        try:
            return bool(daemon.status()["problem"])
        except DaemonUnreachable:
            return False

    eventually(given_up, 60)
    done = daemon.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "no engine can be used: nothing: no installed package brings it" in done.stderr


def test_without_portaudio(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    """Where libportaudio2 is missing, the import of sounddevice fails with this OSError."""
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    daemon = make_daemon(PYTHONPATH=str(tmp_path)).ready()
    done = daemon.svctl("speak", "Hello.")
    assert done.returncode == 1
    assert "apt install libportaudio2" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert daemon.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0


def test_svctl_speak_starts_a_daemon_if_none_runs(tmp_path: Path, cache: Path) -> None:
    """Two commands at the same time start one daemon."""
    daemon = Daemon(user_env(tmp_path / "user", cache))
    done: list[subprocess.CompletedProcess[str]] = []

    def speak(name: str) -> None:
        command: list[str | Path] = [BIN / "svctl", "speak", "I start by myself.", "-o", tmp_path / name]
        done.append(subprocess.run(command, env=daemon.env, capture_output=True, text=True, timeout=60))

    threads = [threading.Thread(target=speak, args=(name,)) for name in ("one.wav", "two.wav")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pid = daemon.status()["pid"]
    try:
        assert [each.returncode for each in done] == [0, 0]
        assert any(f"started svd in the background (pid {pid})" in each.stderr for each in done)
        assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()
    finally:
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: not alive(pid))
