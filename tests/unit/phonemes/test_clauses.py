"""Words, clauses, punctuation, spans and pronunciations, with rules that write words backwards."""

from collections.abc import Sequence

import pytest

from steadyvoice.workers.phonemes.clauses import as_written_by_espeak, read
from steadyvoice.workers.phonemes.reading import Reading, Word, cut, mapped
from steadyvoice.workers.text.front_end import Pronunciation, Spoken, spoken


def backwards(words: Sequence[str]) -> list[str]:
    return ["" if word == "mute" else word.lower()[::-1] for word in words]


@pytest.mark.parametrize(
    ("text", "ipa"),
    [
        ("", ""),
        (" ", ""),
        ("…", "…"),
        ("ab", "ba"),
        ("Ab cd.", "ba dc."),
        ("¿Ab, ¡cd!", "ba, dc!"),
        ("«ab» (cd)", "“ba” (dc)"),
        ('ab "cd", ef', 'ba "dc", fe'),
        ("ab... cd", "ba… dc"),
        ("ab - cd", "ba — dc"),
        ("ab – cd—ef", "ba — dc—fe"),
        ("ab-cd", "ba dc"),
        ("l'ab, quest’ab", "ba'l, ba'tseuq"),
        ("'ab' cd", "ba dc"),
        ("un po' cd", "nu op dc"),
        ("ab mute cd", "ba dc"),
        ("mute", ""),
        ("ab, mute.", "ba,."),
        ("ab !", "ba!"),
        ("ab/cd ef", "ba dc fe"),
        ("a\u0301b", "b\u0301a"),
        ("ab 12 cd", "ba dc"),
        ("ab，「cd」（ef）。gh……", "ba, “dc” (fe). hg…"),
    ],
)
def test_phonemes_and_punctuation(text: str, ipa: str) -> None:
    assert read(text, backwards).ipa == ipa


@pytest.mark.parametrize("text", ["Ab, cd (ef) “gh”… mute ij-kl - mn.", "¿Ab?", "mute ab", "l'ab cd"])
def test_each_word_is_in_place(text: str) -> None:
    reading = read(text, backwards)
    said = [word for word in text.lower().translate(str.maketrans("-,().…¿?“”", " " * 10)).split() if word != "mute"]
    assert [text[word.start : word.end].lower() for word in reading.words] == said
    assert [reading.ipa[word.first : word.last][::-1] for word in reading.words] == said


def test_rules_are_given_one_clause_at_a_time() -> None:
    given: list[list[str]] = []

    def rules(words: Sequence[str]) -> Sequence[str]:
        given.append(list(words))
        return words

    read("Ab «cd», ef-gh; ij (kl) mn. Op", rules)
    assert given == [["Ab", "cd"], ["ef", "gh"], ["ij"], ["kl"], ["mn"], ["Op"]]


def test_a_pronunciation_goes_before_the_rules() -> None:
    text = Spoken.of("ab cd-ef gh")
    text.pronunciations = (Pronunciation(3, 8, "ˈtʃa.o"),)
    reading = read(text, backwards)
    assert reading == Reading("ba t͡ʃˈao hg", (Word(0, 2, 0, 2), Word(3, 8, 3, 9), Word(9, 11, 10, 12)))


def test_words_keep_their_origin_in_the_text_as_written() -> None:
    said = spoken("El 3 de mayo", "es-ES")
    word = read(said, backwards).words[1]
    assert said.origin(word.start, word.end) == (3, 4)


@pytest.mark.parametrize(
    ("lexicon", "said"),
    [("ˈkasa", "kˈasa"), ("ˌin.forˈmatt͡si", "ˌinformˈatt͡si"), ("ˈpiddza", "pˈidd͡za"), ("gwa", "ɡwa"), ("ˈs", "ˈs")],
)
def test_ipa_of_a_lexicon(lexicon: str, said: str) -> None:
    assert as_written_by_espeak(lexicon) == said


@pytest.mark.parametrize(
    ("symbols", "ipa"),
    [
        ({}, "t͡ʃˈao, t͡ʃiː"),
        ({"t͡ʃ": "ʧ"}, "ʧˈao, ʧiː"),
        ({"t͡ʃ": "ʧ", "͡": "", "ː": ""}, "ʧˈao, ʧi"),
        ({"͡": ""}, "tʃˈao, tʃiː"),
        ({"a": "aa"}, "t͡ʃˈaao, t͡ʃiː"),
    ],
)
def test_words_stay_in_place_when_symbols_are_replaced(symbols: dict[str, str], ipa: str) -> None:
    reading = mapped(Reading("t͡ʃˈao, t͡ʃiː", (Word(0, 4, 0, 6), Word(6, 9, 8, 13))), symbols)
    assert reading.ipa == ipa
    assert [reading.ipa[word.first : word.last] for word in reading.words] == ipa.split(", ")


def test_a_word_without_symbols_is_left_out() -> None:
    assert mapped(Reading("ʰ a", (Word(0, 1, 0, 1), Word(2, 3, 2, 3))), {"ʰ": ""}).words == (Word(2, 3, 1, 2),)


@pytest.mark.parametrize(
    ("most", "parts"),
    [
        (99, ["ab cd, ef “gh.” ij"]),
        (18, ["ab cd, ef “gh.” ij"]),
        (17, ["ab cd, ef “gh.”", "ij"]),
        (15, ["ab cd, ef “gh.”", "ij"]),
        (14, ["ab cd,", "ef “gh.” ij"]),
        (7, ["ab cd,", "ef", "“gh.”", "ij"]),
        (5, ["ab", "cd,", "ef", "“gh.”", "ij"]),
        (3, ["ab", "cd,", "ef", "“gh", ".”", "ij"]),
        (1, [*"abcd,ef“gh.”ij"]),
    ],
)
def test_parts_for_a_model_with_a_maximum(most: int, parts: list[str]) -> None:
    text = "ab cd, ef “gh.” ij"
    said = read(text, list)
    cuts = cut(said, most)
    assert [part.ipa for part in cuts if part.ipa] == parts
    words = [(text[word.start : word.end], part.ipa[word.first : word.last]) for part in cuts for word in part.words]
    assert [word for word, _ in words] == ["ab", "cd", "ef", "gh", "ij"]
    assert most == 1 or all(word == ipa for word, ipa in words)
