"""The examples of docs/gateways.md for Wyoming, MPRIS and Spiel, as printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.clients import LONG, NULL
from support.daemon import BIN, Daemon, eventually
from support.gateway import running
from support.session_bus import session_bus

from steadyvoice.ipc import config_file
from steadyvoice.ipc.gateway_settings import Wyoming

CONFIGURATION = NULL
DOCUMENT = (Path(__file__).parents[3] / "docs" / "gateways.md").read_text()


def blocks(section: str, language: str) -> list[str]:
    """The code blocks of this language in a section."""
    text = DOCUMENT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
    assert found
    return found


def shell(text: str, env: dict[str, str]) -> str:
    done = subprocess.run(["bash", "-c", text], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wyoming_client(daemon: Daemon) -> None:
    (program,) = blocks("Home Assistant (Wyoming)", "python")
    with running("wyoming", daemon, "--listen", "localhost:0") as gateway:
        program = program.replace("10200", str(gateway.port))
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("audio-start 24000 0\naudio-chunk 24000 ")


def test_the_configuration_for_another_machine() -> None:
    (text,) = blocks("Home Assistant (Wyoming)", "toml")
    settings = config_file.parse(text.replace("[gateways.wyoming]", ""), "example", Wyoming)
    assert settings.clients == ("192.168.1.20",)
    assert settings.zeroconf
    assert settings.trailing_silence_ms == 200


def test_playerctl(daemon: Daemon) -> None:
    (text,) = blocks("MPRIS", "sh")
    with session_bus() as bus, running("mpris", daemon, **bus), daemon.client() as client:
        env = daemon.env | bus

        def status() -> str:
            command = ["playerctl", "-p", "steadyvoice", "status"]
            return subprocess.run(command, env=env, capture_output=True, text=True).stdout.strip()

        eventually(lambda: status() == "Stopped")
        client.speak(LONG)
        eventually(lambda: status() == "Playing")
        assert "One two three four five" in shell(text, env)
        eventually(lambda: client.status()["audio"]["paused"])
        client.cancel()
        client.resume()


@pytest.mark.parametrize("activated", [False, True])
def test_the_voices_over_spiel(daemon: Daemon, tmp_path: Path, activated: bool) -> None:
    """Also where the session bus starts the gateway, which must not start another daemon."""
    (text,) = blocks("Spiel", "sh")
    (service,) = blocks("Spiel", "ini")
    services = tmp_path / "dbus-1" / "services"
    services.mkdir(parents=True)
    if activated:
        service = service.replace("/usr/bin/svgate spiel", f"{BIN / 'svgate'} spiel --socket {daemon.socket}")
        (services / "org.steadyvoice.Speech.Provider.service").write_text(service)
    with session_bus(daemon.env | {"XDG_DATA_HOME": str(tmp_path)}) as bus:
        if activated:
            assert 'string "heart"' in shell(text, daemon.env | bus)
        else:
            with running("spiel", daemon, **bus):
                eventually(lambda: subprocess.run(["bash", "-c", text], env=daemon.env | bus).returncode == 0)
                assert 'string "heart"' in shell(text, daemon.env | bus)
