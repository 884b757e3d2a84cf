"""Piper as an engine: voices of the store, text to frames to sound."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.piper import EACH_LETTER, SPEAKERS, program, write

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.engine import Downstream, Voice, Word
from steadyvoice.workers.engines.piper import Piper, PiperGenerator, added
from steadyvoice.workers.runtime.voice_warmup import one_of_each_model
from steadyvoice.workers.text.front_end import Pronunciation, Spoken

TEXT = "Hello there, how do you do? It is a fine day."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("piper")
    write(path / "voices" / "small")
    write(path / "voices" / "three", "three-low", speakers=3, channels=12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_DATA", str(path))
        patch.setenv("STEADYVOICE_CACHE", str(path / "cache"))
        patch.setenv("PATH", program(path / "bin", EACH_LETTER))
        yield path


@pytest.fixture(scope="module")
def piper(home: Path) -> Piper:
    return Piper()


@pytest.fixture(scope="module")
def generator(piper: Piper) -> PiperGenerator:
    return piper.generator()


def speak(
    generator: PiperGenerator, text: str, voice: str = "small", rate: float = 1.0, *, more: bool = False
) -> tuple[list[Word], NDArray[np.float32]]:
    """The words, which precede their frames, and all frames."""
    words: list[Word] = []
    frames = [np.zeros((0, 192), np.float32)]
    for part in generator.generate(text, voice, rate, more=more):
        if isinstance(part, Word):
            assert part.begins >= sum(map(len, frames))
            words.append(part)
        else:
            frames.append(part)
    return words, np.concatenate(frames)


def test_voices_are_those_of_the_store(piper: Piper) -> None:
    common = ("en-US", 22050, "unknown", True)
    assert piper.voices() == [
        Voice("small", *common, model="small"),
        Voice("three", *common, model="three"),
        *(Voice(f"three#{name}", *common, model="three") for name in SPEAKERS),
    ]
    assert {voice.name for _, voice in engine.voices({"piper": piper})} == {voice.name for voice in piper.voices()}


def test_equal_texts_give_equal_frames(home: Path, generator: PiperGenerator) -> None:
    words, frames = speak(generator, TEXT)
    again = Piper().generator()
    for each in (generator, again):
        other_words, other_frames = speak(each, TEXT)
        assert other_words == words
        np.testing.assert_array_equal(other_frames, frames)
    assert frames.dtype == np.float32
    assert frames[:, :8].std() > 0.1


def test_words_are_in_order_in_text_and_frames(generator: PiperGenerator) -> None:
    words, frames = speak(generator, TEXT)
    assert [TEXT[word.start : word.end] for word in words] == [word.strip(",.?") for word in TEXT.split()]
    for word, following in itertools.pairwise(words):
        assert word.begins < word.ends <= following.begins
    assert 0 <= words[0].begins < 5
    assert words[-1].ends <= len(frames)


def test_a_pronunciation_takes_the_place_of_its_word(generator: PiperGenerator) -> None:
    text = Spoken.of("Say cat, please.")
    text.pronunciations = (Pronunciation(4, 7, "dˈog"),)
    assert generator.phonemes(text, "small") == "say dˈoɡ, please."
    words, frames = speak(generator, text)
    assert [text[word.start : word.end] for word in words] == ["Say", "cat", "please"]
    np.testing.assert_array_equal(frames, speak(generator, "say dˈoɡ, please.")[1])


def test_sound_is_as_long_as_its_frames(piper: Piper, generator: PiperGenerator) -> None:
    for voice in ("small", "three#cid"):
        _, frames = speak(generator, TEXT, voice)
        vocoder = piper.vocoder(voice, Downstream())
        pcm = np.concatenate(
            [*(vocoder.push(frames[at : at + 21]) for at in range(0, len(frames), 21)), vocoder.finish()]
        )
        assert len(pcm) == len(frames) * piper.spec.samples_per_frame
        assert np.abs(pcm).max() <= 1
        assert pcm.std() > 0.01


def test_speakers_differ(generator: PiperGenerator) -> None:
    voices = {name: speak(generator, TEXT, name)[1] for name in ("three", *(f"three#{name}" for name in SPEAKERS))}
    np.testing.assert_array_equal(voices["three"], voices["three#ann"])
    assert len({each.tobytes() for each in voices.values()}) == 3


def test_speakers_of_a_model_are_warmed_up_together(home: Path) -> None:
    assert one_of_each_model(Piper().voices()) == ["small", "three"]


def test_a_preloaded_model_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piper = Piper()
    piper.preload()
    monkeypatch.setattr("steadyvoice.workers.engines.piper.model._load", None)
    for voice in ("small", "three#bob"):
        _, frames = speak(piper.generator(), "Hi.", voice)
        vocoder = piper.vocoder(voice, Downstream())
        assert len(np.concatenate((vocoder.push(frames), vocoder.finish()))) == 256 * len(frames)


def test_a_sentence_that_goes_on_has_no_final_pause(generator: PiperGenerator) -> None:
    words, ended = speak(generator, "One two three")
    more_words, more = speak(generator, "One two three", more=True)
    assert len(ended) - words[-1].ends > len(more) - more_words[-1].ends
    assert len(more) - more_words[-1].ends <= 3


def test_rate(generator: PiperGenerator) -> None:
    slow, normal, fast = (len(speak(generator, TEXT, rate=rate)[1]) for rate in (0.5, 1.0, 2.0))
    assert slow > 1.6 * normal
    assert normal > 1.4 * fast


@pytest.mark.parametrize("text", ["...", "你好", "“”", " - "])
def test_what_cannot_be_read_is_silent(generator: PiperGenerator, text: str) -> None:
    assert len(speak(generator, text)[1]) == 0


def test_a_long_text_is_cut(generator: PiperGenerator) -> None:
    words, frames = speak(generator, "word " * 300)
    assert len(words) == 300
    assert words[-1].ends <= len(frames)


def test_an_interrupted_text_leaves_no_state(generator: PiperGenerator) -> None:
    expected = speak(generator, TEXT)[1]
    next(iter(generator.generate("Something else altogether.", "small", 1.0, more=False)))
    np.testing.assert_array_equal(speak(generator, TEXT)[1], expected)


@pytest.mark.parametrize("voice", ["heart", "three#dan", "small#ann", "../small", ""])
def test_an_unknown_voice(piper: Piper, generator: PiperGenerator, voice: str) -> None:
    with pytest.raises(NotInstalled, match="of piper is not installed"):
        speak(generator, "Hi.", voice)
    with pytest.raises(NotInstalled, match="of piper is not installed"):
        piper.vocoder(voice, Downstream())


def test_a_machine_without_voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    piper = Piper()
    assert piper.voices() == []
    piper.preload()
    piper.generator().warmup()


def test_a_voice_without_the_program(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is listed, cannot be used, and the reason says what to install; a voice of characters needs no program."""
    write(tmp_path / "voices" / "letters", phoneme_type="text")
    (tmp_path / "voices" / "small").symlink_to(home / "voices" / "small")
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {voice.name: voice.installed for voice in Piper().voices()} == {"letters": True, "small": False}
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("voice small of piper is left out: the program espeak-ng")
    assert line.endswith("is not installed: apt install espeak-ng, then svctl restart")
    generator = Piper().generator()
    assert len(speak(generator, "Hello.", "letters")[1])
    with pytest.raises(NotInstalled, match="apt install espeak-ng"):
        speak(generator, "Hello.")


def test_a_language_that_needs_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> None:
    """The program goes before the rules, which read where it is missing."""
    write(tmp_path / "voices" / "small", language={"code": "es_ES"}, espeak={"voice": "es"})
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    assert Piper().generator().phonemes("Hecho (hoy).", "small") == "hecho, hoy."
    monkeypatch.setenv("PATH", str(tmp_path))
    assert all(voice.installed for voice in Piper().voices())
    generator = Piper().generator()
    assert generator.phonemes("Hecho (hoy).", "small") == "ˈetʃo, ˈoɪ."
    assert len(speak(generator, "Hecho.")[1])


def described(**more: Any) -> Callable[[Path], object]:
    def change(model: Path) -> None:
        file = model.with_name(f"{model.name}.json")
        file.write_text(json.dumps(json.loads(file.read_text()) | more))

    return change


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no model": (Path.unlink, "has no file small.onnx"),
    "no json": (lambda model: model.with_name("small.onnx.json").write_text("{"), "does not describe a voice of Piper"),
    "no rate": (described(audio={}), r"missing required field `sample_rate` - at `\$.audio`"),
    "ids": (described(phoneme_id_map={"_": [0], "^": [1]}), r"its phoneme_id_map has no '\$'"),
    "phonemes": (described(phoneme_type="openjtalk"), "takes phonemes of 'openjtalk'; supported are espeak and text"),
    "voice": (described(espeak={"voice": "-f/etc/passwd"}), r"at `\$.espeak.voice`"),
    "frames": (described(hop_length=512), "a frame of the voice has 512 samples"),
    "speakers": (described(num_speakers=2, speaker_id_map={"a": 5}), "the speaker 'a' has a number above num_speakers"),
    "two": (lambda model: write(model.parent, "other"), "has 2 voices of Piper"),
    "a graph": (lambda model: model.write_bytes(b"\x08\x08" + bytes(100)), "is not a model of Piper"),
}


def test_each_damaged_voice_costs_itself(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [name.replace(" ", "-") for name in DAMAGE]
    for name, (change, _) in zip(names, DAMAGE.values(), strict=True):
        change(write(tmp_path / "voices" / name))
    (tmp_path / "voices" / "whole").symlink_to(home / "voices" / "small")
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    monkeypatch.setattr(optional, "left_out", {})
    piper = Piper()
    generator = piper.generator()
    generator.warmup()
    assert {voice.name for voice in piper.voices() if voice.installed} == {"whole"}
    assert {voice.name for voice in piper.voices()} == {*names, "whole"}
    lines = dict(line.split(" of piper is left out: ") for line in capfd.readouterr().err.splitlines())
    assert lines.keys() == {f"voice {name}" for name in names}
    for name, (_, why) in zip(names, DAMAGE.values(), strict=True):
        with pytest.raises(BadModelFile, match=why):
            speak(generator, "Hi.", name)


@pytest.mark.parametrize(
    ("card", "more", "expected"),
    [
        ("# Model card\n\n* License: CC0\n", {}, "CC0"),
        ("* License: CC0\n", {"license": "CC-BY-4.0"}, "CC-BY-4.0"),
        ("nothing", {}, "unknown"),
        ("", {"licence": "x\ny"}, "x\\ny"),
    ],
)
def test_the_licence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path, card: str, more: dict[str, Any], expected: str
) -> None:
    model = write(tmp_path / "voices" / "small", **more)
    (model.parent / added.CARD).write_text(card)
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    assert [voice.licence for voice in Piper().voices()] == [expected]


def test_of_many_speakers_some_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    names = {f"p{i}": i for i in range(500)}
    described(num_speakers=500, speaker_id_map=names)(write(tmp_path / "voices" / "many"))
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    assert len(engine.voices({"piper": Piper()})) == added.MOST_SPEAKERS + 1
    assert added.find("many#p499")[1] == 499
