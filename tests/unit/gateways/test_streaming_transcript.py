"""Which characters of a client's text a word stands for, and which pieces of text are sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.gateways.http.streaming.transcript import CUT, Span, Transcript, ends_word, is_sentence


def transcript(*pieces: str) -> Transcript:
    """Of these pieces, with a cut after each ``|``."""
    made = Transcript()
    for piece in pieces:
        made.add(piece.removesuffix("|"))
        if piece.endswith("|"):
            made.cut()
    return made


@pytest.mark.parametrize(
    ("pieces", "spans", "words"),
    [
        (["Hello there. "], [(0, 5), (6, 11)], ["Hello ", "there. "]),
        (["Hel", "lo the", "re."], [(0, 5), (6, 11)], ["Hello ", "there."]),
        (['"Yes," he said.'], [(1, 4), (7, 9), (10, 14)], ['"Yes," ', "he ", "said."]),
        (["twenty-five"], [(0, 6), (7, 11)], ["twenty-", "five"]),
        (["At 7:30 pm."], [(0, 2), (3, 7), (3, 7), (8, 9), (8, 11)], ["At ", "7:30 ", "pm."]),
        (["One.|", "Two."], [(0, 3), (6, 9)], ["One. ", "Two."]),
        (["One. |", "Two."], [(0, 3), (7, 10)], ["One. ", "Two."]),
    ],
)
def test_each_character_belongs_to_one_word(pieces: list[str], spans: list[tuple[int, int]], words: list[str]) -> None:
    marks = [Span(start, end, at) for at, (start, end) in enumerate(spans)]
    for batches in [marks], [[mark] for mark in marks]:
        made = transcript(*pieces)
        texts = [word.text for batch in batches for word in made.take(batch)]
        if len(batches) == 1:
            assert texts == words
        assert "".join(texts) == "".join(words)
        assert made.rest(9.0) == []


def test_a_word_ends_where_the_next_begins() -> None:
    first, second = transcript("Hello there. ").take([Span(0, 5, 0.1), Span(6, 11, 0.5)])
    assert (first.start_s, first.end_s, second.start_s) == (0.1, 0.5, 0.5)
    assert 0.5 < second.end_s < 1.0


def test_the_rest_is_what_was_never_marked() -> None:
    made = transcript("Hello there. ...")
    made.take([Span(0, 5, 0.1)])
    assert [tuple(word) for word in made.rest(2.0)] == [("there. ...", 2.0, 2.0)]


@given(st.lists(st.text(alphabet="ab, .\n|", max_size=6), max_size=8), st.data())
def test_whatever_is_marked_every_character_is_reported_once(pieces: list[str], data: st.DataObject) -> None:
    made = transcript(*pieces)
    length = sum(len(piece.removesuffix("|")) + len(CUT) * piece.endswith("|") for piece in pieces)
    spans, at = [], 0
    while at < length:
        start = data.draw(st.integers(at, length))
        spans.append(Span(start, data.draw(st.integers(start, length)), at / 10))
        at = start + 1
    words = [*made.take(spans[: len(spans) // 2]), *made.take(spans[len(spans) // 2 :]), *made.rest(99.0)]
    written = "".join(piece.removesuffix("|") for piece in pieces)
    assert "".join(word.text for word in words).replace(" ", "") == written.replace(" ", "")
    assert all(word.start_s <= word.end_s for word in words)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Hello there.", True),
        ("Hello there. ", True),
        ('He said "yes." ', True),
        ("Is it? ", True),
        ("It costs 3.", True),
        ("there.", False),  # the token of a client that sends words
        (".", False),
        ("I saw Dr.", False),
        ("Hello there", False),
        ("Hello, ", False),
        ("", False),
        ("\u4f60\u597d\u3002", True),
    ],
)
def test_sentences(text: str, whole: bool) -> None:
    assert is_sentence(text) == whole


@pytest.mark.parametrize(
    ("text", "ends"), [("Hello ", True), ("Hello.", True), ("Hel", False), ("3", False), ("", False)]
)
def test_ends_of_words(text: str, ends: bool) -> None:
    assert ends_word(text) == ends
