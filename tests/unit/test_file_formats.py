"""Formats of sound files: by name, by sample rate, by encoder."""

import io
import os
import signal
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.files import formats
from steadyvoice.client.svctl.files.output_file import Output, open_output
from steadyvoice.client.svctl.grammar import FORMATS, SpeakOptions

RATE = 24_000
LIBRARY = tuple(formats.LIBRARY_FORMATS)


def tone(seconds: float, rate: int = RATE) -> NDArray[np.int16]:
    """A tone of varying amplitude that differs from itself at every delay."""
    at = np.arange(int(seconds * rate)) / rate
    return (9000 * np.sin(2 * np.pi * 200 * at * (1 + at / 9)) * (1 + np.sin(2 * np.pi * 1.3 * at))).astype(np.int16)


def write(output: str, samples: NDArray[np.int16], rate: int = RATE, block: int = 1000, **options: object) -> None:
    with open_output(SpeakOptions(output=output, **options)) as sink:
        assert sink is not None
        for start in range(0, len(samples), block):
            sink.write(samples[start : start + block].tobytes(), rate)
        sink.keep()


def write_long(sink: Output) -> None:
    for _ in range(100):
        sink.write(tone(1).tobytes(), RATE)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *((f"x.{format}", format) for format in FORMATS),
        ("x.WAV", "wav"),
        ("folder.d/X.Mp3", "mp3"),
        ("my.book.part.1.flac", "flac"),
        ("x", "wav"),
        ("x.", "wav"),
        (".hidden", "wav"),
        (".flac", "flac"),
        ("folder.m4a/x", "wav"),
        ("-", "wav"),
        ("flac", "wav"),
    ],
)
def test_format_by_the_name(name: str, format: str) -> None:
    assert formats.format_of(name) == formats.format_of(name, regular=False) == format


@pytest.mark.parametrize("name", ["x.m4a", "x.aac", "x.txt", "x.aiff", "x.wav.tmp", "x.wav ", "x.2", "x.é", "x.\n"])
def test_extension_of_another_kind(name: str) -> None:
    with pytest.raises(InputUnusable) as caught:
        formats.format_of(name)
    assert ".wav .flac .mp3 .ogg .opus .raw" in str(caught.value)
    assert "--format" in str(caught.value)
    assert str(caught.value).isprintable()
    assert formats.format_of(name, regular=False) == "wav", "a pipe may have any name"


@pytest.mark.parametrize(
    ("format", "wanted", "asked"),
    [
        ("wav", 0, 0),
        ("wav", 8001, 8001),
        ("raw", 192_000, 192_000),
        ("ogg", 44_100, 44_100),
        ("flac", 65_535, 65_535),
        ("flac", 96_000, 96_000),
        ("mp3", 0, 0),
        ("mp3", 22_050, 22_050),
        ("opus", 0, 48_000),
        ("opus", 16_000, 16_000),
    ],
)
def test_requested_sample_rate(format: str, wanted: int, asked: int) -> None:
    assert formats.rate_for(format, wanted) == asked


@pytest.mark.parametrize(
    ("format", "rate", "says"),
    [
        ("flac", 96_001, "multiple of 10"),
        ("mp3", 96_000, "44100 48000"),
        ("mp3", 8001, "8000 11025 .*"),
        ("opus", 44_100, "24000 48000"),
        ("opus", 32_000, "24000 48000"),
    ],
)
def test_unsupported_sample_rate(format: str, rate: int, says: str, tmp_path: Path) -> None:
    for refuse in (formats.rate_for, formats.encoder):
        with pytest.raises(InputUnusable, match=f"^{format} does not support {rate} Hz; give --sample-rate: .*{says}$"):
            refuse(format, rate)
    with pytest.raises(InputUnusable, match="does not support"):
        write(str(tmp_path / f"x.{format}"), tone(1), sample_rate=rate)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", LIBRARY)
def test_every_supported_rate_is_written(format: str, tmp_path: Path) -> None:
    """The table and the library agree, also outside the rates that a daemon produces."""
    tried = {
        8000,
        8001,
        11_025,
        12_000,
        16_000,
        22_050,
        24_000,
        32_000,
        44_100,
        48_000,
        65_537,
        96_000,
        191_999,
        192_000,
    }
    for rate in sorted(tried):
        kind = formats.LIBRARY_FORMATS[format]
        try:
            with soundfile.SoundFile(io.BytesIO(), "w", rate, 1, format=kind[0], subtype=kind[1]) as file:
                file.buffer_write(bytes(2000), "int16")
            taken = True
        except soundfile.LibsndfileError:
            taken = False
        assert formats.takes(format, rate) is taken, rate


@pytest.mark.parametrize("seconds", [1 / RATE, 0.01, 0.7, 11])
@pytest.mark.parametrize("format", FORMATS)
def test_decoded_samples_equal_the_written_ones(format: str, seconds: float, tmp_path: Path) -> None:
    samples = tone(seconds)
    file = tmp_path / f"x.{format}"
    write(str(file), samples)
    raw = {"samplerate": RATE, "channels": 1, "subtype": "PCM_16"} if format == "raw" else {}
    decoded, rate = soundfile.read(file, dtype="int16", **raw)
    assert (rate, decoded.shape) == (RATE, samples.shape)
    if format in ("wav", "flac", "raw"):
        np.testing.assert_array_equal(decoded, samples)
    elif len(samples) > RATE / 2:
        assert np.corrcoef(decoded, samples)[0, 1] > 0.99, "a delay would spoil this"
        last = slice(-RATE // 10, None)
        assert np.corrcoef(decoded[last], samples[last])[0, 1] > 0.9, "to its end"
    assert os.listdir(tmp_path) == [file.name]


@pytest.mark.parametrize("format", FORMATS)
def test_blocks_of_any_size(format: str, tmp_path: Path) -> None:
    """An empty block would end some encoders' streams; one of a minute exceeds their buffers."""
    samples = tone(60)
    with open_output(SpeakOptions(output=str(tmp_path / "x"), format=format)) as sink:
        assert sink is not None
        for part in (samples[:0], samples[:1], samples[1:1], samples[1:]):
            sink.write(part.tobytes(), RATE)
        sink.keep()
    write(str(tmp_path / "y"), samples, block=777, format=format)
    assert abs((tmp_path / "x").stat().st_size - (tmp_path / "y").stat().st_size) < 1000


@pytest.mark.parametrize("format", FORMATS)
def test_explicit_format(format: str, tmp_path: Path) -> None:
    """With a file name of another format."""
    write(str(tmp_path / "x.txt"), tone(1), format=format)
    start = {"wav": b"RIFF", "flac": b"fLaC", "ogg": b"OggS", "opus": b"OggS", "mp3": b"\xff", "raw": b""}[format]
    assert (tmp_path / "x.txt").read_bytes().startswith(start)
    assert (b"OpusHead" in (tmp_path / "x.txt").read_bytes()) is (format == "opus")


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("format", FORMATS)
def test_pipe_is_written_at_once(format: str, append: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with ``>>``. Headers are not patched; all samples are present."""
    samples = tone(20)
    file = tmp_path / f"x.{format}"
    ours, theirs = os.pipe()
    if append:
        os.close(theirs)
        theirs = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.set_blocking(ours, False)
    with open(theirs, "wb") as stdout, open_output_to(stdout, format, monkeypatch) as sink:
        received, during = b"", 0
        for start in range(0, len(samples), 1000):
            sink.write(samples[start : start + 1000].tobytes(), RATE)
            received += b"" if append else drained(ours)
        during = len(received)
        sink.keep()
        received += b"" if append else drained(ours)
    os.close(ours)
    if not append:
        assert during > len(received) * 0.8
        file.write_bytes(received)
    if format == "raw":
        np.testing.assert_array_equal(np.fromfile(file, np.int16), samples)
        return
    decoded = by_libav(file)
    assert abs(len(decoded) - len(samples)) <= (2 * 1152 if format == "mp3" else 0)
    if format in ("wav", "flac"):
        np.testing.assert_array_equal(decoded, samples)


def by_libav(file: Path) -> NDArray[np.int16]:
    """Decoded by libav, as in most players: libsndfile needs to know the length of its input."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(file) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray()[0] for part in [*frames, *resampler.resample(None)]])


def drained(fd: int) -> bytes:
    data = b""
    try:
        while more := os.read(fd, 1 << 16):
            data += more
    except BlockingIOError:
        pass
    return data


def open_output_to(stdout: io.BufferedIOBase, format: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "stdout", stdout)
    return open_output(SpeakOptions(output="-", format=format))


@pytest.mark.parametrize("format", FORMATS)
def test_pipe_with_a_closed_reader(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with (
        open(theirs, "wb") as stdout,
        open_output_to(stdout, format, monkeypatch) as sink,
        pytest.raises(BrokenPipeError),
    ):
        write_long(sink)


@pytest.mark.parametrize("format", FORMATS)
def test_full_disk(format: str, tmp_path: Path) -> None:
    file = tmp_path / f"x.{format}"
    file.write_bytes(b"old")
    with open_output(SpeakOptions(output=str(file), force=True)) as sink:
        assert sink is not None
        sink.write(tone(0.1).tobytes(), RATE)
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, sink._fd)
        os.close(full)
        with pytest.raises(InputUnusable, match=r"No space left on device; nothing was kept$"):
            write_long(sink)
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [file.name]


@pytest.mark.parametrize("format", LIBRARY)
def test_signal_during_encoding_is_not_lost(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C inside the library's callback: cffi would print the exception and continue."""
    from steadyvoice.client.svctl.files import library_encoder

    def write_and_interrupt(self: object, data: bytes) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return true_write(self, data)  # type: ignore[arg-type]

    true_write = library_encoder._Written.write
    with open_output(SpeakOptions(output=str(tmp_path / f"x.{format}"))) as sink:
        assert sink is not None
        sink.write(tone(0.1).tobytes(), RATE)
        monkeypatch.setattr(library_encoder._Written, "write", write_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_long(sink)
        monkeypatch.undo()
    assert os.listdir(tmp_path) == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("format", LIBRARY)
def test_without_soundfile(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(InputUnusable) as caught, open_output(SpeakOptions(output=str(tmp_path / f"x.{format}"))):
        raise AssertionError
    assert f"{sys.executable} -m pip install soundfile" in str(caught.value)
    assert ".wav" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_missing_libsndfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "soundfile.py").write_text("raise OSError('sndfile library not found\\nin any folder')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "soundfile")
    with pytest.raises(InputUnusable, match=r"^soundfile is unusable \(sndfile library not found\): .* soundfile; "):
        formats.check_library("ogg")


def test_outdated_libsndfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libsndfile before 1.1 has no MP3."""
    monkeypatch.setattr(soundfile, "check_format", lambda *_: False)
    with pytest.raises(InputUnusable, match=r"^libsndfile \S+ does not write mp3: "):
        formats.check_library("mp3")


def test_raw_sample_rate_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(str(tmp_path / "x.raw"), tone(1))
    assert capsys.readouterr().err == "svctl: raw: 24000 Hz, signed 16-bit, mono\n"
