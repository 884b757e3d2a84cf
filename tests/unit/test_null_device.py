"""The simulated sound device's name, and its clock."""

from pathlib import Path

import numpy as np
import pytest

from steadyvoice.ipc import null_device_log
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.null_device import NullDevice, frames_of

SECOND = 1_000_000_000


@pytest.mark.parametrize(("ppm", "frames"), [(0, 48_000_000), (100, 48_004_800), (-300, 47_985_600)])
def test_frames_of_a_thousand_seconds(ppm: int, frames: int) -> None:
    assert frames_of(1000 * SECOND, ppm) == frames


@pytest.mark.parametrize(
    ("name", "frames"),
    [("null", 48_000), ("null:ppm=1000", 48_048), ("null:ppm=-1000", 47_952), ("null:ppm=+500", 48_024)],
)
def test_it_plays_at_its_own_rate(name: str, frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SECOND
    monkeypatch.setattr("time.monotonic_ns", lambda: now)
    device = NullDevice(name)
    device.open(2000)
    device.write(np.zeros(96_000, np.float32))
    assert device.writable() == 0
    now += SECOND
    assert device.writable() == frames


@pytest.mark.parametrize("options", ["", "ppm=100,"])
def test_it_logs_to_a_file(tmp_path: Path, options: str) -> None:
    path = tmp_path / "log"
    device = NullDevice(f"null:{options}{path}")
    device.open(20)
    device.write(np.ones(100, np.float32))
    device.close()
    assert [played.sounding for played in null_device_log.read(path)] == [100]


@pytest.mark.parametrize("name", ["null:ppm=", "null:ppm=x", "null:ppm=1001", "null:ppm=0.5,/tmp/x", "null:ppm=--1"])
def test_bad_ppm(name: str) -> None:
    with pytest.raises(NoDevice, match=r"^null:ppm=.*: ppm is a whole number from -1000 to 1000$"):
        NullDevice(name).open(20)
