"""The example engines and converter of docs/extending.md, installed and used exactly as they are written there."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon

DOCUMENT = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
TEXT = "Hello there, how do you do? It is a fine day."


def install(place: Path, group: str, name: str) -> str:
    """Write the document's package with this entry point to ``place``; return the configuration line that loads it."""
    (value,) = re.findall(rf'^{name} = "(.*)"$', DOCUMENT, re.MULTILINE)
    module, kind = value.split(":")
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL) if f"class {kind}:" in code]
    (place / f"{module}.py").write_text(code)
    info = place / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[steadyvoice.{group}]\n{name} = {value}\n")
    (line,) = re.findall(rf"`({group} = .*?)`", DOCUMENT)
    return str(line)


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon], tmp_path: Path) -> Daemon:
    install(tmp_path, "engines", "sirens")
    lines = [install(tmp_path, "engines", "beeps"), install(tmp_path, "converters", "robots")]
    lines[0] = lines[0].replace("]", ', "sirens"]')
    (tmp_path / "config.toml").write_text("\n".join([*lines, 'audio.device = "null"\n']))
    return make_daemon("--config", str(tmp_path / "config.toml"), PYTHONPATH=str(tmp_path)).ready()


def test_the_engine_of_three_parts_of_the_document(daemon: Daemon) -> None:
    with daemon.client() as client:
        siren = np.concatenate(list(client.stream("one two three", voice="siren")))
        stages = [stage["name"] for stage in client.status()["stages"] if stage["engine"] == "sirens"]
    assert stages == ["generator", "flow", "vocoder"]
    pitches = np.tile(np.arange(400, 650, 50).repeat(480), 3)
    assert siren == pytest.approx(0.2 * np.sin(pitches * np.arange(7200) * 2 * np.pi / 24000), abs=1e-4)


def test_the_engine_and_the_converter_of_the_document(daemon: Daemon) -> None:
    with daemon.client() as client:
        assert {"heart", "beep"} <= {voice.name for voice in client.voices()}
        beeps = np.concatenate(list(client.stream("one two three", voice="beep")))
        assert len(beeps) == 3 * 2400
        assert np.argmax(np.abs(np.fft.rfft(beeps))) * 24000 / len(beeps) == 440
        assert sum(map(len, client.stream("And the other voice."))) > 24000

        assert "robot" in {converter.name for converter in client.converters()}
        robot = np.concatenate(list(client.stream("one two three", voice="beep", converter="robot")))
        assert robot == pytest.approx(beeps * np.sin(2 * np.pi * 80 / 24000 * np.arange(len(beeps))), abs=1e-4)
