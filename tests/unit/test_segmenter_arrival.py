"""Segments do not depend on how the text arrives, and are returned as soon as they are determined."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.segments import TEXTS, check, drain, whole

from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.segmenter import MAX_CHARS, Segmenter


@given(TEXTS, st.data())
def test_arrival_does_not_matter(text: str, data: st.DataObject) -> None:
    segmenter, got, at = Segmenter(), [], 0
    while at < len(text):
        size = data.draw(st.integers(1, 60))
        segmenter.feed(text[at : at + size])
        at += size
        if data.draw(st.booleans()):
            got += drain(segmenter)
    segmenter.close()
    got += drain(segmenter)
    assert got == whole(text)
    assert [segment.runs for segment in got] == [segment.runs for segment in whole(text)]


@given(TEXTS)
def test_single_characters(text: str) -> None:
    segmenter, got = Segmenter(), []
    for char in text:
        segmenter.feed(char)
        got += drain(segmenter)
    segmenter.close()
    assert got + drain(segmenter) == whole(text)


@given(st.lists(st.tuples(TEXTS, st.booleans()), max_size=6))
def test_flush_keeps_the_text(parts: list[tuple[str, bool]]) -> None:
    segmenter, got = Segmenter(), []
    for text, impatient in parts:
        segmenter.feed(text)
        while impatient and (segment := segmenter.flush()):
            got.append(segment)
    segmenter.close()
    got += drain(segmenter)
    check("".join(text for text, _ in parts), got)
    assert segmenter.done


def test_a_segment_is_returned_as_soon_as_it_is_determined() -> None:
    segmenter = Segmenter()
    segmenter.feed("Hello there. ")
    assert segmenter.next() is None
    segmenter.feed("H")
    assert segmenter.next() == Segment("Hello there.", 0, 12, False)
    segmenter.feed("ow are you\n")
    assert segmenter.next() == Segment("How are you", 13, 24, False)
    assert not segmenter.pending
    segmenter.feed("Good morning to all of you, my dearest and")
    assert segmenter.next() is None, "only the first segment is cut early"
    segmenter.close()
    assert not segmenter.done
    assert segmenter.next() == Segment("Good morning to all of you, my dearest and", 25, 67, False)
    assert segmenter.done


def test_first_clause_does_not_wait_for_the_sentence() -> None:
    segmenter = Segmenter()
    segmenter.feed("Good morning to all of you, my dearest and ol")
    assert segmenter.next() == Segment("Good morning to all of you,", 0, 27, True)
    assert segmenter.next() is None


def test_flush() -> None:
    segmenter = Segmenter()
    assert segmenter.flush() is None
    segmenter.feed("One moment ple")
    assert segmenter.flush() == Segment("One moment", 0, 10, True)
    assert segmenter.flush() is None
    segmenter.feed("ase.")
    assert segmenter.flush() == Segment("please.", 11, 18, False)
    segmenter.feed(" - ")
    assert segmenter.flush() is None
    segmenter.feed("item Dr.")
    assert segmenter.flush() == Segment("- item", 19, 25, True)
    segmenter.close()
    assert drain(segmenter) == [Segment("Dr.", 26, 29, False)]


def test_memory_is_bounded() -> None:
    segmenter = Segmenter()
    for text in ("x" * 100_000, " " * 100_000, "-" * 100_000, "\x00" * 100_000, "a. " * 30_000):
        segmenter.feed(text)
        drain(segmenter)
        assert not segmenter._fed
        assert len(segmenter._word) <= MAX_CHARS
        assert segmenter._len <= MAX_CHARS
    assert re.fullmatch(r"(a\. ?)*", " ".join(word.text for word in segmenter._words))


@pytest.mark.parametrize(
    ("text", "clause", "rest"),
    [
        ("Sure, I can", "Sure,", "I can"),
        ("Well - yes", "Well -", "yes"),
        ("Sure, ", None, "Sure,"),
        ("Sure,", None, "Sure,"),
        ("On May 5, 2024, we", "On May 5, 2024,", "we"),
        ("It is 5, 6 or", None, "It is 5, 6 or"),
        ("Nothing here ends", None, "Nothing here ends"),
        ("Hello. Sure, I can", "Hello.", "Sure, I can"),
    ],
)
def test_first_clause_after_a_timeout(text: str, clause: str | None, rest: str) -> None:
    """Only where the following clause has begun with a letter."""
    segmenter = Segmenter()
    segmenter.feed(text)
    first = segmenter.clause()
    assert (first and first.text) == clause
    segmenter.close()
    assert [segment.text for segment in iter(segmenter.next, None)] == [rest]


def test_later_clauses_wait_for_their_sentence() -> None:
    segmenter = Segmenter()
    segmenter.feed("Sure, yes, I can")
    assert segmenter.clause() is not None
    assert segmenter.clause() is None
