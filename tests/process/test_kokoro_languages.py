"""Kokoro's voices of other languages, with real weights: what reads them is a program or packages; and in turns."""

import os
import signal
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.daemon import Daemon, configured
from support.kokoro import FRENCH, HINDI, decoded, generated
from support.recogniser import Recogniser, words

from steadyvoice.workers.engines.kokoro import Kokoro, voice_files
from steadyvoice.workers.engines.kokoro.install import install
from steadyvoice.workers.engines.kokoro.languages import language, missing
from steadyvoice.workers.engines.kokoro.source import HOP, RATE
from steadyvoice.workers.text.front_end import spoken

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(400),
]  # downloads 120 MB, and computes the statistics of some voices

ENGLISH = "When the rain finally stopped, we walked home through the quiet streets."
IN_FRENCH = "Demain nous irons au marché parce qu'il n'y a plus rien dans la cuisine."
LAST = "Then we came back, and made some tea."
TEXT = f"{ENGLISH} {IN_FRENCH} {LAST}"
SENTENCES = {
    "fr": IN_FRENCH,
    "hi": "मेरी बहन हर सुबह पार्क में दौड़ने जाती है, और शाम को किताबें पढ़ती है।",
    "ja": "妹は毎朝公園を走って、夜は本を読みます。",
    "cmn": "我妹妹每天早上在公园里跑步、晚上看书。",
}
VOICES = (FRENCH, HINDI, "jf_alpha", "zf_xiaobei")


@pytest.fixture(scope="module")
def data(kokoro_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a voice of each language that can be read here."""
    data = tmp_path_factory.mktemp("kokoro-languages")
    (folder := data / "voices" / "kokoro").mkdir(parents=True)
    readable = [voice for voice in ("af_heart", *VOICES) if not missing(voice)]
    styles = [kokoro_files / "voices" / f"{voice}.bin" for voice in readable]
    install(kokoro_files / "model.onnx", styles, folder, lambda voice: None)
    return data


@pytest.fixture(scope="module")
def engine(data: Path, voice_cache: Path) -> Iterator[Kokoro]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_DATA", str(data))
        voice_files.voice_files.cache_clear()
        yield Kokoro()
        voice_files.voice_files.cache_clear()


@pytest.mark.parametrize("voice", VOICES)
def test_each_word_has_sound(engine: Kokoro, voice: str) -> None:
    if why := missing(voice):
        pytest.skip(why)
    text = spoken(SENTENCES[language(voice).partition("-")[0]], language(voice))
    found, frames = generated(engine.generator(), text, voice)
    level = np.sqrt(np.mean(decoded(engine, frames, 20, voice).reshape(-1, HOP) ** 2, 1))
    said = [text[word.start : word.end] for word in found]
    assert "".join(said) == "".join(c for c in text if c.isalnum() or c == "'" or "\u0900" <= c <= "\u0963")
    assert all(level[word.begins : word.ends].max() > 0.01 for word in found)


@pytest.fixture(scope="module")
def daemon(data: Path, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    configuration = 'engines = ["kokoro"]\nvoice = "af_heart"\nlanguages = { fr = "auto" }\naudio.device = "null"\n'
    home = tmp_path_factory.mktemp("user")
    with configured(home, cache, configuration, STEADYVOICE_DATA=str(data)) as daemon:
        yield daemon


def stream(daemon: Daemon, text: str, voice: str = "", killed: str = "") -> NDArray[np.float32]:
    """killed: a stage that ends by SIGKILL in the middle of the French sentence."""
    with daemon.client() as client:
        opened, pid = client.stream(text, voice=voice), daemon.pids()[killed] if killed else 0
        taken = [np.zeros(0, np.float32)]
        for block in opened:
            taken.append(block)
            if pid and sum(map(len, taken)) > 7 * RATE:
                os.kill(pid, signal.SIGKILL)
                pid = 0
    assert opened.finished is not None
    assert opened.finished.unread_languages == []
    assert opened.finished.heard_chars == len(text)
    return np.concatenate(taken)


def test_french_is_spoken_by_the_french_voice(daemon: Daemon, recogniser: Recogniser) -> None:
    with daemon.client() as client:
        segments = client.read(TEXT).segments
        alone = client.read(IN_FRENCH, voice=FRENCH).segments
    assert [language for language, _ in groupby(each.language for each in segments)] == ["en-US", "fr-FR", "en-US"]
    assert [each.phonemes for each in segments if each.language == "fr-FR"] == [each.phonemes for each in alone]
    first, french, last = (stream(daemon, text, voice) for text, voice in (
        (ENGLISH, ""), (IN_FRENCH, FRENCH), (LAST, "")
    ))  # fmt: skip
    whole = stream(daemon, TEXT)
    np.testing.assert_allclose(whole, np.concatenate([first, french, last]), rtol=0, atol=2e-3)
    heard = recogniser.words(np.asarray(soxr.resample(whole[: len(first)], RATE, 16000), np.float32))
    assert heard == words(ENGLISH)


@pytest.mark.parametrize("stage", ["generator", "vocoder"])
def test_a_stage_that_dies_in_it_changes_nothing(daemon: Daemon, stage: str) -> None:
    np.testing.assert_allclose(stream(daemon, TEXT, killed=stage), stream(daemon, TEXT), rtol=0, atol=2e-3)
