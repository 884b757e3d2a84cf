"""SIGHUP: the configuration is read again, and the service manager is told; or a terminal has gone."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.terminal import Terminal

from steadyvoice.client import DaemonUnreachable


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Hears what a service manager would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(60)
        yield sock


@pytest.fixture
def start(tmp_path: Path, cache: Path, manager: socket.socket) -> Iterator[Callable[[str], Daemon]]:
    """Starts a daemon with this configuration, without a terminal."""
    started: list[Daemon] = []

    def start(configuration: str) -> Daemon:
        (tmp_path / "config.toml").write_text(configuration)
        env = user_env(tmp_path / "user", cache, NOTIFY_SOCKET=manager.getsockname())
        daemon = Daemon(env, ["--config", str(tmp_path / "config.toml")], ["setsid", BIN / "svd"]).start()
        started.append(daemon)
        return daemon

    yield start
    for daemon in started:
        assert daemon.stop() == 0, daemon.log


def heard(manager: socket.socket, wanted: str) -> list[str]:
    """All states until one that begins so."""
    states = [""]
    while not states[-1].startswith(wanted):
        states.append(manager.recv(10_000).decode())
    return states


def hang_up(daemon: Daemon, configuration: str) -> None:
    Path(daemon.args[1]).write_text(configuration)
    daemon.process.send_signal(signal.SIGHUP)


def test_the_manager_is_told(start: Callable[[str], Daemon], manager: socket.socket) -> None:
    daemon = start('audio.device = "null"')
    states = heard(manager, "READY=1")
    assert states[1:] == ["STATUS=starting the stages", "READY=1\nSTATUS=ready; sound device: null"]
    hang_up(daemon, "audio.device = 7")
    assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert manager.recv(1000).decode().startswith("READY=1\nSTATUS=the old configuration stays: ")
    hang_up(daemon, 'audio.device = "null"\nlimits.clients = 3')
    assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert manager.recv(1000) == b"READY=1\nSTATUS=the configuration was read again"
    assert daemon.stop() == 0
    assert manager.recv(1000) == b"STOPPING=1\nSTATUS=stopping"


def test_the_default_voice_is_another_one(start: Callable[[str], Daemon]) -> None:
    daemon = start('audio.device = "null"\nvoice = "nobody"').ready()
    assert "there is no voice 'nobody'" in daemon.svctl("speak", "Hello.", "-o", os.devnull).stderr
    pids = daemon.pids()
    hang_up(daemon, 'audio.device = "null"')
    eventually(lambda: daemon.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0)
    assert daemon.pids() == pids


def test_what_was_given_up_is_tried_again(start: Callable[[str], Daemon], manager: socket.socket) -> None:
    daemon = start('engines = ["nothing"]')
    states = heard(manager, "STATUS=cannot speak: ")
    assert "no engine 'nothing' is installed" in states[-1]
    assert not any("READY" in state for state in states)
    hang_up(daemon, 'audio.device = "null"')
    assert "READY=1\nSTATUS=ready; sound device: null" in heard(manager, "READY=1")
    assert daemon.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0


def test_a_terminal_that_goes_away_ends_it(tmp_path: Path, cache: Path) -> None:
    daemon = Daemon(user_env(tmp_path / "user", cache))
    terminal = Terminal([BIN / "svd"], daemon.env)

    def pids() -> list[int]:
        try:
            status = daemon.status()
        except DaemonUnreachable:
            return []
        return [stage["pid"] for stage in status["stages"]] if status["ready"] else []

    stages = eventually(pids)
    terminal.hang_up()
    assert terminal.process.wait(20) == 0
    eventually(lambda: not any(map(alive, stages)))
    assert list(daemon.socket.parent.iterdir()) == []


@pytest.mark.parametrize(("configuration", "status", "says"), [("ahead_s = 1", 0, ""), ("ahead = 1", 1, "'ahead_s'?")])
def test_a_configuration_is_checked(tmp_path: Path, configuration: str, status: int, says: str) -> None:
    (tmp_path / "config.toml").write_text(configuration)
    command = [BIN / "svd", "--check", "--config", tmp_path / "config.toml"]
    done = subprocess.run(command, env=user_env(tmp_path, tmp_path), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == status
    assert not (tmp_path / "run/steadyvoice").exists(), "it has not begun to serve"
