"""Phonemes in the alphabets of models."""

import json
from pathlib import Path

import pytest
from hibari.voices import ASSETS
from support.phonemes import needs_espeak, sentences

from steadyvoice.workers.phonemes.alphabets import MISAKI, UNTIED
from steadyvoice.workers.phonemes.reading import TIE, Reading, mapped
from steadyvoice.workers.phonemes.registry import reader

LETTERS = frozenset(json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8")))
"""Kokoro's 114."""


@pytest.mark.parametrize(
    ("language", "text", "misaki", "untied"),
    [
        ("es", "Ocho reyes", "ˈoʧo rˈeʝes", "ˈotʃo rˈeʝes"),
        ("es", "aire, auto, rey", "ˈIɾe, ˈWto, rˈA", "ˈaɪɾe, ˈaʊto, rˈeɪ"),
        ("it", "pizza, cassa, oggi", "pˈiʦːa, kˈaSa, ˈɔʤːɪ", "pˈitsːa, kˈassa, ˈɔdʒːɪ"),
        ("pt-BR", "leite, mão", "lˈAʧy, mˈɐ̃ʊ̃", "lˈeɪtʃy, mˈɐ̃ʊ̃"),
    ],
)
def test_what_models_are_given(language: str, text: str, misaki: str, untied: str) -> None:
    assert mapped(reader(language)(text), MISAKI).ipa == misaki
    assert mapped(reader(language)(text), UNTIED).ipa == untied


@pytest.mark.parametrize("language", ["es", "es-419", "it", "pt-BR", "fr"])
def test_kokoro_has_every_letter(language: str) -> None:
    for text in sentences(language):
        reading = mapped(reader(language)(text), MISAKI)
        assert LETTERS.issuperset(reading.ipa), set(reading.ipa) - LETTERS
        assert len(reading.words) == len(reader(language)(text).words)


@needs_espeak
@pytest.mark.parametrize("language", ["de-DE", "hi", "en-GB"])
def test_letters_of_the_program(language: str) -> None:
    said = mapped(reader(language)("garage, 山. जय"), MISAKI)
    assert TIE not in said.ipa
    assert mapped(Reading("", ()), MISAKI) == Reading("", ())
