"""The first frames of letters and key names are kept: they are said again and again, and nothing else is as urgent."""

import numpy as np
from support.hibari import SENTENCE

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.hibari import _BEGINNINGS, HibariGenerator
from steadyvoice.workers.text.front_end import Pronunciation, spoken


def parts(generator: HibariGenerator, text: str, rate: float = 1.0) -> list[Frames | Word]:
    return [
        part if isinstance(part, Word) else part.copy() for part in generator.generate(text, "heart", rate, more=False)
    ]


def assert_same(first: list[Frames | Word], second: list[Frames | Word]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        if isinstance(one, Word):
            assert one == other
        else:
            np.testing.assert_array_equal(one, other)


def test_a_text_is_the_same_each_time(generator: HibariGenerator) -> None:
    for text in ("B", "left shift", SENTENCE):
        first = parts(generator, text)
        assert any(not isinstance(part, Word) for part in first)
        assert_same(first, parts(generator, text))
        assert_same(first, parts(generator, text))


def computed(generator: HibariGenerator, *texts: str, rate: float = 1.0) -> int:
    """How many beginnings of the texts, one after the other, were computed and kept."""
    before = generator._kept_beginning.cache_info().misses
    for text in texts:
        parts(generator, text, rate)
    return generator._kept_beginning.cache_info().misses - before


def test_the_beginning_of_a_short_text_is_kept_for_each_rate(generator: HibariGenerator) -> None:
    generator._kept_beginning.cache_clear()
    assert computed(generator, "C", "C", "left shift", "left shift") == 2
    assert computed(generator, "C", "C", rate=1.5) == 1
    assert computed(generator, SENTENCE, "Hello.") == 0


def test_the_letter_a_is_kept_although_its_pronunciation_is_given(generator: HibariGenerator) -> None:
    generator._kept_beginning.cache_clear()
    a = spoken("a", "en-US", mode=ReadingMode(say="character"))
    assert a.pronunciations
    assert computed(generator, a, a) == 1


def test_a_pronunciation_is_said_though_the_text_was_said_before(generator: HibariGenerator) -> None:
    plain = parts(generator, spoken("Tomato", "en-US"))
    other = parts(generator, spoken("Tomato", "en-US", pronunciations=[Pronunciation(0, 6, "bəˈnænə")]))  # noqa: RUF001
    assert_same(other, parts(generator, "Banana"))
    assert_same(plain, parts(generator, spoken("Tomato", "en-US")))


def test_those_used_last_are_kept(generator: HibariGenerator) -> None:
    generator._kept_beginning.cache_clear()
    texts = (f"{first}{second}" for first in "bdfgklmnprst" for second in ("a", "e", "i", "o", "oo", "ee", "er"))
    names = list({generator.phonemes(text, "heart"): text for text in texts}.values())
    assert computed(generator, *names[:_BEGINNINGS]) == _BEGINNINGS
    assert computed(generator, names[0], names[_BEGINNINGS], names[0]) == 1
    assert computed(generator, names[1]) == 1
