"""Languages that the program espeak-ng reads: its names for them, and its phonemes divided among the words."""

from collections.abc import Sequence

import pytest
from support.phonemes import needs_espeak

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes import espeak, program
from steadyvoice.workers.phonemes.alignment import aligned
from steadyvoice.workers.phonemes.program import read
from steadyvoice.workers.phonemes.registry import check_readable, reader
from steadyvoice.workers.text.front_end import Pronunciation, Spoken


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("fr-FR", "fr"),
        ("fr-BE", "fr-be"),
        ("de", "de"),
        ("en", "en-us"),
        ("en-GB", "en-gb"),
        ("en-AU", "en-us"),
        ("pt-PT", "pt"),
        ("zh-CN", "cmn"),
        ("es-419", "es-419"),
        ("no", "nb"),
    ],
)
def test_names_of_languages(language: str, voice: str) -> None:
    assert program.voice(language) == voice


@pytest.mark.parametrize(
    ("words", "said", "expected"),
    [
        ("one two", "wan tu", ["wan", "tu"]),
        ("in the house", "ɪnðə haʊs", ["ɪnðə", None, "haʊs"]),
        ("house of the cat", "hˈaʊs ʌvðə kˈæt", ["hˈaʊs", "ʌvðə", None, "kˈæt"]),
        ("page forty2", "peɪdʒ fɔːɹti tuː", ["peɪdʒ", "fɔːɹti tuː"]),
        ("a b c d e f g h", "x", ["x", *[None] * 7]),
        ("x", "a b c d e f g h", ["a b c d e f g h"]),
        ("a b", "", ["", ""]),
        ("", "", []),
    ],
)
def test_words_and_phonemes_are_aligned(words: str, said: str, expected: list[str | None]) -> None:
    assert aligned(words.split(), said.split()) == expected


def shown(text: str) -> tuple[list[str], str, list[tuple[str, str]]]:
    """What a program is given that writes "of the" as one word and says nothing of "%"; phonemes; words in both."""
    given: list[str] = []

    def answers(texts: Sequence[str]) -> list[str]:
        given.extend(texts)
        return [text.lower().replace("of the", "ovðə").replace("%", "") for text in texts]

    ipa, words = read(answers, text)
    return given, ipa, [(text[word.start : word.end], ipa[word.first : word.last]) for word in words]


@pytest.mark.parametrize(
    ("text", "given", "ipa"),
    [
        ("Hello there.", "Hello there", "hello there."),
        ("Well, you see: no!", "Well|you see|no", "well, you see: no!"),
        ("“Stop,” she said; 'now'", "Stop|she said|now", "“stop,” she said; now"),
        ("a dash—here – and - there", "a dash|here|and there", "a dash—here — and — there"),
        ("state-of-it (in 1998) is 3.5, or 10:30", "state-of-it|in 1998|is 3.5|or 10:30", None),
        ("of the U.S. army, e.g. here", "of the U.S. army|e.g. here", "ovðə u.s. army, e.g. here"),
        ("I saw the U.S.", "I saw the U.S", "i saw the u.s."),
        ("¿Qué? ¡No!", "Qué|No", "qué? no!"),
        ("你好。再见！", "你好|再见", "你好. 再见!"),
        ("नमस्ते। क्या؟", "नमस्ते|क्या", "नमस्ते. क्या?"),
        ("50 & % more", "50 & % more", "50 & more"),
        ("a, %", "a|%", "a,"),
        (" ... \u2019 - ", "", None),
    ],
)
def test_what_the_program_is_given_and_what_is_between(text: str, given: str, ipa: str | None) -> None:
    assert "|".join(shown(text)[0]) == given
    assert ipa is None or shown(text)[1] == ipa


def test_words_that_the_program_joins_are_one() -> None:
    assert shown("End of the “line”.")[2] == [("End", "end"), ("of the", "ovðə"), ("line", "line")]


@pytest.mark.parametrize(
    ("text", "places", "given", "ipa"),
    [
        ("Say Nguyen, please.", {"Nguyen": "ˈwɪn"}, "Say|please", "say wˈɪn, please."),
        ("Nguyen's cat", {"Nguyen": "wɪn"}, "cat", "wɪnz cat"),
        ("Max’s cats", {"Max": "mæks"}, "cats", "mæksɪz cats"),
        ("Kit's.", {"Kit": "kɪt"}, "", "kɪts."),
        ("A-one, A", {"A": "ˈeɪ"}, "one|A", "ˈeɪ one, a"),
        ("New York is, New.", {"New York": "nuː jɔːɹk"}, "is|New", "nuː jɔːɹk is, new."),
    ],
)
def test_pronunciations_stay_in_place(text: str, places: dict[str, str], given: str, ipa: str) -> None:
    spoken = Spoken.of(text)
    spoken.pronunciations = tuple(
        Pronunciation(text.index(word), text.index(word) + len(word), said) for word, said in places.items()
    )
    found = shown(spoken)
    assert ("|".join(found[0]), found[1]) == (given, ipa)


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("nl-NL", "Dag, lieve vrienden!", ["Dag", "lieve", "vrienden"]),
        ("de-DE", "Das E-Mail-Programm (neu) startet.", ["Das", "E-Mail-Programm", "neu", "startet"]),
        ("en-GB", "The end of the story: “so it goes” - perhaps…", ["The", "end", "of the", "story", "so", "it",
                                                                   "goes", "perhaps"]),
        ("ru", "Привет, как дела?", ["Привет", "как", "дела"]),
        ("nl", "", []),
        ("nl", "…", []),
    ],
)  # fmt: skip
def test_words_and_punctuation_stay_in_place(language: str, text: str, words: list[str]) -> None:
    reading = reader(language)(text)
    assert [text[word.start : word.end] for word in reading.words] == words
    assert all(reading.ipa[word.first : word.last].strip(" ,:.…“”()!?") for word in reading.words)
    assert [c for c in reading.ipa if c in ",:.…“”()!?"] == [c for c in text if c in ",:.…“”()!?"]


@needs_espeak
def test_a_pronunciation_goes_before_the_program() -> None:
    text = Spoken.of("ein nginx hier")
    text.pronunciations = (Pronunciation(4, 9, "ˈabk"),)
    reading = reader("de")(text)
    assert reading.ipa[reading.words[1].first : reading.words[1].last] == "ˈabk"
    assert len(reading.words) == 3


def test_a_language_by_rules_needs_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not espeak.is_installed()
    for language in ("es-MX", "pt-BR"):
        check_readable(language)
        assert reader(language)("casa").ipa
    for reads in (check_readable, lambda language: reader(language)("talo")):
        with pytest.raises(NotInstalled, match="apt install espeak-ng"):
            reads("pt-PT")
