"""Any text has a reading: the same each time, in letters and marks that engines know, with the origin of each word."""

import re
import unicodedata
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.workers.text import traced
from steadyvoice.workers.text.front_end import spoken

_SIGNS = "²³½⅓°′″µ−–—…&@%+=<>≤≥≠×÷→←*^~_|\\/#§©®™•€$£¥∞√πΩ★☆♠♪✓👍🏽👩‍💻🇫🇷❤️①Ⅷ℃㎏ﬁＡｂ１‘’“”«»`'\"()[]{}.,;:!?- "
_PIECES = [*_SIGNS, "word", "I", "12", "Привет", "你好", "e\u0301", "snake_case", "-->", "!=", "1990s", "\u200d"]
_CATEGORIES: Final = ("So", "Sm", "Sc", "Sk", "No", "Nl", "Lm", "Mn", "Me", "Cf", "Co", "Cs", "P")
TEXTS = st.one_of(
    st.text(max_size=280),
    st.lists(st.sampled_from(_PIECES), max_size=40).map("".join),
    st.lists(st.sampled_from([*_PIECES, " "]), max_size=40).map(" ".join),
    st.text(alphabet=st.characters(categories=_CATEGORIES), max_size=40),
)
_MARKS = " .,;:!?'\"“”()…–—-"


@given(TEXTS)
@example("\ud800 \ue000 \U000e0041 \uffff")
@example("e" + "\u0301" * 279)
@example("👩‍" * 90)
@example("🏴" + "\U000e0067" * 200)
def test_any_text_has_a_reading(text: str) -> None:
    said = spoken(text, "en-US")
    assert said == spoken(text, "en-US")
    assert said == said.strip()
    assert "  " not in said
    said.encode()


@given(TEXTS)
def test_each_word_has_an_origin_in_order(text: str) -> None:
    said = spoken(text, "en-US")
    assert len(said) == len(said.begins) == len(said.ends)
    assert said.begins == sorted(said.begins)
    assert said.ends == sorted(said.ends)
    assert all(0 <= begin < end <= len(text) for begin, end in zip(said.begins, said.ends, strict=True))
    for start, end in traced.words(said):
        first, last = said.origin(start, end)
        assert text[first:last].strip()


@given(TEXTS)
def test_only_letters_of_english_and_pauses_are_left(text: str) -> None:
    left = {
        character
        for character in spoken(text, "en-US")
        if not (character <= "\u00ff" and character.isalpha()) and character not in _MARKS
    }
    assert not left


@given(TEXTS, st.sampled_from(["de-DE", "es-MX", "fr-CH", "it-IT", "pt-BR", "zh-CN", "ja-JP", "hi-IN"]))
def test_other_languages_keep_their_letters(text: str, language: str) -> None:
    said = spoken(text, language)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in said)
    assert said.begins == sorted(said.begins)


@pytest.mark.parametrize("language", ["en", "en-US", "en-GB", "de", ""])
def test_an_empty_text_says_nothing(language: str) -> None:
    assert spoken("", language) == spoken(" \u200b ", language) == ""


@pytest.mark.parametrize(
    "text",
    [
        "a-" * 139 + "a",
        "word/" * 55,
        "well-known/" * 25,
        "a--b" * 60,
        "x-y_" * 70,
        "‐".join("abcdefghijkl"),
        "a-/" * 90,
    ],
)
def test_long_chains_are_apart(text: str) -> None:
    """An engine's dictionary tries the parts of a word in combinations."""
    chunks = spoken(text, "en-US").split()
    assert max(len([part for part in re.split("[-/]", chunk) if part]) for chunk in chunks) <= 8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a-b-c-d-e-f-g-h-i-j", "a b c d e f g h i j"),
        ("one-of-a-kind", "one-of-a-kind"),
        ("a jack-of-all-trades-and-master-of-none", "a jack-of-all-trades-and-master-of-none"),
        ("the up-and-down-and-in-and-out-and-off way", "the up and down and in and out and off way"),
    ],
)
def test_chains(text: str, said: str) -> None:
    assert spoken(text, "en-US") == said
