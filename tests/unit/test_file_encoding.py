"""Sound files as written: samples, blocks, pipes, a full disk, a signal during encoding."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from support.sound_files import RATE, tone, write, write_long

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.files import formats
from steadyvoice.client.svctl.files.output_file import Output, open_output
from steadyvoice.client.svctl.grammar import FORMATS, SpeakOptions

LIBRARY = tuple(formats.LIBRARY_FORMATS)


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


@contextmanager
def open_output_to(stdout: io.BufferedIOBase, format: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Output]:
    monkeypatch.setattr(sys, "stdout", stdout)
    with open_output(SpeakOptions(output="-", format=format)) as sink:
        assert sink is not None
        yield sink


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

    def write_and_interrupt(self: library_encoder._Written, data: bytes) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return true_write(self, data)

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
