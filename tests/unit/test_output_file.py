"""``-o``: a file that is complete or absent, and a pipe that is a WAV from its first byte."""

import gc
import io
import os
import stat
import struct
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steadyvoice.client.svctl.files.output_file import InputUnusable, Output, open_output
from steadyvoice.client.svctl.files.wav import Wav
from steadyvoice.client.svctl.grammar import SpeakOptions

RATE = 24_000
PCM = struct.pack("<1000h", *range(-32000, 32000, 64))


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "out.wav"
    yield path
    gc.collect()  # an abandoned Output must not raise
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []


def speak(
    path: Path | str, blocks: int = 3, keep: bool = True, then: Callable[[Output], object] = id, **options: object
) -> None:
    """Write as ``svctl speak -o`` does; ``then`` is called after the last block."""
    with open_output(SpeakOptions(output=str(path), **options)) as output:
        assert output is not None
        for _ in range(blocks):
            output.write(PCM, RATE)
        then(output)
        if keep:
            output.keep()


def interrupt(_: Output) -> None:
    raise KeyboardInterrupt


def check_wav(path: Path, blocks: int) -> None:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == blocks * 1000
        assert file.readframes(1 << 20) == PCM * blocks
    assert path.stat().st_size == 44 + blocks * len(PCM)
    assert int.from_bytes(path.read_bytes()[4:8], "little") == path.stat().st_size - 8


def test_no_output_without_a_name() -> None:
    with open_output(SpeakOptions()) as output:
        assert output is None


@pytest.mark.parametrize("blocks", [1, 3, 50])
def test_kept_file_is_a_complete_wav(path: Path, blocks: int) -> None:
    speak(path, blocks)
    check_wav(path, blocks)


def test_name_without_a_directory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    speak(path.name)
    check_wav(path, 3)


def test_old_file_stays_until_the_new_one_is_complete(path: Path) -> None:
    path.write_bytes(b"old")
    with open_output(SpeakOptions(output=str(path), force=True)) as output:
        assert output is not None
        output.write(PCM, RATE)
        assert path.read_bytes() == b"old"
        output.keep()
        check_wav(path, 1)
    check_wav(path, 1)


def test_discarded_output_leaves_no_file(path: Path) -> None:
    speak(path, keep=False)
    assert os.listdir(path.parent) == []
    path.write_bytes(b"old")
    speak(path, keep=False, force=True)
    with pytest.raises(KeyboardInterrupt):
        speak(path, then=interrupt, force=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_new_file_has_the_users_mode(path: Path) -> None:
    before = os.umask(0o027)
    try:
        speak(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_link_stays_a_link(path: Path) -> None:
    target = path.with_name("target.wav")
    target.write_bytes(b"old")
    path.symlink_to(target)
    speak(path, force=True)
    assert path.is_symlink()
    check_wav(target, 3)


def test_temporary_file_of_a_killed_svctl_is_harmless(path: Path) -> None:
    """In a container svctl has the same pid every time."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(b"RIFF")
    try:
        speak(path)
        check_wav(path, 3)
    finally:
        part.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing/out.wav", "there is no folder {folder}/missing"),
        ("file/out.wav", "Not a directory"),
        (".", "Is a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_unwritable_path(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    target = str(tmp_path / name)
    with pytest.raises(InputUnusable) as caught, open_output(SpeakOptions(output=target)):
        raise AssertionError
    assert str(caught.value) == f"cannot write {target}: {why.format(folder=tmp_path)}"
    assert os.listdir(tmp_path) == ["file"]


def test_unwritable_directory() -> None:
    """Root cannot create files in /proc either."""
    with pytest.raises(InputUnusable, match=r"^cannot write /proc/out.wav: "):
        speak("/proc/out.wav")


def test_full_disk_is_reported_at_once() -> None:
    with pytest.raises(InputUnusable, match=r"^cannot write /dev/full: No space left on device"):
        speak("/dev/full")


@pytest.mark.parametrize("blocks", [0, 100])
def test_failed_write_keeps_the_old_file(path: Path, blocks: int) -> None:
    """The disk is full when the temporary file is flushed: in a later block, or at the end."""

    def fill_the_disk(output: Output) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, output._fd)
        os.close(full)
        for _ in range(blocks):
            output.write(PCM, RATE)

    path.write_bytes(b"old")
    with pytest.raises(InputUnusable, match=r"out.wav: No space left on device; nothing was kept"):
        speak(path, then=fill_the_disk, force=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(("force", "says"), [(True, "Is a directory"), (False, "was created by another program")])
def test_target_that_became_a_directory(path: Path, force: bool, says: str) -> None:
    with pytest.raises(InputUnusable, match=says):
        speak(path, then=lambda _: path.mkdir(), force=force)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("then", [id, interrupt])
def test_removed_temporary_file(path: Path, then: Callable[[Output], object]) -> None:
    def remove(output: Output) -> None:
        for name in os.listdir(path.parent):
            (path.parent / name).unlink()
        then(output)

    with pytest.raises(KeyboardInterrupt if then is interrupt else InputUnusable):
        speak(path, then=remove)


def test_fifo_is_a_wav_without_sizes(path: Path) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open_output(SpeakOptions(output=str(path))) as output:
        assert output is not None
        output.write(PCM, RATE)
        first = os.read(reader, 1 << 16)
        assert first[:4] + first[8:12] + first[36:40] == b"RIFFWAVEdata"
        assert first[4:8] == first[40:44] == b"\xff" * 4
        assert first[44:] == PCM, "a block is passed on when it is made"
        output.write(PCM, RATE)
        output.keep()
        assert os.read(reader, 1 << 16) == PCM
    assert stat.S_ISFIFO(path.stat().st_mode)
    os.close(reader)


def test_closed_reader(path: Path) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open_output(SpeakOptions(output=str(path))) as output:
        assert output is not None
        os.close(reader)
        with pytest.raises(BrokenPipeError):
            output.write(PCM, RATE)


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero"])
def test_device_is_written_to_and_stays(name: str) -> None:
    with open_output(SpeakOptions(output=name)) as output:
        assert output is not None
        output.write(PCM, RATE)
        output.keep()
    assert stat.S_ISCHR(os.stat(name).st_mode)


def test_never_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        with (
            pytest.raises(InputUnusable, match="will not write audio to a terminal"),
            open_output(SpeakOptions(output="-")),
        ):
            raise AssertionError
    os.close(ours)


@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_standard_output_to_a_file(path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``> file`` and ``>> file``: one header at the beginning; with ``>>`` the sizes stay unknown, as in a pipe."""
    with open(path, mode) as raw, io.TextIOWrapper(raw) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        speak("-")
        monkeypatch.undo()
    if mode == "wb":
        check_wav(path, 3)
    assert path.read_bytes()[:4] == b"RIFF"
    assert path.stat().st_size == 44 + 3 * len(PCM)


def test_standard_output_with_text_before_and_after(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``{ echo; svctl speak -o -; echo; } > file``"""
    with open(path, "wb") as raw, io.TextIOWrapper(raw) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        stdout.buffer.write(b"before")
        speak("-", blocks=1)
        stdout.buffer.write(b"behind")
        monkeypatch.undo()
    data = path.read_bytes()
    assert data.startswith(b"beforeRIFF")
    assert data.endswith(PCM + b"behind")


def test_wav_beyond_its_size_limit() -> None:
    """Beyond 4 GiB, about a day of speech, the sizes stay unknown."""
    wav = Wav(RATE)
    wav._bytes = 1 << 32
    ((position, header),) = wav.finish()
    assert position == 0
    assert header[4:8] == header[40:44] == b"\xff" * 4
