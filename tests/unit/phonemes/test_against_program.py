"""Ordinary sentences of each language that has rules: how far their phonemes are from those of espeak-ng."""

import pytest
from support.phonemes import error_rate, needs_espeak, phonemes, sentences

from steadyvoice.workers.phonemes import program
from steadyvoice.workers.phonemes.espeak import Program
from steadyvoice.workers.phonemes.registry import BY_RULES, reader

ERRORS = {
    "es": ((0.001, 0.001), (0.0015, 0.001)),
    "es-419": ((0.001, 0.001), (0.0015, 0.001)),
    "it": ((0.0055, 0.005), (0.022, 0.015)),
    "fr": ((0.006, 0.004), (0.007, 0.007)),
    "pt-BR": ((0.004, 0.004), (0.011, 0.011)),
}
"""At most, with the stress marks counted and without: over the two hundred sentences, and over forty others to which
no rule was adapted."""


@needs_espeak
@pytest.mark.parametrize("language", ERRORS)
@pytest.mark.parametrize(("others", "count"), [("", 200), ("_unseen", 40)])
def test_errors_are_as_few_as_documented(language: str, others: str, count: int) -> None:
    read, asked = reader(language), Program(program.voice(language))
    texts = sentences(language, others)
    assert len(texts) == len(set(texts)) == count
    parts = [" ".join(texts[at : at + 5]) for at in range(0, count, 5)]
    pairs = list(zip([read(part).ipa for part in parts], asked(parts, 30), strict=True))
    asked.close()
    with_stress, without = ERRORS[language][bool(others)]
    assert error_rate(pairs, stress=True) <= with_stress
    assert error_rate(pairs, stress=False) <= without


def test_each_language_with_rules_is_compared() -> None:
    assert {language.lower() for language in ERRORS} == BY_RULES | {"es-419"}


@pytest.mark.parametrize("language", ERRORS)
def test_every_word_has_phonemes_and_a_place(language: str) -> None:
    for text in sentences(language):
        reading = reader(language)(text)
        said = [text[word.start : word.end] for word in reading.words]
        assert "".join(said).replace("'", "") == "".join(filter(str.isalpha, text))
        assert " ".join(reading.ipa[word.first : word.last] for word in reading.words).split() == [
            reading.ipa[word.first : word.last] for word in reading.words
        ]


@pytest.mark.parametrize(
    ("ours", "theirs", "stress", "rate"),
    [
        ("ˈab", "ˈab", True, 0),
        ("ab", "ˈab", True, 1 / 3),
        ("ab", "ˈab", False, 0),
        ("t͡ʃa", "tʃa", False, 2 / 3),
        ("ɐ̃, b.", "ɐ̃ b", True, 0),
        ("ɐ b", "ɐ̃ b", True, 1 / 2),
        ("aː", "a", False, 1),
        ("", "ab", True, 1),
    ],
)
def test_how_errors_are_counted(ours: str, theirs: str, stress: bool, rate: float) -> None:
    assert error_rate([(ours, theirs)], stress=stress) == pytest.approx(rate)


def test_one_string_for_each_phoneme() -> None:
    assert phonemes("t͡ʃˈao, ɐ̃ʊ̃ aː", stress=True) == ["t͡ʃ", "ˈ", "a", "o", "ɐ̃", "ʊ̃", "aː"]
