"""Splitting a text of any length into parts that the daemon accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.text_parts import Parts, part_end


@pytest.mark.parametrize(
    ("text", "least", "most", "end"),
    [
        ("One. Two.", 0, 100, 5),  # the first end at or after ``least``
        ("One. Two. Three.", 5, 100, 10),
        ("One. Two\n\nThree. Four.", 0, 100, 10),  # a paragraph end is preferred to a sentence end
        ("One two three", 0, 100, None),  # no end yet, and more text fits
        ("One two three", 4, 10, 8),  # no sentence end: after a word
        ("Onetwothree", 4, 8, 8),  # not even a word boundary
        ("", 0, 10, None),
        ("He is 4.5 m. Tall", 0, 100, 13),  # a decimal point ends nothing
        ("“Stop!” she said", 0, 100, 8),
        ("一。二。", 0, 10, 2),
        ("Line\nLine", 0, 100, 5),
        ("One. Two. ", 9, 9, 9),
    ],
)
def test_end_of_a_part(text: str, least: int, most: int, end: int | None) -> None:
    assert part_end(text, least, most) == end


texts = st.text(st.sampled_from("ab .\n!?。"), max_size=300)


@given(pieces=st.lists(texts, max_size=6), limit=st.integers(2, 60))
def test_parts_join_to_the_text_within_the_limit(pieces: list[str], limit: int) -> None:
    parts, made, current = Parts(limit), [], ""
    for piece in [*pieces, None]:
        parts.close() if piece is None else parts.feed(piece)
        while parts.may_begin or current:
            text, ends = parts.take()
            current += text
            if ends:
                made.append(current)
                current = ""
            elif not text:
                break
            if parts.is_over:
                break
    assert parts.is_over
    assert all(len(part) <= limit for part in made)
    spoken = "".join(char for part in made for char in part if char.isalnum())
    assert spoken == "".join(char for piece in pieces for char in piece if char.isalnum())
    assert all(any(map(str.isalnum, part)) for part in made[1:]), "a later part with nothing to say fails"


def test_a_short_text_is_one_unchanged_part() -> None:
    parts = Parts(100)
    parts.feed("  One. Two.\n\n")
    parts.close()
    assert not parts.is_over
    assert parts.take() == ("  One. Two.\n\n", True)
    assert parts.is_over


def test_slow_text_is_passed_on_as_it_arrives() -> None:
    parts = Parts(100)
    assert parts.may_begin
    assert parts.take() == ("", False)
    parts.feed("Hel")
    assert parts.take() == ("Hel", False)
    parts.feed("lo.")
    parts.close()
    assert parts.take() == ("lo.", True)
    assert parts.is_over
