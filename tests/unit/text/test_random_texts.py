"""Any text is read, and each word comes from its characters. 100,000 texts, 25,000 of each kind, take half an hour:

python -m pytest tests/unit/text/test_random_texts.py --examples 25000 --timeout 0
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hibari import Phonemes
from support.random_texts import KINDS
from support.reading import segments as read

from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.workers.text.traced import words

LANGUAGES = ("en-US", "en-GB", "de-DE", "es-MX", "fr-CH", "it-IT", "pt-BR", "ja-JP", "zh-CN")
MODES = [
    ReadingMode("some"),
    ReadingMode("most"),
    ReadingMode("all"),
    ReadingMode(capitals="spell"),
    ReadingMode(spelling=True),
    ReadingMode(say="character"),
    ReadingMode(say="key"),
]


def check(text: str, language: str, mode: ReadingMode, phonemes: Callable[[str], str]) -> list[ReadSegment]:
    segments = list(read(text, language, phonemes, mode))
    start = at = 0
    for segment in segments:
        assert at <= segment.start or (
            "<" in text and start <= segment.start and at <= segment.end
        )  # two of one element
        assert segment.start < segment.end <= len(text)
        start = begin = end = segment.start
        for word in segment.origins:
            assert begin <= word.start < word.end <= segment.end
            assert end <= word.end
            assert text[word.start : word.end].strip() or mode.names_signs
            begin, end = word.start, word.end
        assert [word.word for word in segment.origins] == [segment.words[slice(*each)] for each in words(segment.words)]
        at = segment.end
    return segments


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_an_english_text_is_read(english_phonemes: Phonemes, kind: str, data: st.DataObject) -> None:
    text = data.draw(KINDS[kind])
    segments = check(text, "en-US", ORDINARY, english_phonemes)
    assert not any(map(str.isdecimal, "".join(segment.words for segment in segments)))
    assert list(read(text, "en-US", english_phonemes)) == segments


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_text_is_read_in_each_language_and_mode(kind: str, data: st.DataObject) -> None:
    check(data.draw(KINDS[kind]), data.draw(st.sampled_from(LANGUAGES)), data.draw(st.sampled_from(MODES)), str)
