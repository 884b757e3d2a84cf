"""Piper's text: clauses and marks, words and their phonemes, ids."""

from typing import Any

import msgspec
import pytest
from support.piper import about

from steadyvoice.workers.engines.piper.alignment import align
from steadyvoice.workers.engines.piper.clauses import Clause, clauses, sentences
from steadyvoice.workers.engines.piper.phoneme_ids import PhonemeIds, cuts
from steadyvoice.workers.engines.piper.published import Published
from steadyvoice.workers.engines.piper.reading import characters, joined
from steadyvoice.workers.text.front_end import Pronunciation, Spoken


def shown(text: str) -> str:
    """Clauses with what is between them: "Well|, you see|.". A pronunciation is between slashes."""
    found, end = clauses(text)
    return "|".join([*(f"{each.before}{f'/{each.ipa}/' if each.ipa else each.text}" for each in found), end])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", "Hello there|."),
        ("Well, you see: no!", "Well|, you see|: no|!"),
        ("Really?! Yes...", "Really|? Yes|."),
        ("“Stop,” she said; 'now'", "Stop|, she said|; now|"),
        ("a dash—here – and - there", "a dash|, here|, and|, there|"),
        ("state-of-the-art (in 1998) is 3.5, or 10:30", "state-of-the-art|, in 1998|, is 3.5|, or 10:30|"),
        ("of the U.S. army, e.g. here", "of the U.S army|, e.g here|"),
        ("¿Qué? ¡No!", "Qué|? No|!"),
        ("你好。再见！", "你好|. 再见|!"),
        ("[[haI]] <b>x\\y", "haI|, bxy|"),
        (" ... \u2019 - ", ""),
        ("50 % & more", "50 % & more|"),
    ],
)
def test_clauses_and_the_marks_between_them(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize("text", ["Dr. Bo’s “there”, isn't it?", "  a  b , c", "x—y"])
def test_each_word_knows_its_characters(text: str) -> None:
    for clause in clauses(text)[0]:
        assert [text[a:b].replace("’", "'") for a, b in clause.words] == clause.text.split(" ")


@pytest.mark.parametrize(
    ("text", "places", "expected"),
    [
        ("Say Nguyen, please.", {"Nguyen": "wɪn"}, "Say| /wɪn/|, please|."),
        ("Nguyen's cat", {"Nguyen": "wɪn"}, "/wɪnz/| cat|"),
        ("Max’s cats", {"Max": "mæks"}, "/mæksɪz/| cats|"),
        ("Kit's.", {"Kit": "kɪt"}, "/kɪts/|."),
        ("A-one, A", {"A": "ˈeɪ"}, "/ˈeɪ/|one|, A|"),
        ("New York is, New.", {"New York": "nuː jɔːɹk"}, "/nuː jɔːɹk/| is|, New|."),
    ],
)
def test_pronunciations_stay_in_place(text: str, places: dict[str, str], expected: str) -> None:
    spoken = Spoken.of(text)
    spoken.pronunciations = tuple(
        Pronunciation(text.index(word), text.index(word) + len(word), ipa) for word, ipa in places.items()
    )
    assert shown(spoken) == expected


@pytest.mark.parametrize(
    ("text", "phonemes", "expected"),
    [
        ("one two", "wan tu", [("one", "wan"), ("two", "tu")]),
        ("in the house", "ɪnðə haʊs", [("in the", "ɪnðə"), ("house", "haʊs")]),
        ("he walked in the garden", "hiː wɔːkt ɪnðə ɡɑːɹdən", [
            ("he", "hiː"), ("walked", "wɔːkt"), ("in the", "ɪnðə"), ("garden", "ɡɑːɹdən")
        ]),
        ("page forty2", "peɪdʒ fɔːɹti tuː", [("page", "peɪdʒ"), ("forty2", "fɔːɹti tuː")]),
        ("a b c d e f g h", "x", [("a b c d e f g h", "x")]),
        ("x", "a b c d e f g h", [("x", "a b c d e f g h")]),
        ("a", "", []),
    ],
)  # fmt: skip
def test_words_and_phonemes_are_aligned(text: str, phonemes: str, expected: list[tuple[str, str]]) -> None:
    words, sounds = text.split(), phonemes.split()
    groups = align(words, sounds)
    assert [(" ".join(words[a:b]), " ".join(sounds[c:d])) for a, b, c, d in groups] == expected


def test_clauses_are_joined_with_their_words() -> None:
    text = "In the end, “it” is."
    found, end = clauses(text)
    reading = joined(list(zip(found, ["ɪnðɪ ˈɛnd", "ɪt ˈɪz"], strict=True)), end)
    assert reading.ipa == "ɪnðɪ ˈɛnd, ɪt ˈɪz."
    said = [(text[word.start : word.end], reading.ipa[word.first : word.last]) for word in reading.words]
    assert said == [("In the", "ɪnðɪ"), ("end", "ˈɛnd"), ("it", "ɪt"), ("is", "ˈɪz")]


def test_a_clause_without_phonemes_is_left_out() -> None:
    parts = [(Clause("%", ((0, 1),), ""), ""), (Clause("a", ((3, 4),), ", "), "ɐ"), (Clause("$", ((6, 7),), ", "), "")]
    assert joined(parts, ".").ipa == "ɐ."
    assert joined(parts[:1], ".") == joined([], "")


def test_characters_of_a_voice_without_phonemes() -> None:
    reading = characters("Ça va, İ?")
    assert reading.ipa == "ça va, İ?"
    assert [reading.ipa[word.first : word.last] for word in reading.words] == ["ça", "va,", "İ?"]


@pytest.mark.parametrize(
    ("phonemes", "expected"),
    [("a. b? c", ["a. ", "b? ", "c"]), ("a, b.", ["a, b."]), ("", []), ("a!? b", ["a!? ", "b"])],
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
        ({}, "g'a", "ɡˈa"),
        ({}, "a—b (c)", "a,b ,c,"),
        ({}, 't\u0361s"', "ts"),
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
