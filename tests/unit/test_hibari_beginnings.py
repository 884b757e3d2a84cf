"""The first frames of letters and key names are kept: they are said again and again, and nothing else is as urgent."""

import numpy as np
from support.hibari import SENTENCE

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


def test_the_beginning_of_a_short_text_is_kept_for_each_rate(generator: HibariGenerator) -> None:
    generator._beginnings.clear()
    parts(generator, "C")
    parts(generator, "C", 1.5)
    parts(generator, SENTENCE)
    parts(generator, "Hello.")
    assert {key[:3] for key in generator._beginnings} == {("C", "heart", 1.0), ("C", "heart", 1.5)}


def test_a_pronunciation_is_said_though_the_text_was_said_before(generator: HibariGenerator) -> None:
    plain = parts(generator, spoken("Tomato", "en-US"))
    other = parts(generator, spoken("Tomato", "en-US", pronunciations=[Pronunciation(0, 6, "bəˈnænə")]))  # noqa: RUF001
    assert_same(other, parts(generator, "Banana"))
    assert_same(plain, parts(generator, spoken("Tomato", "en-US")))


def test_those_used_last_are_kept(generator: HibariGenerator) -> None:
    generator._beginnings.clear()
    names = [f"{first}{second}" for first in "bdfgklmnprst" for second in "aeiouy"]
    for name in names[:_BEGINNINGS]:
        parts(generator, name)
    parts(generator, names[0])
    parts(generator, names[_BEGINNINGS])
    assert [key[0] for key in generator._beginnings] == [*names[2:_BEGINNINGS], names[0], names[_BEGINNINGS]]
