"""Kokoro's readers: each language's phonemes are in the model's alphabet, in pieces that the model takes."""

import json
from pathlib import Path

import pytest
from hibari.voices import ASSETS

from steadyvoice.workers.engines.kokoro import install
from steadyvoice.workers.engines.kokoro.languages import READERS, language, readable

ALPHABET = set(json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8")))
RULES = ("es", "fr-FR", "it", "pt-BR")


@pytest.mark.parametrize("spoken", RULES)
def test_sentences_are_in_the_alphabet_of_the_model(spoken: str) -> None:
    read = READERS[spoken]()
    for text in install._SENTENCES[spoken.partition("-")[0]]:
        [piece] = read(text, False)
        assert set(piece.phonemes) <= ALPHABET, set(piece.phonemes) - ALPHABET
        assert [text[word.start : word.end] for word in piece.said]
        assert not piece.goes_on


@pytest.mark.parametrize("spoken", RULES)
def test_a_long_text_is_read_in_pieces_that_go_on(spoken: str) -> None:
    read = READERS[spoken]()
    text = " ".join([install._SENTENCES[spoken.partition("-")[0]][-1]] * 12)
    pieces = list(read(text, True))
    assert len(pieces) > 1
    assert all(len(piece.phonemes) <= 510 for piece in pieces)
    assert all(piece.goes_on for piece in pieces)
    words = [text[word.start : word.end] for piece in pieces for word in piece.said]
    assert len(words) == len({(word.start, word.end) for piece in pieces for word in piece.said})


def test_each_language_that_is_read_has_sentences_for_its_statistics() -> None:
    assert {spoken.partition("-")[0] for spoken in READERS} == set(install._SENTENCES)


@pytest.mark.parametrize(
    ("voice", "spoken", "is_readable"),
    [("af_heart", "en-US", True), ("em_alex", "es", True), ("ff_siwis", "fr-FR", True), ("jf_alpha", "ja", False)],
)
def test_the_language_of_a_voice(voice: str, spoken: str, is_readable: bool) -> None:
    assert (language(voice), readable(voice)) == (spoken, is_readable)
