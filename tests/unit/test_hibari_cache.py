"""Hibari's cache: the cut model and the dictionaries."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hibari import SENTENCE, speak
from support.matrix import quick

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator, cache, words
from steadyvoice.workers.engines.hibari.acoustic import Acoustic


@pytest.mark.parametrize("british", [False, True])
def test_tables_equal_the_dictionaries(voice_cache: Path, british: bool) -> None:
    from hibari.g2p import G2P

    ours, theirs = words.reader(british), G2P(british=british)
    for text in (
        SENTENCE,
        "Dr. Smith's 3rd record, read on 5 May 1998 at 10:30, cost $9.99; I have to record it, they used to live here.",
        "NASA's zyxqut co-operated with Müller & Söhne — “naïve” café!",
        "'Tis the winds that wind the bow; Bow down, PhD, U.S.A., www.example.com, 50% off.",
    ):
        assert ours(text) == theirs(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(), st.one_of(st.text(), st.dictionaries(st.text(), st.floats(allow_nan=False)))))
def test_a_table_holds_what_was_put_in(mapping: dict[str, Any]) -> None:
    table = words.Table(memoryview(words.Table.pack(mapping)))
    assert {key: table.get(key) for key in mapping} == mapping
    assert "\0 no such key" not in table


@pytest.mark.parametrize("damage", quick(1, [b"garbage" * 999, bytes(8), b"", bytes(4096)]), ids=len)
def test_a_damaged_cache_is_made_again(
    generator: HibariGenerator, voice_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    for file in voice_cache.glob("hibari-*"):
        (tmp_path / file.name).write_bytes(damage)
    monkeypatch.setenv("STEADYVOICE_CACHE", str(tmp_path))
    again = Hibari().generator()
    np.testing.assert_array_equal(np.concatenate(speak(again, "Hello.")), np.concatenate(speak(generator, "Hello.")))
    made = [file.name.split("-")[1] for file in tmp_path.iterdir() if file.stat().st_size > 1_000_000]
    assert sorted(made) == ["decoder", "prosody", "words"], "others are of other voices"


@pytest.mark.parametrize("place", ["file", "/dev/null/cache", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_reported_once(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEADYVOICE_CACHE", str(tmp_path / place))
    for kind in ("one", "other"):
        file = cache.place(kind, "bin", Path(__file__))
        cache.keep(file, b"data")
        assert cache.load(file, os.dup) is None
    [line] = capfd.readouterr().err.splitlines()
    assert line.startswith(f"cache {tmp_path / place} is left out: ")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    cache.keep(tmp_path / "part.onnx", b"data")
    assert list(tmp_path.iterdir()) == []


def test_another_onnx_model_is_refused() -> None:
    import hibari.voices

    other = Path(hibari.voices.ASSETS) / "oov.onnx"
    with pytest.raises(BadModelFile, match="can be cut"):
        Acoustic(other)


def of_another_user(file: Path) -> None:
    file.write_bytes(b"other")
    os.chown(file, 54321, 54321)


def content(descriptor: int) -> bytes:
    return os.read(descriptor, 100)


WAYS: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a loop": lambda file: file.symlink_to(file.name),
    "a link to a device": lambda file: file.symlink_to("/dev/zero"),
    "a link to a file": lambda file: file.symlink_to(__file__),
    "a file of another user": of_another_user,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_another_user_put_there_is_not_read_but_replaced(tmp_path: Path, way: str) -> None:
    """In a shared folder. The target of a link is not modified."""
    if os.getuid() and way == "a file of another user":
        pytest.skip("needs root")
    before, file = Path(__file__).read_bytes(), tmp_path / "part.bin"
    WAYS[way](file)
    assert cache.load(file, content) is None
    cache.keep(file, b"data")
    assert cache.load(file, content) == b"data"
    assert (file.lstat().st_uid, stat.S_ISREG(file.lstat().st_mode)) == (os.getuid(), True)
    assert Path(__file__).read_bytes() == before
