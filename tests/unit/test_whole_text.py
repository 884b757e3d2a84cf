"""Segments of a text in a reading mode: whole, cut without the markup filter, and alike after a restart."""

import pytest

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.stage_protocol import RestartPoint
from steadyvoice.workers.generation.segmenter import Segment
from steadyvoice.workers.generation.whole_text import text_feed

CHARACTER, KEY = ReadingMode(say="character"), ReadingMode(say="key")
ALL, SOME = ReadingMode(punctuation="all"), ReadingMode(punctuation="some")


def segments(text: str, mode: ReadingMode, restart: RestartPoint | None = None, size: int = 1) -> list[Segment]:
    """Of a text that arrives in pieces of ``size`` bytes."""
    feed, data = text_feed(restart, mode), text.encode()
    taken: list[Segment] = []
    for at in range(0, len(data), size):
        feed.feed(data[at : at + size], 0.0)
    feed.close(0.0)
    while (segment := feed.take(0.0, 0.0, is_first=not taken)) is not None:
        taken.append(segment)
    assert feed.done
    assert not feed.pending
    return taken


@pytest.mark.parametrize(
    "text", ["a", " ", "\t", "\n", "\r\n", "\b", ".", "\u00e9", "e\u0301", "\U0001f469\u200d\U0001f4bb", "\u200b"]
)
def test_a_character_is_one_segment(text: str) -> None:
    (segment,) = segments(text, CHARACTER)
    assert (segment.text, segment.start, segment.end, segment.more) == (text, 0, len(text), False)
    assert segment.raw(0, len(text)) == (0, len(text))
    assert segments(text, CHARACTER, size=100) == [segment]


def test_it_waits_for_the_end() -> None:
    feed = text_feed(None, KEY)
    feed.feed(b"shift_", 0.0)
    assert feed.take(9.0, 1.0, is_first=True) is None
    assert (feed.pending, feed.done, feed.has_next()) == (False, False, False)
    feed.feed(b"a", 0.0)
    feed.close(0.0)
    assert feed.has_next()
    assert feed.pending
    segment = feed.take(9.0, 1.0, is_first=True)
    assert segment is not None
    assert segment.text == "shift_a"
    assert feed.markup_state(segment.end) == 0


def test_after_a_restart() -> None:
    assert segments("shift_a", KEY, RestartPoint(0, end=7)) == segments("shift_a", KEY)
    assert segments("", KEY, RestartPoint(0, segment=1, at=7)) == []


@pytest.mark.parametrize(
    ("text", "mode", "cut"),
    [
        ("**a** <b>c</b>. ...", ORDINARY, ["a c."]),
        ("**a** ...", SOME, ["a ..."]),
        ("**a** <b>c</b>. ...", ALL, ["**a** <b>c</b>.", "..."]),
        ("?!\n\n# b", ALL, ["?!", "# b"]),
        ("?! One.", ORDINARY, ["One."]),
        ("[a](/b/)", ReadingMode(punctuation="most"), ["[a](/b/)"]),
        ("> a", ReadingMode(spelling=True), ["> a"]),
        ("   ", ALL, []),
    ],
)
def test_segments(text: str, mode: ReadingMode, cut: list[str]) -> None:
    for size in (1, 3, 100):
        found = segments(text, mode, size=size)
        assert [segment.text for segment in found] == cut


def test_a_literal_text_after_a_restart() -> None:
    text = "**One.** (Two)? ... `Three`."
    first, second, *others = segments(text, ALL)
    restart = RestartPoint(0, 1, at=first.end, line=first.end, end=second.end, more=second.more, sentence=1)
    assert segments(text[first.end :], ALL, restart) == [second, *others]
