"""``svctl speak -o`` in every format, with a real daemon, and options that are refused before anything is spoken."""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.daemon import BIN, Daemon, eventually, idle
from support.matrix import quick
from support.svctl import TALE

from steadyvoice.client.svctl.files.formats import LIBRARY_FORMATS
from steadyvoice.client.svctl.grammar import FORMATS

RATE = 24_000


def decoded(file: Path, rate: int = RATE) -> NDArray[np.float64]:
    raw = {"samplerate": rate, "channels": 1, "subtype": "PCM_16"} if file.suffix == ".raw" else {}
    samples, found = soundfile.read(file, **raw)
    assert found == rate
    return np.asarray(samples)


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_decodes_to_the_samples_of_the_wav(daemon: Daemon, tmp_path: Path, format: str) -> None:
    rate = 48_000 if format == "opus" else RATE
    wav, file = tmp_path / "plain", tmp_path / f"x.{format.upper()}"
    assert daemon.svctl("speak", TALE, "-o", wav, "--sample-rate", str(rate)).returncode == 0
    done = daemon.svctl("speak", TALE, "-o", file)
    said = f"svctl: raw: {RATE} Hz, signed 16-bit, mono\n" if format == "raw" else ""
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)
    os.rename(file, file.with_suffix(f".{format}"))
    plain, samples = decoded(wav, rate), decoded(file.with_suffix(f".{format}"), rate)
    assert len(plain) == len(samples) > 3 * rate
    if format in ("wav", "flac", "raw"):
        np.testing.assert_array_equal(samples, plain)
    else:
        assert np.corrcoef(samples, plain)[0, 1] > 0.95
        tenths = [
            np.sqrt((each[: -(len(each) % 2400) or None].reshape(-1, 2400) ** 2).mean(1)) for each in (samples, plain)
        ]
        assert np.abs(tenths[0] - tenths[1]).max() < 0.05, "the loudness of a tenth of a second differs"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("format", quick(2, FORMATS))
def test_each_format_can_be_written_to_a_pipe(daemon: Daemon, tmp_path: Path, format: str) -> None:
    file = tmp_path / f"x.{format}"
    assert daemon.svctl("speak", TALE, "-o", file).returncode == 0
    piped = daemon.svctl("speak", TALE, "-o", "-", "--format", format, text=False)
    assert piped.returncode == 0
    assert piped.stdout[:4] == file.read_bytes()[:4]
    assert len(piped.stdout) == pytest.approx(file.stat().st_size, abs=500)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "old.wav"], ["old.wav exists; --force replaces it"]),
        (["-o", "link.flac"], ["link.flac exists; --force replaces it"]),
        (["-o", "x.m4a"], [".m4a", ".wav .flac .mp3 .ogg .opus .raw"]),
        (["-o", "x.mp3", "--sample-rate", "96000"], ["mp3 does not support 96000 Hz", "48000"]),
        (["-o", "-", "--format", "opus", "--sample-rate", "44100"], ["opus does not support 44100 Hz", "48000"]),
        (["-o", "."], ["cannot write .: Is a directory"]),
        (["-o", "no/x.wav"], ["cannot write no/x.wav: there is no folder no"]),
    ],
)
def test_invalid_outputs_are_refused_before_anything_is_spoken(
    daemon: Daemon, tmp_path: Path, words: list[str], says: list[str]
) -> None:
    (tmp_path / "old.wav").write_bytes(b"old")
    (tmp_path / "link.flac").symlink_to("old.wav")
    counted = daemon.status()["utterances"]
    done = daemon.svctl("speak", TALE, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert all(part in done.stderr for part in says), done.stderr
    assert daemon.status()["utterances"] == counted
    assert sorted(os.listdir(tmp_path)) == ["link.flac", "old.wav"]
    assert (tmp_path / "old.wav").read_bytes() == b"old"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("format", FORMATS)
def test_a_signal_during_speech_keeps_the_old_file(daemon: Daemon, tmp_path: Path, format: str, number: int) -> None:
    """The incomplete new file is removed."""
    old = tmp_path / f"x.{format}"
    old.write_bytes(b"old")
    command: list[str | Path] = [BIN / "svctl", "--no-autostart", "speak", "-", "-o", old, "--force", "--json"]
    with subprocess.Popen(
        command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as svctl:
        assert svctl.stdin is not None
        assert svctl.stdout is not None
        assert svctl.stderr is not None
        svctl.stdin.write(f"{TALE}\n".encode() * 5)
        svctl.stdin.flush()
        while json.loads(svctl.stdout.readline())["type"] != "mark":
            pass
        svctl.send_signal(number)
        svctl.stdout.read()
        left = svctl.stderr.read().decode()
    assert svctl.returncode == 128 + number
    assert "Traceback" not in left
    assert old.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [old.name]
    eventually(lambda: idle(daemon.status()))


@pytest.mark.parametrize("format", LIBRARY_FORMATS)
def test_without_soundfile(daemon: Daemon, tmp_path: Path, format: str) -> None:
    """A ``soundfile`` module on the user's PYTHONPATH that fails to import."""
    (tmp_path / "soundfile.py").write_text('raise ModuleNotFoundError("No module named soundfile")')
    path = os.pathsep.join([str(tmp_path), *filter(None, [daemon.env.get("PYTHONPATH")])])
    env = daemon.env | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command: list[str | Path] = [BIN / "svctl", "--no-autostart", "speak", "Hello.", "-o"]
    done = subprocess.run([*command, tmp_path / f"x.{format}"], env=env, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "-m pip install soundfile" in done.stderr
    done = subprocess.run([*command, tmp_path / "x.wav"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), "a WAV file must not need soundfile"
    assert sorted(os.listdir(tmp_path)) == ["soundfile.py", "x.wav"]
