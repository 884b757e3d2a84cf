"""Text that arrives in pieces: cuts have no effect, a restart continues, little is held, and the time is linear."""

import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.markup import characters, pieces, segments

from steadyvoice.workers.generation.segmenter import Segmenter
from steadyvoice.workers.text.markup.filter import Markup
from steadyvoice.workers.text.markup.places import Places, divided
from steadyvoice.workers.text.markup.state import OPENERS, State

WORDS = [
    "a",
    "Word",
    "the",
    "x_y",
    "12",
    "é",
    "重",
    "。",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    ".",
    "!",
    "-",
    ",",
]
MARKS = [
    *"*_`~[]()<>&;\\|#=+:\"'^\t", "**", "***", "~~", "```", "```py\n", "```\n", "[t](http://u)", "![a](u)", "[^1]",
    "[^1]: ", "[r]: http://x\n", "# ", "> ", ">> ", "- ", "* ", "1. ", "- [x] ", "| a | b |\n", "|---|---|\n", "---",
    "===\n", "-- \n", "<b>", "</b>", "<br>", "<p class='x'>", "<script>", "</script>", "<!--", "-->", "</td><td>",
    "<sup>2</sup>", '<img alt="x y">', "<https://a.b>", "&amp;", "&#65;", "\\\n", "\x1b[31m", "\x1b[", "\x1b]0;t\x07",
]  # fmt: skip
RETURNS = ["\r", "\x1b[1G", "\x1b[2;3H", "\b", "\x1b"]
TEXTS = st.lists(st.sampled_from(WORDS + MARKS), max_size=40).map("".join)

SAMPLE = """# Heading with *emphasis*. And more

Some **bold sentence. Another bold one.** Then `code. With a stop.` and [a link. Two sentences](http://x.y/z) here.

> Quoted line one. Another.
>> Deeper. Text.

- item one. More of it.
- [x] item two

| name | value. Long |
|------|-------|
| One. Two | **three. Four** |

```python
x = 1. No
```
<p>Some <b>HTML. Text</b> &amp; more.</p> <script>no. text</script> The end. ![An image. Of it](u.png) Last."""


@given(st.lists(st.sampled_from(WORDS + MARKS + RETURNS), max_size=40).map("".join), st.data())
def test_cuts_have_no_effect(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    whole = characters(pieces(text))
    assert characters(pieces(text, cuts)) == whole
    assert characters(pieces(text, range(1, len(text)))) == whole


@pytest.mark.parametrize(
    "mark", ["*%s* b", "**%s** b", "`%s` b", "[%s](u)", "|%s|\n", "```%s\n", "<b class='%s'>", "~~%s~~"]
)
def test_cuts_at_a_limit_have_no_effect(mark: str) -> None:
    for length in (at + limit for limit in (160, 200, 300, 1000) for at in range(-10, 3)):
        text = mark % ("a" * length)
        assert characters(pieces(text, range(1, len(text)))) == characters(pieces(text))


@given(TEXTS)
def test_characters_come_in_order_from_the_text(text: str) -> None:
    said = pieces(text)
    assert all(0 <= piece.start <= piece.end <= len(text) for piece in said)
    assert all(one.end <= other.start for one, other in pairwise(said))
    assert all(piece.text == text[piece.start : piece.end] for piece in said if piece.literal)


@given(st.text("abcXYZ éß重。.,;:!?'\"()–—…%$/ 0123456789@^{}\n"))
def test_text_without_marks_is_kept(text: str) -> None:
    assert all(piece.literal for piece in pieces(text))
    assert "".join(piece.text for piece in pieces(text)) == text


@given(TEXTS)
def test_a_restart_continues(text: str) -> None:
    """At each place where the segmenter may end a segment."""
    markup = Markup()
    said = characters([*markup.feed(text), *markup.close()])
    assert markup.position == len(text)
    assert not markup.pending
    for (char, start, end), (following, _, _) in pairwise([*said, (" ", 0, 0)]):
        in_address = text[end : end + 1] == ">"
        is_end = start < end and not char.isspace() and following.isspace() and not in_address and char not in "\x1b"
        is_number = char == "." and text[start - 1 : start].isdigit()  # ends no segment
        if is_end and not is_number:
            again = Markup(end, markup.state_at(end))
            rest = "".join(char for char, _, _ in characters([*again.feed(text[end:]), *again.close()]))
            assert rest.split() == "".join(char for char, start, _ in said if start >= end).split()


def test_a_restart_at_each_segment() -> None:
    markup, places, segmenter = Markup(), Places(), Segmenter()
    segmenter.feed(places.add([*markup.feed(SAMPLE), *markup.close()]))
    segmenter.close()
    found = []
    while segment := segmenter.next():
        start, end = places.written(segment.start, segment.end)
        written = replace(segment, start=start, end=end, runs=places.runs(segment.runs, len(segment.text)))
        for word in re.finditer(r"\w+", segment.text):
            if word[0] in SAMPLE and "omitted" not in segment.text:
                assert SAMPLE[slice(*written.raw(*word.span()))] == word[0]
        found.append((segment.text, start, end))
    assert [text for text, _, _ in found] == segments(SAMPLE)
    assert len(found) > 20
    for number, (_, _, end) in enumerate(found):
        again, rest = Markup(end, markup.state_at(end)), Segmenter(1)
        rest.feed("".join(piece.text for piece in [*again.feed(SAMPLE[end:]), *again.close()]))
        rest.close()
        following = []
        while segment := rest.next():
            following.append(segment.text)
        assert following == [text for text, _, _ in found[number + 1 :]]


def test_states_that_no_restart_needs_are_forgotten() -> None:
    markup = Markup()
    markup.feed("**One.** **Two.** Three")
    state = markup.state_at(13)
    assert State.unpacked(state).opened == ("**",)
    markup.forget(13)
    assert markup.state_at(13) == state
    assert markup.state_at(20) == 0


@given(
    st.builds(
        State,
        st.integers(0, 2),
        st.integers(0, 1),
        st.integers(0, 7),
        st.integers(0, 15),
        st.integers(0, 1),
        st.integers(0, 2),
        st.integers(0, 2),
        st.lists(st.sampled_from(OPENERS[1:]), max_size=5).map(tuple),
    )
)
def test_a_state_is_a_small_number(state: State) -> None:
    assert State.unpacked(state.packed()) == state
    assert 0 <= state.packed() < 2**35


@pytest.mark.parametrize(
    ("text", "released"),
    [
        ("Plain text", "Plain text"),
        ("Wait!", "Wait!"),
        ("Yes, **really", "Yes, **"),  # the first word may still be part of anything
        ("**Bold text goes on", "Bold text goes on"),
        ("A [link text goes on", "A "),
        ("A <b class=", "A "),
        ("`some code", ""),
        ("One &am", "One "),
    ],
)
def test_flush(text: str, released: str) -> None:
    markup = Markup()
    said = [*markup.feed(text), *markup.flush()]
    assert "".join(piece.text for piece in said) == released.removesuffix("**")


def test_emphasis_released_by_flush_ends_where_its_mark_comes() -> None:
    markup = Markup()
    said = [*markup.feed("**Bold text"), *markup.flush(), *markup.feed(" goes on** here"), *markup.close()]
    assert "".join(piece.text for piece in said) == "Bold text goes on here"


@pytest.mark.parametrize(
    "mark",
    ["*a", "**a", "`a", "[a", "[a](", "<b c='", "<!-- ", "&a", "\x1b]0;", "| a", "```", "> ", "- ", "#", "[a]: /"],
)
def test_little_is_held(mark: str) -> None:
    markup = Markup()
    markup.feed(mark)
    for _ in range(100):
        markup.feed("b" * 50)
    assert 5000 + len(mark) - markup.position <= 4100


@pytest.mark.parametrize(
    "text", ["[a ", " *a", "<b ", "`a``", "[a](", '[x](a "', "[![", "\n[a]: b ", "| a", "&", "\r", ">"]
)
def test_time_is_linear(text: str) -> None:
    """A quadratic scan would take minutes."""
    markup = Markup()
    began = time.process_time()
    for at in range(0, 20_000, 50):
        markup.feed((text * 50)[at % len(text) :][:50])
        markup.forget(markup.position)
    markup.close()
    assert time.process_time() - began < 5


def test_places() -> None:
    text = "a **b &amp; c** [d](e.f) g"
    places = Places(100)
    said = places.add(pieces(text))
    assert said == "a b & c d g"
    written = [text[slice(*places.written(100 + at, 101 + at))] for at in range(len(said))]
    assert written == ["a", " ", "b", " ", "&amp;", " ", "c", " ", "d", " ", "g"]
    assert text[slice(*places.written(102, 107))] == "b &amp; c"
    places.forget(108)
    assert places.written(110, 111) == (len(text) - 1, len(text))


def test_pieces_are_divided_where_a_segment_ends() -> None:
    before, after = divided(pieces("One. **Two** three"), 4)
    assert "".join(piece.text for piece in before) == "One."
    assert "".join(piece.text for piece in after) == " Two three"
    assert (before[-1].end, after[0].start) == (4, 4)
