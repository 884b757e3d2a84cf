"""Sources by their names; files and named pipes."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from steadyvoice.ipc.errors import UnusableSource
from steadyvoice.workers.live import signals
from steadyvoice.workers.live.file_source import FileSource, PipeSource
from steadyvoice.workers.live.microphone import Microphone
from steadyvoice.workers.live.naming import source_of
from steadyvoice.workers.live.null_microphone import NullMicrophone
from steadyvoice.workers.live.sources import SignalSource, Source

SECOND = 1_000_000_000
NOISE = signals.noise(3)(0, 20_000)


def all_of(source: Source, block: int = 512) -> np.ndarray:
    parts = []
    while not source.is_over:
        parts.append(source.poll(0, block).samples)
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mic", Microphone),
        ("mic:USB Audio", Microphone),
        ("mic:/dev/x.wav", Microphone),
        ("tone", SignalSource),
        ("tone:997.5", SignalSource),
        ("sweep", SignalSource),
        ("noise", SignalSource),
        ("noise:5", SignalSource),
        ("silence", SignalSource),
        ("null", NullMicrophone),
        ("null:", NullMicrophone),
        ("null:ppm=-300,signal=noise:4", NullMicrophone),
        ("null:signal=tone:997", NullMicrophone),
        ("sound.wav", FileSource),
        ("./tone", FileSource),
        ("pipe", PipeSource),
    ],
)
def test_names(name: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sound.wav").touch()
    Path("tone").touch()
    os.mkfifo("pipe")
    assert type(source_of(name)) is kind


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("tune", "there is no source 'tune'; there are: mic, mic:NAME, tone, "),
        ("", "there is no source ''; there are: mic"),
        ("no.wav", "cannot read no.wav: No such file or directory"),
        ("/no/where", "cannot read /no/where: No such file or directory"),
        ("a\0b", r"there is no source 'a\\x00b'; there are"),
        ("/dev/null", "/dev/null is neither a sound file nor a named pipe"),
        (".", ". is neither a sound file nor a named pipe"),
        ("tone:", "tone:: a tone has more than 0 and less than 24000 hertz"),
        ("tone:24000", "tone:24000: a tone has more than 0"),
        ("tone:nan", "tone:nan: a tone has more than 0"),
        ("tone:-1", "tone:-1: a tone has more than 0"),
        ("noise:x", "noise:x: the seed is a whole number of at most 18 digits"),
        ("noise:", "noise:: the seed is"),
        ("sweep:1", "there is no source 'sweep:1'"),
        ("silence:", "there is no source 'silence:'"),
        ("null:ppm=1001", "null:ppm=1001: ppm is a whole number from -1000 to 1000"),
        ("null:ppm=", "null:ppm=: ppm is a whole number"),
        ("null:ppm=1.5", "null:ppm=1.5: ppm is a whole number"),
        ("null:what", "null:what: its options are ppm=PPM and signal=tone"),
        ("null:signal=mic", "null:signal=mic: its options are"),
        ("x" * 5000, "there is no source 'x"),
    ],
)
def test_bad_names(name: str, says: str) -> None:
    with pytest.raises(UnusableSource) as problem:
        source_of(name)
    text = str(problem.value)
    assert text.startswith(says), text
    assert text.isprintable()


@pytest.mark.parametrize("block", [1, 512, 5000])
def test_a_signal_is_what_was_asked_for(block: int) -> None:
    source = source_of("noise:3")
    source.open(0)
    made = np.concatenate([source.poll(0, block).samples for _ in range(3)])
    np.testing.assert_array_equal(made, signals.noise(3)(0, 3 * block))
    source.open(1000)
    np.testing.assert_array_equal(source.poll(0, 10).samples, signals.noise(3)(1000, 10))


@pytest.mark.parametrize(("form", "subtype"), [("WAV", "FLOAT"), ("WAV", "PCM_24"), ("FLAC", "PCM_24")])
def test_a_mono_file_at_48_khz_is_exact(tmp_path: Path, form: str, subtype: str) -> None:
    path = tmp_path / "sound"
    soundfile.write(path, NOISE, 48000, format=form, subtype=subtype)
    source = source_of(str(path))
    source.open(0)
    wanted, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_array_equal(all_of(source), wanted)
    source.open(512)
    np.testing.assert_array_equal(all_of(source), wanted[512:])
    source.close()


def test_other_files_are_resampled_and_their_channels_averaged(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    left = signals.sweep(0, 44_100)
    soundfile.write(path, np.stack([left, np.zeros_like(left)], 1), 44100, subtype="FLOAT")
    source = source_of(str(path))
    source.open(0)
    made = all_of(source)
    assert (source.rate, source.channels) == (44100, 2)
    np.testing.assert_allclose(made, soxr.resample(left / 2, 44100, 48000), atol=1e-6)
    source.open(24_000)
    assert len(all_of(source)) == pytest.approx(24_000, abs=2)
    source.close()


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound" * 100])
def test_a_file_that_is_no_sound(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    source = source_of(str(path))
    with pytest.raises(UnusableSource) as problem:
        source.open(0)
    assert str(path) in str(problem.value)
    assert str(problem.value).isprintable()


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.touch()
    source = source_of(str(path))
    path.unlink()
    with pytest.raises(UnusableSource, match="No such file"):
        source.open(0)


def test_a_pipe_gives_what_was_written_and_waits_for_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = source_of(str(path))
    source.open(0)
    assert not len(source.poll(0, 512).samples), "nobody writes"
    for _ in range(2):
        writer = os.open(path, os.O_WRONLY)
        os.write(writer, NOISE[:1000].tobytes() + b"\1\2")
        made = [source.poll(0, 512).samples, source.poll(0, 512).samples]
        os.write(writer, b"\3")
        assert not len(source.poll(0, 512).samples), "three bytes of a sample"
        os.close(writer)
        assert not len(source.poll(0, 512).samples), "the rest of it never came"
        np.testing.assert_array_equal(np.concatenate(made), NOISE[:1000])
    assert not source.is_over
    source.close()


def test_a_null_microphone_has_a_clock_of_its_own() -> None:
    source = source_of("null:ppm=1000,signal=noise:3")
    source.open(0)
    parts = [source.poll(at * SECOND // 100 + SECOND, 0).samples for at in range(101)]
    made = np.concatenate(parts)
    assert len(made) == 48_048 // 128 * 128
    np.testing.assert_array_equal(made, signals.noise(3)(0, len(made)))
    assert source.overflows == 0


def test_a_null_microphone_loses_what_is_not_read() -> None:
    source = source_of("null:signal=noise:3")
    source.open(0)
    source.poll(SECOND, 0)
    made = source.poll(3 * SECOND, 0).samples
    assert source.overflows == 1
    np.testing.assert_array_equal(made, signals.noise(3)(96_000 - 24_000, 24_000))
