"""Formats of sound files: choice by name, supported sample rates, missing or outdated libraries."""

import io
import os
import sys
from pathlib import Path

import pytest
import soundfile
from support.sound_files import tone, write

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.files import formats
from steadyvoice.client.svctl.files.output_file import open_output
from steadyvoice.client.svctl.grammar import FORMATS, SpeakOptions

LIBRARY = tuple(formats.LIBRARY_FORMATS)


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
