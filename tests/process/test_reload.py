"""SIGHUP reloads the configuration and notifies the service manager, or ends the daemon when its terminal closes."""

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
    """Socket that receives the messages to the service manager."""
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


def received(manager: socket.socket, wanted: str) -> list[str]:
    """All status messages up to the first one that begins with ``wanted``."""
    states = [""]
    while not states[-1].startswith(wanted):
        states.append(manager.recv(10_000).decode())
    return states


def hang_up(daemon: Daemon, configuration: str) -> None:
    Path(daemon.args[1]).write_text(configuration)
    daemon.process.send_signal(signal.SIGHUP)


def test_service_manager_notifications(start: Callable[[str], Daemon], manager: socket.socket) -> None:
    daemon = start('audio.device = "null"')
    states = received(manager, "READY=1")
    assert states[1:] == ["STATUS=starting the stages", "READY=1\nSTATUS=ready; sound device: null"]
    hang_up(daemon, "audio.device = 7")
    assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert manager.recv(1000).decode().startswith("READY=1\nSTATUS=the old configuration stays: ")
    hang_up(daemon, 'audio.device = "null"\nlimits.clients = 3')
    assert manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert manager.recv(1000) == b"READY=1\nSTATUS=configuration reloaded"
    assert daemon.stop() == 0
    assert manager.recv(1000) == b"STOPPING=1\nSTATUS=stopping"


def test_an_unavailable_default_voice_is_replaced(start: Callable[[str], Daemon]) -> None:
    """The first installed voice replaces the default; an unavailable voice in a request is refused."""
    daemon = start('audio.device = "null"\nvoice = "nobody"').ready()
    for _ in range(2):
        assert daemon.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0
    line = "the configured voice 'nobody' is left out: no engine has it; see svctl voices; 'heart' speaks in its place"
    assert daemon.log.count(line) == 1
    asked = daemon.svctl("speak", "--voice", "nobody", "Hello.", "-o", os.devnull)
    assert (asked.returncode, "there is no voice 'nobody'" in asked.stderr) == (1, True)
    pids = daemon.pids()
    absent = {"what": "voice nobody", "reason": "no engine has it; see svctl voices"}
    assert (daemon.status()["voice"], daemon.status()["left_out"]) == ("heart", [absent])
    hang_up(daemon, 'audio.device = "null"\nvoice = "emma"')

    def is_reported() -> bool:
        daemon.svctl("speak", "Hi.", "-o", os.devnull)
        return "the configured voice 'emma'" in daemon.log

    eventually(is_reported)
    absent = {"what": "voice emma", "reason": "not installed: svctl voices pull emma"}
    assert (daemon.status()["voice"], daemon.status()["left_out"]) == ("heart", [absent])
    hang_up(daemon, 'audio.device = "null"')
    eventually(lambda: not daemon.status()["left_out"])
    assert daemon.pids() == pids


def test_a_reload_restarts_stages_that_could_not_start(start: Callable[[str], Daemon], manager: socket.socket) -> None:
    daemon = start('engines = ["nothing"]')
    states = received(manager, "STATUS=cannot speak: ")
    assert "no engine can be used: nothing: no installed package brings it" in states[-1]
    assert not any("READY" in state for state in states)
    hang_up(daemon, 'audio.device = "null"')
    assert "READY=1\nSTATUS=ready; sound device: null" in received(manager, "READY=1")
    assert daemon.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0


def test_the_daemon_ends_when_its_terminal_closes(tmp_path: Path, cache: Path) -> None:
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


@pytest.mark.parametrize(
    ("configuration", "says"),
    [
        ("lookahead_s = 1", []),
        ("ahead = 1", ["unknown key 'ahead'; did you mean 'lookahead_s'?"]),
        ("audio.block = 'many'", ["block in [audio] must be a whole number from 64 to 4096, not 'many'"]),
        ("engines = ['hibary']", ["engines has 'hibary', which no installed package brings; did you mean 'hibari'?"]),
        (
            "engines = ['hibari', 'zzz']\nconverters = ['shft']\nvoice = 'hart'\nfallback_voice = 'nobody'",
            [
                "engines has 'zzz', which no installed package brings; there are: ",
                "converters has 'shft', which no installed package brings; did you mean 'shift'?",
            ],
        ),
        (
            "engines = ['hibari']\nvoice = 'hart'\nfallback_voice = 'zzz'",
            [
                "voice is 'hart', which none of the engines has; did you mean 'heart'?",
                "fallback_voice is 'zzz', which none of the engines has; there are: ",
            ],
        ),
        (
            "engines = ['hibari']\nlanguages = { fr = 'hart', es = 'auto', eo = 'heart' }",
            [
                "'eo' in [languages] is none of the languages that a text is found to be in: ar, ",
                "[languages] has 'hart', which none of the engines has; did you mean 'heart'?",
            ],
        ),
        ("gateways.http.listen = ['8880']", ["listen in [gateways.http]: '8880' is no address; give HOST:PORT with"]),
        ("voice = 'added'", []),
        ("engines = []", ["engines must be a list of names in quotes, of one at least, not an empty list"]),
    ],
)
def test_a_configuration_is_checked(tmp_path: Path, configuration: str, says: list[str]) -> None:
    (tmp_path / "config.toml").write_text(configuration)
    (tmp_path / "data/voices/added").mkdir(parents=True)
    command: list[str | Path] = [BIN / "svd", "--check", "--config", tmp_path / "config.toml"]
    env = user_env(tmp_path, tmp_path, STEADYVOICE_DATA=str(tmp_path / "data"))
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == bool(says)
    lines = done.stderr.splitlines()
    assert len(lines) == len(says)
    assert all(each in line for each, line in zip(says, lines, strict=True))
    assert done.stdout.startswith("not checked: ") == (not says)
    assert not (tmp_path / "run/steadyvoice").exists(), "svd --check has begun to serve"


@pytest.mark.parametrize("key", ["voice", "fallback_voice"])
def test_a_voice_that_is_not_installed_is_named_by_the_check(tmp_path: Path, key: str) -> None:
    """svd starts with it, so the configuration can be used."""
    (tmp_path / "config.toml").write_text(f"{key} = 'emma'")
    command: list[str | Path] = [BIN / "svd", "--check", "--config", tmp_path / "config.toml"]
    env = user_env(tmp_path, tmp_path, STEADYVOICE_DATA=str(tmp_path / "data"))

    def says() -> tuple[int, str]:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    assert says() == (0, f"svd: {key} is 'emma', which is not installed: svctl voices pull emma\n")
    (tmp_path / "data/voices/emma").mkdir(parents=True)
    assert says() == (0, "")
