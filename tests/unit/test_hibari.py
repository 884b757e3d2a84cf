"""Hibari's generator compared with its package: same mathematics, cut differently."""

import sys
from pathlib import Path
from subprocess import check_call
from typing import Any

import numpy as np
import pytest
from support.hibari import SENTENCE, speak

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator
from steadyvoice.workers.engines.hibari.dsp import BINS, DIM, HOP
from steadyvoice.workers.text.front_end import spoken


@pytest.fixture(scope="module")
def package() -> Any:
    from hibari import Hibari as Package

    return Package()


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


def test_windows_begin_short(generator: HibariGenerator) -> None:
    chunks = speak(generator, SENTENCE)
    assert [len(chunk) for chunk in chunks[:4]] == [8, 16, 32, 64]
    for chunk in chunks:
        assert chunk.dtype == np.float32
        assert chunk.shape[1] == DIM
        assert chunk.flags.c_contiguous


def test_windows_equal_the_whole(generator: HibariGenerator, package: Any) -> None:
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
    assert sum(map(len, speak(generator, spoken(text, "en-US")))) > 80


def test_an_unknown_or_missing_voice_is_not_installed(
    generator: HibariGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    for voice in ("nobody", "emma"):
        with pytest.raises(NotInstalled):
            next(generator.generate("Hi.", voice, 1.0, more=False))


def test_warming_up_loads_the_network_for_unknown_words(generator: HibariGenerator) -> None:
    generator._readers[False]._oov = None
    generator.warmup()
    assert generator._readers[False]._oov is not None
