"""Live sound with a real sound server: microphone, speaker, virtual microphone; the lines of docs/live.md."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import BIN, Daemon, configured, eventually
from support.sound import RATE, Recorder, SoundServer, place

from steadyvoice.workers.live.signals import noise

pytestmark = pytest.mark.alone  # a sound server, and models that listen
BLOCKS = re.findall(r"^```sh\n(.*?)^```", (Path(__file__).parents[2] / "docs" / "live.md").read_text(), re.M | re.S)
Samples = NDArray[np.float32]
USE, *_, VIRTUAL = BLOCKS
PIPE = Path("/tmp/steadyvoice.raw")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, sound: SoundServer) -> Iterator[Daemon]:
    """Its microphone is another sink's monitor, so that it does not hear itself."""
    sound.pactl("load-module", "module-null-sink", "sink_name=room", f"rate={RATE}", "format=float32le", "channels=1")
    env = sound.env | {"PULSE_SOURCE": "room.monitor"}
    with configured(tmp_path_factory.mktemp("user"), cache, "audio.latency_ms = 40\n", **env) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def no_session_is_left(daemon: Daemon) -> Iterator[None]:
    yield
    with daemon.client() as client:
        client.cancel(*(each["id"] for each in daemon.status()["live"]))
    eventually(lambda: not daemon.status()["live"])


def test_what_the_microphone_hears_is_played(daemon: Daemon, sound: SoundServer, recorder: Recorder) -> None:
    spoken = noise(3)(0, 2 * RATE)
    with daemon.client() as client:
        session = client.live("mic", "gain:db=-6")
        eventually(lambda: daemon.status()["live"][0]["level_db"]["output"] <= -100)
        recorder.forget()
        sound.play(spoken, "room")
        eventually(lambda: len(recorder.samples) > 3 * RATE)
        status = daemon.status()["live"][0]
        session.cancel()
    pieces = spoken.reshape(-1, RATE // 10)
    assert np.median([similarity(recorder.samples, piece) for piece in pieces]) > 0.99
    assert status["problem"] == ""
    assert status["latency_ms"]["total"] > 0


def similarity(heard: Samples, piece: Samples) -> float:
    """Correlation of a piece with the stretch of ``heard`` that is most like it.

    A stall of the machine spoils the pieces that it meets, and no others.
    """
    at = place(heard, piece)
    return float(np.corrcoef(heard[at : at + len(piece)], piece)[0, 1])


@pytest.mark.parametrize("line", [line for line in USE.splitlines() if line])
def test_line_of_the_document(daemon: Daemon, tmp_path: Path, line: str) -> None:
    if "--change" in line or "--stop" in line:
        assert daemon.svctl("live", "--from", "tone", "--detach").returncode == 0
    process = subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        cwd=tmp_path,
        env=daemon.env | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    eventually(lambda: process.poll() is not None or has_begun(daemon))
    if not any(option in line for option in ("--detach", "--change", "--stop")):
        process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode in (0, 130), said  # 130: Ctrl-C came before the client knew of its session


def has_begun(daemon: Daemon) -> bool:
    return any(each["device"] for each in daemon.status()["live"])


@pytest.fixture
def pipe() -> Iterator[Path]:
    assert not PIPE.exists()
    yield PIPE
    with suppress(FileNotFoundError):
        PIPE.unlink()


def test_other_programs_hear_the_virtual_microphone(daemon: Daemon, sound: SoundServer, pipe: Path) -> None:
    make, run = VIRTUAL.replace("\\\n", "").splitlines()
    number = sound.pactl(*make.split()[1:])
    run = run.replace("--through shift:pitch=4", "--from tone:1000")
    words = run.split()[1:]
    session = subprocess.Popen([BIN / "svctl", *words], env=daemon.env, stderr=subprocess.PIPE, text=True)
    try:
        with sound.recorder("steadyvoice") as recorder:
            eventually(lambda: np.abs(recorder.samples[-RATE // 10 :]).max(initial=0) > 0.2)
            eventually(lambda: is_tone(recorder.samples[-RATE // 10 :], 1000))
    finally:
        session.send_signal(signal.SIGINT)
        said = session.communicate(timeout=30)[1]
        sound.pactl("unload-module", number)
    assert session.returncode == 0, said


def is_tone(samples: Samples, hertz: float) -> bool:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return len(samples) == RATE // 10 and int(spectrum.argmax()) == round(hertz / 10)
