"""A new engine is one file and one entry point: the lines of ARCHITECTURE.md, as they stand there."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from support.daemon import Daemon

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


def test_the_engine_of_the_document_speaks(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    document = ARCHITECTURE.read_text()
    (module,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    (name, value) = re.findall(r'^(beeps) = "(.*)"$', document, re.MULTILINE)[0]
    (configuration,) = re.findall(r"`(engines = .*?)`", document)
    (tmp_path / "beeps.py").write_text(module)
    info = tmp_path / "beeps-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: beeps\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[steadyvoice.engines]\n{name} = {value}\n")
    (tmp_path / "config.toml").write_text(configuration)
    daemon = make_daemon("--config", str(tmp_path / "config.toml"), PYTHONPATH=str(tmp_path)).ready()
    with daemon.client() as client:
        assert {"heart", "beep"} <= {voice.name for voice in client.voices()}
        beeps = np.concatenate(list(client.stream("one two three", voice="beep")))
        assert len(beeps) == 3 * 2400
        assert np.argmax(np.abs(np.fft.rfft(beeps))) * 24000 / len(beeps) == 440
        assert sum(map(len, client.stream("And the other voice."))) > 24000
