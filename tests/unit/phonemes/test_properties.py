"""Of any text: every reading is whole, and its words are in place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.phonemes.alphabets import MISAKI
from steadyvoice.workers.phonemes.reading import PAUSES, mapped
from steadyvoice.workers.phonemes.registry import reader
from steadyvoice.workers.text.front_end import spoken

LANGUAGES = ["es", "es-419", "it", "pt-BR", "fr"]
LETTERS = "aeiouáéíóúàèìòùâêôãõüyhrrsscçgqnmltdzxjbpvkwʼ'’ -.,?¿«»—()ABCDNH漢я\u0301"

UNSTRESSED = {"it": "ci di mi si su ti tu un vi chi gli sul".split()}
"""Function words without stress, also at the end."""


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(alphabet=LETTERS, max_size=40) | st.text(max_size=20))
def test_any_text(language: str, text: str) -> None:
    read = reader(language)
    reading = read(text)
    assert read(text) == reading
    at = said_to = 0
    for word in reading.words:
        assert at <= word.start < word.end <= len(text)
        assert said_to <= word.first < word.last <= len(reading.ipa)
        assert not set(reading.ipa[word.first : word.last]) & {*PAUSES, " "}
        assert set(reading.ipa[said_to : word.first]) <= {*PAUSES, " "}
        at, said_to = word.end, word.last
    assert set(reading.ipa[said_to:]) <= {*PAUSES, " "}
    assert "  " not in reading.ipa
    assert len(mapped(reading, MISAKI).words) == len(reading.words)


@pytest.mark.parametrize("language", LANGUAGES)
@given(words=st.lists(st.text(alphabet="abcdeghilmnoqrstuvzáéíóúãç", min_size=1, max_size=9), min_size=1, max_size=6))
def test_words_of_the_language(language: str, words: list[str]) -> None:
    reading = reader(language)(" ".join(words))
    assert len(reading.ipa.split()) == len(reading.words) <= len(words)
    if len(reading.words) == len(words):
        assert "ˈ" in reading.ipa.split()[-1] or words[-1].replace("ç", "c") in UNSTRESSED.get(language, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_text_takes_no_longer_for_each_word(language: str) -> None:
    text = "palabra " * 5000 + "a" * 20_000 + "'a" * 5000
    assert len(reader(language)(text).words) == 5001


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_front_end_says_is_read(language: str) -> None:
    said = spoken("12:30, 5 km, 3/4/2025, A & B", language)
    reading = reader(language)(said)
    assert len(reading.words) == len(said.replace("-", " ").split())
