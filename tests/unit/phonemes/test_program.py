"""Languages that the program espeak-ng reads: its names for them, and its phonemes divided among the words."""

import pytest
from support.phonemes import needs_espeak

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.phonemes import espeak, program
from steadyvoice.workers.phonemes.registry import is_readable, reader
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
    ("said", "words", "divided"),
    [
        ("a b", "a b", ["a", "b"]),
        ("ɒvðə haʊs", "of the house", ["ɒvðə", "", "haʊs"]),
        ("haʊs ɒvðə kat", "house of the cat", ["haʊs", "ɒvðə", "", "kat"]),
        ("iː meɪl kʌmz", "email comes", ["iː meɪl", "kʌmz"]),
        ("", "a b", ["", ""]),
        ("", "", []),
        ("a b c d e f g h", "a", ["a b c d e f g h"]),
    ],
)
def test_phonemes_are_divided_among_the_words(said: str, words: str, divided: list[str]) -> None:
    assert program.divided(said.split(), words.split()) == divided


@needs_espeak
@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("nl-NL", "Dag, lieve vrienden!", ["Dag", "lieve", "vrienden"]),
        ("de-DE", "Das E-Mail-Programm (neu) startet.", ["Das", "E", "Mail", "Programm", "neu", "startet"]),
        ("en-GB", "The end of the story: “so it goes” - perhaps…", ["The", "end", "of", "story", "so", "it", "goes",
                                                                   "perhaps"]),
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
    assert is_readable("es-MX")
    assert is_readable("pt-BR")
    assert not is_readable("pt-PT")
    assert reader("es-MX")("casa").ipa
    with pytest.raises(NotInstalled):
        reader("de")("Haus")
