"""The embedded voice against its package: same mathematics, cut differently."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import check_call
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator, words
from steadyvoice.workers.engines.hibari.acoustic import Acoustic
from steadyvoice.workers.engines.hibari.cache import keep
from steadyvoice.workers.engines.hibari.dsp import BINS, DIM, HOP, HibariVocoder

SENTENCE = "The quick brown fox jumps over the lazy dog, and then it rests."


class Replay:
    """Noise that was drawn before: frame by frame for the vocoder, bins first for the package."""

    def __init__(self, noise: Any) -> None:
        self.noise, self.at = noise, 0

    def standard_normal(self, size: tuple[int, int], dtype: Any) -> Any:
        if size[1] == 2 * BINS:
            self.at += size[0]
            return self.noise[self.at - size[0] : self.at].copy()
        return self.noise.view(np.complex64).T.copy(order="C").view(np.float32)


def synthetic(n: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    frames = rng.standard_normal((n, DIM), dtype=np.float32)
    frames[:, :BINS] -= 3
    frames[:, 2 * BINS : 4 * BINS] -= 4
    frames[:, -1] = np.where(rng.random(n) < 0.7, rng.uniform(60, 400, n), 0)
    return frames


def sound(vocoder: HibariVocoder, chunks: Any) -> Any:
    return np.concatenate([*(vocoder.push(chunk) for chunk in chunks), vocoder.finish()])


def replaying(noise: Any) -> HibariVocoder:
    return HibariVocoder(lambda: Replay(noise))  # type: ignore[arg-type,return-value]


def package_sound(frames: Any, noise: Any) -> Any:
    from hibari import dsp

    parts = [np.ascontiguousarray(frames[:, i * BINS : (i + 1) * BINS].T) for i in range(5)]
    return dsp.synth(*parts, frames[:, -1], Replay(noise))


def noise(n: int) -> Any:
    return np.random.default_rng(7).standard_normal((n, 2 * BINS), dtype=np.float32)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("cache")
        patch.setenv("STEADYVOICE_CACHE", str(path))
        yield path


@pytest.fixture(scope="module")
def generator(cache: Path) -> HibariGenerator:
    return Hibari().generator()


@pytest.fixture(scope="module")
def package() -> Any:
    from hibari import Hibari as Package

    return Package()


@pytest.fixture(scope="module")
def model_file() -> Path:
    from hibari.voices import voice_path

    return Path(voice_path("heart"))


def speak(generator: HibariGenerator, text: str, *, more: bool = False, rate: float = 1.0) -> list[Any]:
    parts = generator.generate(text, "heart", rate, more=more)
    return [part for part in parts if not isinstance(part, engine.Word)]


def test_importing_the_engine_loads_no_model() -> None:
    heavy = "{'onnx', 'onnxruntime', 'hibari'}"
    code = f"import sys, steadyvoice.workers.engines.hibari; sys.exit(bool({heavy} & set(sys.modules)))"
    check_call([sys.executable, "-c", code])


def test_is_found_by_its_entry_point() -> None:
    found = engine.load("hibari")
    assert found.spec == engine.FrameSpec("spectrum", 3006, 300)
    voices = {voice.name: voice for voice in found.voices()}
    assert voices["heart"] == engine.Voice("heart", "en-US", 24000, "Apache-2.0", installed=True)


def test_a_voice_counts_as_installed_once_its_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hibari.voices import VOICES

    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    assert [voice.name for voice in Hibari().voices() if voice.installed] == ["heart"]
    (tmp_path / VOICES["emma"]["file"]).touch()
    assert [voice.name for voice in Hibari().voices() if voice.installed] == ["heart", "emma"]


# -- vocoder


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 60), cuts=st.lists(st.integers(0, 60), max_size=12), seed=st.integers(0, 99))
def test_chunked_equals_whole(n: int, cuts: list[int], seed: int) -> None:
    frames = synthetic(n, seed)
    whole = sound(HibariVocoder(), [frames])
    chunked = sound(HibariVocoder(), np.split(frames, sorted(min(cut, n) for cut in cuts)))
    assert whole.dtype == np.float32
    assert len(whole) == n * HOP
    np.testing.assert_allclose(chunked, whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 40])
def test_synthetic_frames_sound_as_in_the_package(n: int) -> None:
    frames, drawn = synthetic(n, n), noise(n)
    expected = package_sound(frames, drawn)
    np.testing.assert_allclose(sound(replaying(drawn), [frames]), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(sound(replaying(drawn), np.split(frames, n)), expected, rtol=0, atol=1e-6)


def test_spoken_frames_sound_as_in_the_package(generator: HibariGenerator) -> None:
    chunks = speak(generator, SENTENCE)
    frames = np.concatenate(chunks)
    drawn = noise(len(frames))
    heard = sound(replaying(drawn), chunks)
    assert np.abs(heard).max() > 0.05
    np.testing.assert_allclose(heard, package_sound(frames, drawn), rtol=0, atol=1e-5)


def test_a_vocoder_begins_anew_after_each_segment() -> None:
    frames = synthetic(20, 1)
    vocoder = HibariVocoder()
    first = sound(vocoder, [frames])
    np.testing.assert_array_equal(sound(vocoder, [frames]), first)
    assert len(vocoder.finish()) == 0
    assert len(vocoder.push(frames[:0])) == 0


def test_a_vocoder_keeps_no_hold_of_what_it_was_given() -> None:
    frames = synthetic(30, 2)
    expected = sound(HibariVocoder(), [frames])
    slot, vocoder, heard = np.empty((10, DIM), np.float32), HibariVocoder(), []
    for chunk in np.split(frames, 3):
        slot[:] = chunk
        heard.append(vocoder.push(slot))
        slot[:] = np.nan
    np.testing.assert_allclose(np.concatenate([*heard, vocoder.finish()]), expected, rtol=0, atol=1e-6)


# -- generator


def test_frames_come_little_at_first(generator: HibariGenerator) -> None:
    chunks = speak(generator, SENTENCE)
    assert [len(chunk) for chunk in chunks[:4]] == [8, 16, 32, 64]
    for chunk in chunks:
        assert chunk.dtype == np.float32
        assert chunk.shape[1] == DIM
        assert chunk.flags.c_contiguous


def test_windows_decode_as_the_whole_does(generator: HibariGenerator, package: Any) -> None:
    (phonemes,) = package.phonemize(SENTENCE)
    feed = {"ids": np.array([package.ids(phonemes)]), "speed": np.ones(1, np.float32)}
    whole = np.concatenate([part[0].T if part.ndim == 3 else part.T for part in package.sess.run(None, feed)], axis=1)
    frames = np.concatenate(speak(generator, SENTENCE))
    skipped = len(whole) - len(frames)
    assert 10 <= skipped <= 30  # most of the silence before the first sound
    np.testing.assert_allclose(frames[:, -1], whole[skipped:, -1], rtol=0, atol=1e-3)
    for log in (0, 2, 3):
        part = slice(log * BINS, (log + 1) * BINS)
        assert np.sqrt(np.mean((frames[:, part] - whole[skipped:, part]) ** 2)) < 0.15


def test_what_is_skipped_is_silence(generator: HibariGenerator, package: Any) -> None:
    (phonemes,) = package.phonemize(SENTENCE)
    heard = package.from_phonemes(phonemes, seed=1)
    kept = sum(map(len, speak(generator, SENTENCE))) * HOP
    assert np.abs(heard[: len(heard) - kept]).max() < 0.02 * np.abs(heard).max()


@pytest.mark.parametrize("text", ["", " \n", "...", "你好", "😀", "?!"])
def test_what_has_no_sound_yields_nothing(generator: HibariGenerator, text: str) -> None:
    assert speak(generator, text) == []


def test_a_sentence_that_goes_on_ends_without_its_pause(generator: HibariGenerator) -> None:
    whole, part = (np.concatenate(speak(generator, "When it rains,", more=more)) for more in (False, True))
    assert 8 < len(part) < len(whole)
    np.testing.assert_array_equal(part[:, -1], whole[: len(part), -1])


def test_speech_is_faster_at_a_higher_rate(generator: HibariGenerator) -> None:
    slow, fast = (sum(map(len, speak(generator, SENTENCE, rate=rate))) for rate in (0.8, 1.6))
    assert fast < 0.7 * slow


@pytest.mark.parametrize(
    "text", ["7" * 60, "9," * 60 + "9th", "3." + "1" * 50, "1,234,567 " * 12, "x" * 300, "One. Two! Three?"]
)
def test_long_and_odd_text_is_spoken(generator: HibariGenerator, text: str) -> None:
    assert sum(map(len, speak(generator, text))) > 80


def test_an_unknown_or_missing_voice_is_a_lookup_error(
    generator: HibariGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    for voice in ("nobody", "emma"):
        with pytest.raises(LookupError):
            next(generator.generate("Hi.", voice, 1.0, more=False))


def test_warming_up_loads_the_network_for_unknown_words(generator: HibariGenerator) -> None:
    generator._readers[False]._oov = None
    generator.warmup()
    assert generator._readers[False]._oov is not None


# -- dictionaries and cache


@pytest.mark.parametrize("british", [False, True])
def test_tables_read_as_the_dictionaries_do(cache: Path, british: bool) -> None:
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


def test_a_damaged_cache_is_made_again(cache: Path, generator: HibariGenerator, model_file: Path) -> None:
    expected = np.concatenate(speak(generator, "Hello."))
    for damage in (b"", b"garbage" * 999):
        for file in cache.iterdir():
            file.unlink()  # the other generator still maps the old one
            file.write_bytes(damage)
        again = Hibari().generator()
        np.testing.assert_array_equal(np.concatenate(speak(again, "Hello.")), expected)
        written = [file for file in cache.iterdir() if "-gb-" not in file.name]
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


def test_another_model_file_is_not_taken_for_a_voice(cache: Path) -> None:
    import hibari.voices

    other = Path(hibari.voices.ASSETS) / "oov.onnx"
    with pytest.raises(ValueError, match="can be cut"):
        Acoustic(other)
