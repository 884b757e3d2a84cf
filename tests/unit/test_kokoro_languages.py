"""Kokoro's readers: each language's phonemes are in the model's alphabet, in pieces that the model takes."""

import json
import sys
from pathlib import Path

import pytest
from hibari.voices import ASSETS

from steadyvoice.workers.engines.kokoro import Kokoro
from steadyvoice.workers.engines.kokoro.languages import READERS, language, missing
from steadyvoice.workers.engines.kokoro.sentences import SENTENCES

ALPHABET = set(json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8")))
LANGUAGES = [
    pytest.param(
        spoken, marks=pytest.mark.skipif(bool(missing(f"{letter}f_x")), reason="what reads it is not installed")
    )
    for letter, spoken in {
        "e": "es",
        "f": "fr-FR",
        "i": "it",
        "p": "pt-BR",
        "h": "hi",
        "j": "ja",
        "z": "cmn-CN",
    }.items()
]


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_sentences_are_in_the_alphabet_of_the_model(spoken: str) -> None:
    read = READERS[spoken]()
    for text in SENTENCES[spoken.partition("-")[0]]:
        [piece] = read(text, False)
        assert set(piece.phonemes) <= ALPHABET, set(piece.phonemes) - ALPHABET
        assert [text[word.start : word.end] for word in piece.said]
        assert not piece.goes_on


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_long_text_is_read_in_pieces_that_go_on(spoken: str) -> None:
    read = READERS[spoken]()
    text = " ".join([SENTENCES[spoken.partition("-")[0]][-1]] * 12)
    pieces = list(read(text, True))
    assert len(pieces) > 1
    assert all(len(piece.phonemes) <= 510 for piece in pieces)
    assert all(piece.goes_on for piece in pieces)
    words = [text[word.start : word.end] for piece in pieces for word in piece.said]
    assert len(words) == len({(word.start, word.end) for piece in pieces for word in piece.said})


def test_each_language_that_is_read_has_sentences_for_its_statistics() -> None:
    assert {spoken.partition("-")[0] for spoken in READERS} == set(SENTENCES)


@pytest.mark.parametrize(
    ("voice", "spoken"),
    [
        ("af_heart", "en-US"),
        ("bm_george", "en-GB"),
        ("ff_siwis", "fr-FR"),
        ("hf_alpha", "hi"),
        ("jf_alpha", "ja"),
        ("zf_xiaobei", "cmn-CN"),
        ("xf_new", ""),
        ("heart", ""),
    ],
)
def test_the_name_of_a_voice_tells_its_language(voice: str, spoken: str) -> None:
    assert language(voice) == spoken


@pytest.mark.parametrize(
    ("voice", "why"),
    [
        ("af_heart", ""),
        ("ff_siwis", ""),
        ("pm_alex", ""),
        ("hf_alpha", "apt install espeak-ng"),
        ("jm_kumo", "pip install 'steadyvoice[japanese]'"),
        ("zm_yunxi", "pip install 'steadyvoice[chinese]'"),
    ],
)
def test_what_a_voice_needs_is_named(monkeypatch: pytest.MonkeyPatch, voice: str, why: str) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for package in ("jieba", "pyopenjtalk"):
        monkeypatch.setitem(sys.modules, package, None)
    assert why in missing(voice)
    assert bool(missing(voice)) == bool(why)


def test_a_voice_that_cannot_be_read_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    (folder := tmp_path / "voices" / "kokoro").mkdir(parents=True)
    for file in ("fine.onnx", "af_heart.bin", "af_heart.statistics", "hf_alpha.bin", "hf_alpha.statistics"):
        (folder / file).touch()
    for _ in range(2):
        assert [(voice.name, voice.installed) for voice in Kokoro().voices()] == [
            ("af_heart", True), ("hf_alpha", False)
        ]  # fmt: skip
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("voice hf_alpha of kokoro is left out: the program espeak-ng")
    assert line.endswith("apt install espeak-ng, then svctl restart")
