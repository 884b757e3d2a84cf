"""When the generator takes which segment of a text that arrives in pieces, with the time given to it."""

import math

import pytest

from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.generation.text_feed import FIRST_CLAUSE_TIMEOUT_S, TextFeed

TIMEOUT_S = 2.0


def take(feed: TextFeed, now: float, *, is_first: bool = True) -> str | None:
    segment = feed.take(now, TIMEOUT_S, is_first=is_first)
    return None if segment is None else segment.text


@pytest.mark.parametrize(
    ("text", "waited_s", "is_first", "taken", "wait_s"),
    [
        ("One is done. Two", 0.0, True, "One is done.", 0.0),
        ("Not done", 0.0, True, None, FIRST_CLAUSE_TIMEOUT_S),
        ("Not done", 0.0, False, None, TIMEOUT_S),
        ("Well, it", FIRST_CLAUSE_TIMEOUT_S, True, "Well,", 0.0),
        ("Well, it", FIRST_CLAUSE_TIMEOUT_S, False, None, TIMEOUT_S),
        ("Not done", FIRST_CLAUSE_TIMEOUT_S, True, None, TIMEOUT_S),
        ("Not done", TIMEOUT_S, True, "Not", 0.0),
        ("Not", TIMEOUT_S, True, None, math.inf),
        ("", TIMEOUT_S, True, None, math.inf),
    ],
)
def test_an_incomplete_text(text: str, waited_s: float, is_first: bool, taken: str | None, wait_s: float) -> None:
    feed = TextFeed()
    feed.feed(text.encode(), 100.0)
    assert take(feed, 100.0 + waited_s, is_first=is_first) == taken
    assert feed.wait_until == (100.0 + wait_s if wait_s else 0.0)
    assert not feed.done


def test_more_text_ends_the_wait_and_begins_the_timeout_again() -> None:
    feed = TextFeed()
    feed.feed(b"It goes", 100.0)
    assert take(feed, 100.0, is_first=False) is None
    feed.feed(b" on", 101.0)
    assert feed.wait_until == 0.0
    assert take(feed, 102.0, is_first=False) is None
    assert feed.wait_until == 103.0
    feed.close(102.5)
    assert take(feed, 102.5) == "It goes on"
    assert feed.done


def test_a_character_may_be_cut_in_two() -> None:
    feed = TextFeed()
    for byte in "Größe.".encode():
        feed.feed(bytes([byte]), 0.0)
    feed.close(0.0)
    assert take(feed, 0.0) == "Größe."


@pytest.mark.parametrize("piece", [1, 3, 100])
def test_an_interrupted_segment_is_cut_as_before(piece: int) -> None:
    """A timeout had cut the text after "and", which the segmenter would not do; the text before it is not sent."""
    before, interrupted, rest = "First. ", "This is long, and", " this follows. Last."
    end = len(before) + len(interrupted)
    feed = TextFeed(RestartPoint(1, 1, 0, 500, at=len(before), line=len(before), end=end, more=True, sentence=1))
    sent = (interrupted + rest).encode()
    for at in range(0, len(sent), piece):
        feed.feed(sent[at : at + piece], 0.0)
    feed.close(0.0)
    segments = [feed.take(0.0, TIMEOUT_S, is_first=False) for _ in range(3)]
    assert [segment and segment.text for segment in segments] == [interrupted, "this follows.", "Last."]
    assert segments[0] is not None
    assert (segments[0].start, segments[0].end, segments[0].more) == (len(before), end, True)
    assert feed.done
    assert not feed.pending


MARKED_UP = """# Heading with *emphasis*. And more

Some **bold sentence. Another bold one.** Then `code. With a stop.` and [a link. Two sentences](http://x.y/z) here.

> Quoted line. Another.

- item one. More of it &amp; more.
- [x] item two

| name | value. Long |
|------|-------|
| One. Two | **three. Four** |

```python
x = 1. No
```
The end. ![An image. Of it](u.png) Last."""


@pytest.mark.parametrize("piece", [1, 1000])
def test_a_restart_in_marked_up_text(piece: int) -> None:
    def taken(restart: RestartPoint | None) -> list[tuple[str, int, int, bool, int]]:
        feed = TextFeed(restart)
        sent = MARKED_UP[restart.at if restart else 0 :]
        for at in range(0, len(sent), piece):
            feed.feed(sent[at : at + piece].encode(), 0.0)
        feed.close(0.0)
        result = []
        while segment := feed.take(0.0, TIMEOUT_S, is_first=False):
            state = feed.markup_state(segment.end)
            result.append((segment.text, segment.start, segment.end, segment.more, state))
        assert feed.done
        return result

    whole = taken(None)
    assert "python code omitted." in [segment[0] for segment in whole]
    before, state = 0, 0
    for number, (_, _, end, more, after) in enumerate(whole):
        line = len(MARKED_UP[:before].rpartition("\n")[2])
        assert (
            taken(RestartPoint(0, number, 0, 0, at=before, line=line, end=end, more=more, markup=state))
            == whole[number:]
        )
        before, state = end, after
