"""A real microphone: the monitor of a PulseAudio null sink."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import live_capture
from support.card import Cards
from support.daemon import eventually
from support.matrix import quick
from support.sound import RATE, SoundServer

from steadyvoice.workers.live import signals
from steadyvoice.workers.playback.alsa import Layout
from steadyvoice.workers.playback.fitting import packed

pytestmark = pytest.mark.realtime

NOISE = signals.noise(5)(0, 5 * RATE)


class Capture:
    """``live_capture.py``, at work."""

    def __init__(self, sound: Path, status: Path) -> None:
        self._sound, self._status = sound, status

    @property
    def sound(self) -> NDArray[np.float32]:
        data = self._sound.read_bytes()
        return np.frombuffer(data[: len(data) // 4 * 4], np.float32)

    def status(self) -> dict[str, Any]:
        lines = self._status.read_text().splitlines(keepends=True)
        whole = [line for line in lines if line.startswith("{") and line.endswith("\n")]
        return json.loads(whole[-1]) if whole else {"written": 0, "problem": "not open yet"}

    def place(self, wanted: NDArray[np.float32]) -> int | None:
        """Where these samples were captured, bit for bit."""
        sound = self.sound
        for start in np.flatnonzero(sound[: len(sound) - len(wanted) + 1] == wanted[0]):
            if np.array_equal(sound[start : start + len(wanted)], wanted):
                return int(start)
        return None


@contextmanager
def capture(source: str, folder: Path, **env: str) -> Iterator[Capture]:
    paths = folder / "sound", folder / "status"
    with paths[0].open("wb") as sound, paths[1].open("wb") as status:
        command = [sys.executable, live_capture.__file__, source]
        process = subprocess.Popen(command, env=os.environ | env, stdout=sound, stderr=status)
    try:
        yield Capture(*paths)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    server = SoundServer(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.mark.alone
@pytest.mark.parametrize("source", quick(1, ["mic", "mic:default"]))
def test_every_bit_that_is_played_is_captured(server: SoundServer, tmp_path: Path, source: str) -> None:
    with capture(source, tmp_path, **server.env) as captured:
        eventually(lambda: captured.status()["written"] > 2 * RATE)  # an idle null sink works in lumps of two seconds
        server.play(NOISE)
        eventually(lambda: captured.place(NOISE[RATE : 4 * RATE]) is not None)
        status = captured.status()
    assert status["name"] == "default"
    assert (status["rate"], status["channels"], status["overflows"]) == (RATE, 1, 0)
    assert not status["resampled"]


@pytest.mark.long
def test_it_comes_back_with_its_sound_server(server: SoundServer, tmp_path: Path) -> None:
    with capture("mic", tmp_path, **server.env) as captured:
        eventually(lambda: captured.status()["written"] > RATE)
        server.kill()
        eventually(lambda: captured.status()["problem"] != "")
        lost = captured.status()["written"]
        eventually(lambda: captured.status()["written"] > lost + RATE)  # silence, at the sink's pace
        server.start()
        eventually(lambda: captured.status()["problem"] == "")
        back = captured.status()["written"]
        eventually(lambda: captured.status()["written"] > back + 2 * RATE)
        server.play(NOISE)
        eventually(lambda: captured.place(NOISE[RATE : 4 * RATE]) is not None)


@pytest.mark.parametrize(
    ("line", "rate", "layout"),
    quick(2, [
        ("rate 44100 channels 2 format S16_LE", 44100, Layout(2, "s16")),
        ("rate 96000 channels 6 format S32_LE", 96000, Layout(6, "s32")),
        ("rate 16000 channels 1 format S24_3LE", 16000, Layout(1, "s24")),
        ("rate 48000 channels 1 format FLOAT_LE", 48000, Layout(1, "f32")),
    ]),
)  # fmt: skip
def test_a_card_has_its_own_rate_channels_and_format(
    cards: Cards, tmp_path: Path, line: str, rate: int, layout: Layout
) -> None:
    hertz = 997.0
    cards.file("card").write_bytes(packed(tone_at(rate, hertz), layout).tobytes())
    cards.plug_in(card=f'{line} only "capture"')
    with capture("mic:card", tmp_path, **cards.env) as captured:
        eventually(lambda: captured.status()["written"] > 3 * RATE)
        status = captured.status()
        sound = captured.sound.astype(np.float64)
    assert (status["name"], status["rate"], status["channels"]) == ("card", rate, layout.channels)
    phase = 2 * np.pi * hertz / RATE * np.arange(RATE // 5)
    waves = np.stack([np.cos(phase), np.sin(phase)], 1)
    residuals = []
    for part in sound[RATE // 2 : 5 * RATE // 2].reshape(-1, len(phase)):  # a busy machine loses frames in some of them
        fit, *_ = np.linalg.lstsq(waves, part, rcond=None)
        residuals.append((np.std(part - waves @ fit), np.hypot(*fit)))
    residual, peak = min(residuals)
    assert peak == pytest.approx(signals.PEAK, rel=1e-3)
    assert residual < (1e-4 if layout.format == "s16" else 1e-5)


def tone_at(rate: int, hertz: float) -> NDArray[np.float32]:
    return np.asarray(signals.PEAK * np.sin(2 * np.pi * hertz / rate * np.arange(3 * rate)), np.float32)


def test_an_unplugged_card_comes_back(cards: Cards, tmp_path: Path) -> None:
    cards.file("card").write_bytes(NOISE.tobytes())
    line = 'rate 48000 channels 1 format FLOAT_LE only "capture"'
    cards.plug_in(card=line)
    with capture("mic:card", tmp_path, **cards.env) as captured:
        eventually(lambda: captured.place(NOISE[RATE : RATE + 4096]) is not None)
        cards.unplug("card")
        eventually(lambda: "lost" in captured.status()["problem"] or "cannot" in captured.status()["problem"])
        lost = captured.status()["written"]
        cards.plug_in(card=line)
        eventually(lambda: captured.status()["written"] > lost and captured.status()["problem"] == "")
        back = len(captured.sound)
        eventually(lambda: NOISE[RATE] in captured.sound[back:])


def test_there_is_none(tmp_path: Path) -> None:
    with capture("mic", tmp_path) as captured:
        eventually(lambda: "NoDevice: no microphone: " in (tmp_path / "status").read_text())
    assert not len(captured.sound)
