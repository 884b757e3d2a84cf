"""Piper's text: marks between the phonemes, sentences, ids."""

from typing import Any

import msgspec
import pytest
from support.piper import about

from steadyvoice.workers.engines.piper.phoneme_ids import PhonemeIds, cuts
from steadyvoice.workers.engines.piper.published import Published
from steadyvoice.workers.engines.piper.reading import characters, marked, sentences
from steadyvoice.workers.phonemes.clauses import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab cd.", "ab cd."),
        ("Ab, cd: no!", "ab, cd: no!"),
        ("Ab?! Cd...", "ab? cd."),
        ("ab, … cd…", "ab. cd."),
        ("“ab,” cd; 'ef'", "ab, cd; ef"),
        ("ab—cd – ef", "ab, cd, ef"),
        ("(ab) cd (ef)", "ab, cd, ef,"),
        ("¿Ab? ¡Cd!", "ab? cd!"),
        ("ab «cd» ef", "ab cd ef"),
        ("ab。cd！", "ab. cd!"),
        (" ... \u2019 - ", ""),
    ],
)
def test_marks_are_those_that_the_voices_know(text: str, expected: str) -> None:
    reading = marked(read(text, lambda words: [word.lower() for word in words]))
    assert reading.ipa == expected
    said = [(text[word.start : word.end].lower(), reading.ipa[word.first : word.last]) for word in reading.words]
    assert all(written == ipa for written, ipa in said)
    assert [ipa for _, ipa in said] == [word.strip(".,:;!?") for word in expected.split()]


def test_characters_of_a_voice_without_phonemes() -> None:
    reading = characters("Ça va, İ?")
    assert reading.ipa == "ça va, İ?"
    assert [reading.ipa[word.first : word.last] for word in reading.words] == ["ça", "va,", "İ?"]


@pytest.mark.parametrize(
    ("phonemes", "expected"),
    [
        ("a. b? c", ["a. ", "b? ", "c"]),
        ("a, b.", ["a, b."]),
        ("", []),
        ("a!? b", ["a!? ", "b"]),
        ("ar.a b.", ["ar.a b."]),
    ],
)
def test_sentences(phonemes: str, expected: list[str]) -> None:
    assert [phonemes[a:b] for a, b in sentences(phonemes)] == expected


@pytest.mark.parametrize(
    ("phonemes", "expected"),
    [
        ("ab cd", ["ab cd"]),
        ("aaa, bbb ccc ddd", ["aaa, ", "bbb ccc ", "ddd"]),
        ("aaaaaaaaaaaa", ["aaaaaaaa", "aaaa"]),
        ("aaa bbb ccc", ["aaa bbb ", "ccc"]),
    ],
)
def test_a_long_sentence_is_cut(phonemes: str, expected: list[str]) -> None:
    assert [phonemes[a:b] for a, b in cuts(phonemes, 8)] == expected


def published(**more: Any) -> Published:
    return msgspec.convert(about(**more), Published)


def test_ids_are_those_of_training() -> None:
    """A pad after the begin and after each phoneme, none after the end (phoneme_ids.cpp of piper-phonemize)."""
    ids = PhonemeIds(published(phoneme_id_map={"_": [0], "^": [1], "$": [2], "a": [5], "b": [6, 7], "\u0303": [8]}))
    assert ids("ab") == ([1, 0, 5, 0, 6, 7, 0, 2], [2, 4, 7])
    assert ids("axb").ids == ids("ab").ids, "a phoneme that the voice does not have is left out"
    assert ids("axb").starts == [2, 4, 4, 7]
    assert ids("ã") == ([1, 0, 5, 0, 8, 0, 2], [2, 6])
    assert ids("^$_").ids == ids("").ids
    assert ids.knows("a")
    assert not ids.knows("x")


@pytest.mark.parametrize(
    ("more", "given", "same_as"),
    [
        ({"espeak": {"voice": "pt-br"}}, "cac", "kak"),
        ({"phoneme_map": {"a": ["b", "c"]}}, "a", "bc"),
    ],
)
def test_phonemes_that_the_voice_has_otherwise(more: dict[str, Any], given: str, same_as: str) -> None:
    assert PhonemeIds(published(**more))(given).ids == PhonemeIds(published())(same_as).ids


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "en-US"),
        ({"language": {"code": "de_DE"}}, "de-DE"),
        ({"language": None, "espeak": {"voice": "es-419"}}, "es-419"),
        ({"language": None, "espeak": {"voice": "en-gb+f3"}}, "en-GB"),
    ],
)
def test_the_language(more: dict[str, Any], expected: str) -> None:
    assert published(**more).bcp47 == expected
