"""The MPRIS gateway and playerctl."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, idle, user_env
from support.gateway import refusal, running, started
from support.session_bus import session_bus
from support.svctl import LIGHT, WORD

CONFIGURATION = LIGHT
MINUTE = "0/0/6000"


class Desktop:
    """A session bus with the gateway on it."""

    def __init__(self, bus: dict[str, str]) -> None:
        self.bus = bus
        self.env = os.environ | bus

    def playerctl(self, *words: str) -> str:
        command = ["playerctl", "-p", "steadyvoice", *words]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=60)
        return done.stdout.strip() or done.stderr.strip()

    def until(self, status: str) -> None:
        eventually(lambda: self.playerctl("status") == status)


@pytest.fixture(scope="module")
def desktop(daemon: Daemon) -> Iterator[Desktop]:
    with session_bus() as bus, running("mpris", daemon, **bus):
        desktop = Desktop(bus)
        eventually(lambda: "steadyvoice" in desktop.playerctl("-l").split())
        yield desktop


def test_keys_act_on_what_is_spoken(daemon: Daemon, desktop: Desktop) -> None:
    assert desktop.playerctl("status") == "Stopped"
    assert desktop.playerctl("metadata", "xesam:title") == "No player could handle this command"
    with daemon.client() as client:
        first, second = client.speak(MINUTE), client.speak(f"0/0/1 {MINUTE}")
        desktop.until("Playing")
        assert desktop.playerctl("metadata", "title").startswith(MINUTE)
        desktop.playerctl("pause")
        desktop.until("Paused")
        assert client.status()["audio"]["paused"]
        desktop.playerctl("play")
        desktop.until("Playing")
        assert not client.status()["audio"]["paused"]
        desktop.playerctl("play-pause")
        desktop.until("Paused")
        desktop.playerctl("play-pause")
        desktop.until("Playing")
        desktop.playerctl("next")
        assert first.wait().reason == "skipped"
        eventually(lambda: desktop.playerctl("metadata", "title").startswith("0/0/1 "))
        third = client.speak(MINUTE)
        desktop.playerctl("pause")
        desktop.playerctl("stop")
        assert (second.wait().reason, third.wait().reason) == ("cancelled", "cancelled")
        desktop.until("Stopped")
        assert not client.status()["audio"]["paused"]
        assert desktop.playerctl("next") == "No player could handle this command"


def test_changes_are_announced(daemon: Daemon, desktop: Desktop) -> None:
    """``playerctl --follow`` prints a line for each; streams are no concern of it."""
    command = ["playerctl", "-p", "steadyvoice", "--follow", "status"]
    with subprocess.Popen(command, env=desktop.env, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "Stopped\n"
        with daemon.client() as client:
            list(client.stream(WORD))
            client.speak(MINUTE)
            assert follower.stdout.readline() == "Playing\n"
            client.pause()
            assert follower.stdout.readline() == "Paused\n"
            client.cancel()
            client.resume()
            assert follower.stdout.readline() == "Stopped\n"
        follower.terminate()


def test_a_daemon_that_comes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(LIGHT)
    daemon = Daemon(user_env(tmp_path / "user", tmp_path / "cache"), ["--config", str(tmp_path / "config.toml")])
    with session_bus() as bus, running("mpris", daemon, **bus):
        desktop = Desktop(bus)
        desktop.until("Stopped")
        assert "no daemon" in desktop.playerctl("pause")
        for _ in range(2):
            daemon.start().ready()
            with daemon.client() as client:
                client.pause()
                desktop.until("Paused")
                client.resume()
                desktop.until("Stopped")
                client.pause()
                desktop.until("Paused")
            daemon.process.kill()
            daemon.process.wait(10)
            desktop.until("Stopped")


def test_a_gateway_that_is_killed(daemon: Daemon) -> None:
    """The name is free at once, and speech goes on; without a daemon nothing is left of it."""
    with session_bus() as bus, daemon.client() as client:
        desktop = Desktop(bus)
        with started("mpris", daemon.env | bus) as gateway:
            gateway.ready()
            desktop.until("Stopped")
            said = refusal("mpris", daemon.env | bus)
            assert "another program is org.mpris.MediaPlayer2.steadyvoice on the session bus; end it" in said
            client.speak(MINUTE)
        assert "steadyvoice" not in desktop.playerctl("-l")
        with running("mpris", daemon, **bus):
            eventually(lambda: "steadyvoice" in desktop.playerctl("-l").split())
            desktop.playerctl("stop")
            eventually(lambda: idle(daemon.status()))


def test_no_session_bus(daemon: Daemon) -> None:
    env = {name: value for name, value in daemon.env.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    for address, line in (
        ({}, "there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set; start the gateway in a desktop's session"),
        (
            {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"},
            "cannot connect to the session bus at unix:path=/nowhere: ",
        ),
        ({"DBUS_SESSION_BUS_ADDRESS": "nonsense"}, "cannot connect to the session bus at nonsense: "),
    ):
        said = refusal("mpris", env | address).removeprefix("svgate mpris: serving\n")
        assert said.startswith(f"svgate mpris: {line}")
        assert said.count("\n") == 1


def test_the_bus_ends(daemon: Daemon) -> None:
    with contextlib.ExitStack() as cleanup:
        with session_bus() as bus:
            gateway = cleanup.enter_context(started("mpris", daemon.env | bus)).ready()
            Desktop(bus).until("Stopped")
        assert gateway.process.wait(30) == 1
        assert gateway.log.endswith("svgate mpris: the session bus has ended\n")


def test_idle(daemon: Daemon) -> None:
    """At most 40 MB, and no wake-ups while nothing is spoken."""
    with session_bus() as bus, running("mpris", daemon, **bus) as gateway:
        Desktop(bus).until("Stopped")
        seen = [gateway.switches()]

        def at_rest() -> bool:
            seen.append(gateway.switches())
            return len(seen) > 100 and seen[-1] == seen[-100]

        eventually(at_rest)
        assert gateway.rss_bytes() < 40 << 20
