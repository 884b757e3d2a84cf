"""Sound cards of the tests' own that take one rate, channel count, format or period only, and play into a file."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

_SOURCE = Path(__file__).with_name("card.c")
_DTYPES = {"f32": "<f4", "s32": "<i4", "s24": "<i4", "s16": "<i2"}


@dataclass
class Cards:
    """``env`` makes the cards in ``home``/alsa.conf all that ALSA has, the first one the default."""

    home: Path
    plugin: Path
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return {"ALSA_CONFIG_PATH": str(self.home / "alsa.conf")}

    def plug_in(self, **cards: str) -> None:
        """Each card's name and its parameters (card.c). One that was there may come back as another."""
        self.lines |= cards
        self._write()
        for name in cards:
            self._gone(name).unlink(missing_ok=True)

    def unplug(self, name: str) -> None:
        """Also while it plays."""
        self._gone(name).touch()

    def _gone(self, name: str) -> Path:
        return self.file(name).with_suffix(".pcm.gone")

    def _write(self) -> None:
        text = ["</usr/share/alsa/alsa.conf>", f'pcm_type.card {{ lib "{self.plugin}" }}']
        for name, line in self.lines.items():
            how = line if line.startswith("type") else f'type card {line} file "{self.file(name)}"'
            text.append(f'pcm.!"{name}" {{ {how} }}')
        new = self.home / "new.conf"
        new.write_text("\n".join(text) + "\n")
        new.rename(self.home / "alsa.conf")  # ALSA reads again what is another file or a second younger

    def file(self, name: str) -> Path:
        return self.home / f"{name}.pcm"

    def heard(self, name: str, channels: int = 1, sample: str = "f32") -> NDArray[np.float64]:
        """[frames, channels], from -1 to 1: all that the card has played."""
        data = self.file(name).read_bytes() if self.file(name).exists() else b""
        bits = int(sample[1:])
        frames = data[: len(data) // (bits // 8 * channels) * (bits // 8 * channels)]
        if bits == 24:
            octets = np.frombuffer(frames, "u1").reshape(-1, 3)
            frames = np.pad(octets, ((0, 0), (1, 0))).tobytes()
        values = np.frombuffer(frames, _DTYPES[sample])
        most = 1.0 if sample == "f32" else 2.0 ** (8 * values.itemsize - 1)
        return (values / most).reshape(-1, channels)


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("card") / "card.so"
    subprocess.run(["tcc", "-shared", "-DPIC", "-Wall", "-o", made, _SOURCE, "-lasound"], check=True)
    return made


@pytest.fixture
def cards(tmp_path: Path, plugin: Path) -> Cards:
    home = tmp_path / "cards"
    home.mkdir()
    return Cards(home, plugin)
