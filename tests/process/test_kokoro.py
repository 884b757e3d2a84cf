"""Kokoro with its real weights, in this process, from the store, and spoken by a daemon."""

import json
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from support.daemon import Daemon, configured
from support.hub import COMMIT, Hub
from support.kokoro import FRENCH, HINDI, VOICES, decoded, generated
from support.recogniser import Recogniser, words
from support.store import Home, svctl

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.engines.kokoro import Kokoro, KokoroGenerator, graph
from steadyvoice.workers.engines.kokoro.source import HOP, RATE
from steadyvoice.workers.text.front_end import Pronunciation, spoken

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]  # downloads 120 MB, and computes the statistics of two voices

TEXT = "When the rain finally stopped, we walked home through the quiet streets. Did you see it?"
CONFIGURATION = 'engines = ["kokoro", "hibari"]\nvoice = "af_heart"\nlanguages = { fr = "auto" }\n'
WITHOUT_PROGRAM = "/nowhere"
"""PATH."""
BLEND = "af_heart:0.6+bm_george:0.4"


@pytest.fixture(scope="module")
def generator(kokoro: Kokoro) -> KokoroGenerator:
    return kokoro.generator()


def test_voices(kokoro: Kokoro) -> None:
    found = [(voice.name, voice.language, voice.licence, voice.installed, voice.blends) for voice in kokoro.voices()]
    assert found == [
        ("af_heart", "en-US", "Apache-2.0", True, True),
        ("bm_george", "en-GB", "Apache-2.0", True, True),
    ]
    for voice in ("am_michael", "kokoro", f"{VOICES[0]}:0.5+am_michael:0.5"):
        with pytest.raises(NotInstalled, match="not installed"):
            kokoro.vocoder(voice, Downstream())


@pytest.mark.parametrize("size", [1, 20])
def test_windows_equal_the_whole(kokoro: Kokoro, generator: KokoroGenerator, size: int) -> None:
    _, frames = generated(generator, TEXT)
    whole = decoded(kokoro, frames, len(frames))
    assert len(whole) == len(frames) * HOP
    np.testing.assert_allclose(decoded(kokoro, frames, size), whole, rtol=0, atol=1e-5)


def test_words_are_said_when_they_are_reported(kokoro: Kokoro, generator: KokoroGenerator) -> None:
    found, frames = generated(generator, TEXT)
    assert [TEXT[word.start : word.end].lower() for word in found] == words(TEXT)
    sound = decoded(kokoro, frames, 20)
    level = np.sqrt(np.mean(sound.reshape(-1, HOP) ** 2, 1))
    ends = [
        word for word, after in zip(found, [*found[1:], None], strict=True) if not after or after.begins > word.ends
    ]
    for word in found:
        assert level[word.begins : word.ends].max() > 0.01
    for word in ends[:-1]:
        pause = level[word.ends + 2 : found[found.index(word) + 1].begins - 2]
        assert not len(pause) or pause.max() < 0.02


def test_speech_begins_and_ends_without_the_silence_of_the_model(kokoro: Kokoro, generator: KokoroGenerator) -> None:
    _, frames = generated(generator, "Good morning.")
    sound = decoded(kokoro, frames, 20)
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    assert loud[0] < 0.06 * RATE
    assert np.abs(np.diff(sound[: loud[0]])).max() < 0.01, "a click"
    _, going_on = generated(generator, "Good morning,", more=True)
    end = decoded(kokoro, going_on, 20)
    assert len(end) - np.flatnonzero(np.abs(end) > 0.01)[-1] < 0.15 * RATE


def test_a_pronunciation_in_ipa_is_honoured(generator: KokoroGenerator) -> None:
    text = spoken("Say tomato.", "en-US", pronunciations=[Pronunciation(4, 10, "təˈmɑːtoʊ")])
    assert generator.phonemes(text, VOICES[0]) == "sˈA təmˈɑtO."
    assert generator.phonemes("tomato", VOICES[0]) != generator.phonemes("tomato", VOICES[1]), "two accents"


@pytest.mark.parametrize("text", ["", "...", "你好", "?!"])
def test_what_has_no_sound_yields_nothing(generator: KokoroGenerator, text: str) -> None:
    assert list(generator.generate(text, VOICES[0], 1.0, more=False)) == []


@pytest.mark.parametrize("voice", [*VOICES, BLEND])
def test_it_says_the_text(kokoro: Kokoro, generator: KokoroGenerator, recogniser: Recogniser, voice: str) -> None:
    _, frames = generated(generator, TEXT, voice)
    sound = decoded(kokoro, frames, 20, voice)
    assert recogniser.words(soxr.resample(sound, RATE, 16000)) == words(TEXT)


def test_the_clauses_own_statistics_say_it_too(
    kokoro: Kokoro, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEADYVOICE_KOKORO", "whole")
    exact = Kokoro()
    assert (exact.spec.kind, kokoro.spec.kind) == ("samples", "features")
    found, frames = generated(exact.generator(), TEXT)
    sound = decoded(exact, frames, 20)
    assert len(sound) == len(frames) * HOP
    assert len(found) == len(words(TEXT))
    assert recogniser.words(soxr.resample(sound, RATE, 16000)) == words(TEXT)


def test_the_parts_make_what_the_published_graph_makes(
    kokoro_files: Path, kokoro: Kokoro, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the phase of the sines, which is exact here and a float32 sum there, and what follows from it."""
    from steadyvoice.workers.engines.hibari.acoustic import session

    assert kokoro.voices()
    monkeypatch.setenv("STEADYVOICE_KOKORO", "whole")
    generator = Kokoro().generator()
    phonemes = generator.phonemes("Good morning, everyone.", VOICES[0])
    acoustic, styles, *_ = generator._models.speaking(VOICES[0], 1.0)
    feed = {
        "tokens": np.array([[0, *(acoustic._ids[c] for c in phonemes), 0]]),
        "style": styles[len(phonemes) - 1][None],
        "speed": np.ones(1, np.float32),
    }
    (published,) = session(kokoro_files / "model.onnx").run(None, feed)
    _, frames = generated(generator, "Good morning, everyone.")
    ours = frames.ravel()[2 * HOP : -HOP]
    at = max(range(0, len(published) - len(ours), HOP), key=lambda at: float(ours @ published[at : at + len(ours)]))
    same = published[at : at + len(ours)]
    assert float(ours @ same) / float(np.linalg.norm(ours) * np.linalg.norm(same)) > 0.9


def test_a_graph_of_another_kind_is_refused(tmp_path: Path, kokoro_directory: Path) -> None:
    from hibari.voices import ASSETS

    damaged = tmp_path / "model.onnx"
    damaged.write_bytes((kokoro_directory / "model.onnx").read_bytes()[:1000])
    for file in (damaged, Path(ASSETS) / "hibari.onnx"):
        with pytest.raises(BadModelFile, match=str(file)):
            graph.cut(file)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory, cache: Path, kokoro_directory: Path) -> tuple[Home, dict[str, str]]:
    """A user without the program espeak-ng that has added the directory, and what svctl said."""
    home = Home(tmp_path_factory.mktemp("kokoro-home"), cache, PATH=WITHOUT_PROGRAM)
    return home, home.does("voices", "add", kokoro_directory)


def test_a_directory_is_added(added: tuple[Home, dict[str, str]]) -> None:
    home, said = added
    assert (said["name"], said["what"]) == ("kokoro", "Kokoro, 3 voices")
    assert said["note"] == (
        "1 voice is left out: the program espeak-ng, which makes phonemes of texts, is not installed: "
        "apt install espeak-ng, then svctl restart; after that, add Kokoro again with --replace"
    )
    names = {f"voices/kokoro/{part}.onnx" for part in graph.Parts._fields} | {"voices/kokoro/source.bin"}
    assert home.files().keys() == names | {
        f"voices/kokoro/{v}.{end}" for v in (*VOICES, FRENCH) for end in ("bin", "statistics")
    }


def test_unusable_directories_are_refused(
    added: tuple[Home, dict[str, str]], kokoro_directory: Path, tmp_path: Path
) -> None:
    home, _ = added
    before = home.files().keys()
    folder = Path(shutil.copytree(kokoro_directory, tmp_path / "files"))
    (folder / "af_heart.bin").write_bytes(b"x" * 100)
    assert home.refuses("voices", "add", folder, "--name", "other").startswith(f"{folder}/af_heart.bin is not a voice")
    (folder / "other.onnx").write_bytes(b"x")
    assert "2 .onnx files" in home.refuses("voices", "add", folder, "--name", "other")
    for file in (*folder.glob("[abf]*.bin"), folder / "other.onnx"):
        file.unlink()
    why = home.refuses("voices", "add", folder, "--name", "other")
    assert "has no voice that can be used; 1 voice is left out: the program" in why
    assert "svctl voices pull kokoro" in home.refuses("voices", "add", folder / f"{HINDI}.bin")
    assert home.files().keys() == before


def test_all_is_pulled_from_a_hub(tmp_path: Path, cache: Path, kokoro_directory: Path) -> None:
    """Which calls inputs and outputs otherwise, and lacks all voices but one."""
    import onnx

    model = onnx.load(str(kokoro_directory / "model.onnx"))
    for node in model.graph.node:
        node.input[:] = ["input_ids" if name == "tokens" else name for name in node.input]
        node.output[:] = ["waveform" if name == "audio" else name for name in node.output]
    model.graph.input[0].name, model.graph.output[0].name = "input_ids", "waveform"
    files = {
        "onnx/model_quantized.onnx": model.SerializeToString(),
        "voices/af_heart.bin": (kokoro_directory / "af_heart.bin").read_bytes(),
    }
    hub = Hub(files, repository="onnx-community/Kokoro-82M-v1.0-ONNX")
    try:
        home = Home(tmp_path / "user", cache, HF_ENDPOINT=hub.address, NO_PROXY="127.0.0.1,localhost")
        said = home.does("voices", "pull", "kokoro")
    finally:
        hub.close()
    assert said["from"] == f"onnx-community/Kokoro-82M-v1.0-ONNX@{COMMIT}"
    assert said["what"] == "Kokoro, 1 voice"
    assert "note" not in said or "left out: " in said["note"]
    assert not (home.data / "voices" / ".came").exists()


@pytest.fixture(scope="module")
def daemon(added: tuple[Home, dict[str, str]], cache: Path) -> Iterator[Daemon]:
    home, _ = added
    with configured(home.path, cache, CONFIGURATION, STEADYVOICE_DATA=str(home.data)) as daemon:
        yield daemon


@pytest.mark.parametrize("voice", ["bm_george", "heart+george:0.4"])
def test_a_daemon_speaks(daemon: Daemon, tmp_path: Path, recogniser: Recogniser, voice: str) -> None:
    file = tmp_path / "said.wav"
    done = svctl(["speak", "--voice", voice, "-o", file, TEXT], daemon.env)
    assert (done.returncode, done.stderr) == (0, "")
    with wave.open(str(file)) as sound:
        assert sound.getframerate() == RATE
    assert recogniser.words(str(file)) == words(TEXT)


def test_voices_and_blends_are_known(daemon: Daemon) -> None:
    listed = json.loads(svctl(["voices", "--json"], daemon.env).stdout)
    assert [voice["name"] for voice in listed if voice["default"]] == ["af_heart"]
    done = svctl(["speak", "--voice", "heart+nobody", "Hi."], daemon.env)
    assert done.returncode
    assert "no voice that can be blended is called 'nobody'" in done.stderr
    done = svctl(["read", "--voice", "heart+george", "Hi there."], daemon.env)
    assert "hˈI ðˈɛɹ." in done.stdout, done.stderr
