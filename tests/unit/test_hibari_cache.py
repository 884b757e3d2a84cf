"""Hibari's cache: the cut model and the dictionaries."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hibari import SENTENCE, speak
from support.matrix import only, quick

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator, words
from steadyvoice.workers.engines.hibari.acoustic import Acoustic
from steadyvoice.workers.engines.hibari.cache import keep


@pytest.fixture(scope="module")
def voice_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A private cache, because the test damages it."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("cache")
        patch.setenv("STEADYVOICE_CACHE", str(path))
        yield path


@pytest.fixture(scope="module")
def model_file() -> Path:
    from hibari.voices import voice_path

    return Path(voice_path("heart"))


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
    voice_cache: Path, generator: HibariGenerator, model_file: Path, damage: bytes
) -> None:
    expected = np.concatenate(speak(generator, "Hello."))
    for file in voice_cache.iterdir():
        file.unlink()  # the other generator still maps the old one
        file.write_bytes(damage)
    again = Hibari().generator()
    np.testing.assert_array_equal(np.concatenate(speak(again, "Hello.")), expected)
    written = [file for file in voice_cache.iterdir() if "-gb-" not in file.name]
    assert len(written) == 3
    assert min(file.stat().st_size for file in written) > 1_000_000


@pytest.mark.parametrize("place", ["file", "/dev/null/cache", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_no_error(
    place: str, generator: HibariGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_file: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEADYVOICE_CACHE", str(tmp_path / place))
    acoustic = Acoustic(model_file)
    hidden, f0, durations = acoustic.prosody("həlO", 1.0)
    assert hidden.shape == (1, 130, len(f0))
    assert sum(durations) == len(f0)
    assert len(durations) == len("həlO") + 2


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    keep(tmp_path / "part.onnx", b"data")
    assert list(tmp_path.iterdir()) == []


def test_another_onnx_model_is_refused(voice_cache: Path) -> None:
    import hibari.voices

    other = Path(hibari.voices.ASSETS) / "oov.onnx"
    with pytest.raises(BadModelFile, match="can be cut"):
        Acoustic(other)


def files_of(folder: Path) -> dict[str, Path]:
    return {name: file for name in ("prosody", "decoder", "words-us") for file in folder.glob(f"hibari-{name}-*")}


def of_another_user(file: Path) -> None:
    file.with_suffix(".kept").rename(file)
    os.chown(file, 54321, 54321)


WAYS: dict[str, Callable[[Path], object]] = {
    "fifo": os.mkfifo,
    "loop": lambda file: file.symlink_to(file.name),
    "link out": lambda file: file.symlink_to("/dev/zero"),
    "link": lambda file: file.symlink_to(file.with_suffix(".kept")),
    "of another": of_another_user,
}


@pytest.mark.parametrize("way", only(lambda way: way in ("link", "of another"), WAYS))
def test_files_of_another_user_are_not_read(
    voice_cache: Path, generator: HibariGenerator, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a shared folder, a link is replaced and its target is not modified."""
    if os.getuid() and way == "of another":
        pytest.skip("needs root")
    expected = np.concatenate(speak(generator, "Hello."))
    Hibari().generator()
    for file in files_of(voice_cache).values():
        file.rename(file.with_suffix(".kept"))
        WAYS[way](file)
    np.testing.assert_array_equal(np.concatenate(speak(Hibari().generator(), "Hello.")), expected)
    for file in files_of(voice_cache).values():
        assert file.lstat().st_uid == os.getuid()
        assert stat.S_ISREG(file.lstat().st_mode)
        file.with_suffix(".kept").unlink(missing_ok=True)
    assert capfd.readouterr().err == ""


def test_a_cache_that_cannot_be_created_is_reported_once(
    generator: HibariGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEADYVOICE_CACHE", str(tmp_path / "file"))
    Hibari().generator()
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"cache {tmp_path}/file is left out: ")
