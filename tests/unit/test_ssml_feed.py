"""A document that arrives in pieces, as segments with their directions; and after a restart."""

import pytest
from support.ssml import fed, segments

from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.generation.text_feed import TextFeed
from steadyvoice.workers.text.ssml.directions import SegmentDirections

DOCUMENT = """<speak>
<p>One <mark name="a"/>two. Three <prosody rate="fast">four, five</prosody> six.</p>
<break time="1s"/><mark name="b"/><break time="2s"/>
Before &amp; <sub alias="a b">c</sub><mark name="c"/><break strength="strong"/> after.
<say-as interpret-as="digits">12</say-as><phoneme ph="x">y</phoneme> Last <mark name="d"/>one.<mark name="e"/></speak>
"""


def restart(number: int, document: str = DOCUMENT) -> RestartPoint:
    """Before the segment of that number, of which the supervisor knows the end."""
    taken = fed(document)
    at = taken[number - 1][0].end if number else 0
    segment = taken[number][0]
    return RestartPoint(0, number, 0, 0, at=at, line=at, end=segment.end, more=segment.more, ssml=True)


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize("number", range(len(fed(DOCUMENT))))
def test_a_restart_before_each_segment(number: int, piece: int) -> None:
    feed, taken = TextFeed(restart(number), ssml=True, language="en-US"), []
    for at in range(0, len(DOCUMENT), piece):
        feed.feed(DOCUMENT[at : at + piece].encode(), 0.0)
        taken += segments(feed)
    feed.close(0.0)
    taken += segments(feed)
    assert taken == fed(DOCUMENT)[number:]
    assert [mark.mark.name for mark in feed.last_marks()] == ["e"]
    assert feed.done


@pytest.mark.parametrize("ends", [True, False])
def test_a_segment_that_a_timeout_had_cut_is_cut_as_before(*, ends: bool) -> None:
    document = "<speak>First one. This is long, and <mark name='m'/>this follows. Last.</speak>"
    at, end = document.index(" This"), document.index(" <mark")
    point = RestartPoint(0, 1, 0, 0, at=at, end=end if ends else 0, more=True, ssml=True)
    feed = TextFeed(point, ssml=None, language="en-US")
    feed.feed(document.encode(), 0.0)
    feed.close(0.0)
    taken = segments(feed)
    cut = ["This is long, and", "this follows."] if ends else ["This is long, and this follows."]
    assert [segment.text for segment, _ in taken] == [*cut, "Last."]
    assert [mark.mark.name for _, each in taken for mark in each.marks] == ["m"]


def test_each_pause_is_a_segment_of_its_own() -> None:
    pauses = [(segment.text, DOCUMENT[segment.start : segment.end], each.silence_s) for segment, each in fed(DOCUMENT)]
    assert [pause for pause in pauses if pause[2]] == [
        ("", '<break time="1s"/>', 1.0),
        ("", '<break time="2s"/>', 2.0),
        ("", '<break strength="strong"/>', 0.6),
    ]


def test_marks_belong_to_what_follows() -> None:
    taken = fed(DOCUMENT)
    shown = [(segment.text, mark.at, mark.mark.name) for segment, each in taken for mark in each.marks]
    assert shown == [("One two.", 4, "a"), ("", 0, "b"), ("", 0, "c"), ("after. one two y Last one.", 22, "d")]


def test_a_pause_is_had_before_the_text_that_follows_it() -> None:
    feed = TextFeed(ssml=True, language="en-US")
    feed.feed(b"<speak>Hello <break time='1s'/", 0.0)
    assert segments(feed) == []
    feed.feed(b">", 0.0)
    assert [(segment.text, each.silence_s) for segment, each in segments(feed)] == [("Hello", 0), ("", 1)]
    assert not feed.pending


@pytest.mark.parametrize(
    ("text", "is_ssml", "said"),
    [
        ("<speak>Hello</speak>", True, "Hello"),
        ("  <speak>Hello</speak>", True, "Hello"),
        ("<speaker>Hello</speaker>", False, None),
        ("*Hello*", False, "Hello"),
        ("<spe", False, None),
        ("", False, None),
    ],
)
@pytest.mark.parametrize("piece", [1, 3, 100])
def test_a_document_is_recognised(text: str, is_ssml: bool, said: str | None, piece: int) -> None:
    feed = TextFeed(ssml=None)
    for at in range(0, len(text), piece):
        feed.feed(text[at : at + piece].encode(), 0.0)
    feed.close(0.0)
    taken = [segment.text for segment, _ in segments(feed)]
    assert feed.is_ssml == is_ssml
    if said is not None:
        assert taken == [said]
    assert feed.done


def test_text_that_may_begin_a_document_waits() -> None:
    feed = TextFeed(ssml=None)
    feed.feed(b"<sp", 0.0)
    assert feed.pending
    assert feed.take(10.0, 2.0, is_first=True) is None
    feed.feed(b"eed> is what we need.", 11.0)
    feed.close(11.0)
    assert len(segments(feed)) == 1
    assert not feed.is_ssml


def test_plain_text_has_no_directions() -> None:
    feed = TextFeed()
    feed.feed(b"<speak>Hello</speak>", 0.0)
    feed.close(0.0)
    assert [each for _, each in segments(feed)] == [SegmentDirections()]
    assert feed.error == ""


LONG = "<speak>Before. <sub alias='{alias}'>x</sub> <say-as interpret-as='characters'>{letters}</say-as> After.</speak>"


@pytest.mark.parametrize(
    "document",
    [
        LONG.format(alias="One. Two. Three.", letters="a"),
        LONG.format(alias="a word, " * 100, letters="a"),
        LONG.format(alias="x", letters="abcdefghij" * 20),
    ],
)
def test_a_restart_inside_what_is_said_otherwise_loses_nothing(document: str) -> None:
    """Also where that restarts again. The segment at the restart may have become longer."""
    whole = [segment.text for segment, _ in fed(document)]
    ends = [segment.end for segment, _ in fed(document)]
    at = state = 0
    for number in range(1, len(whole)):
        point = RestartPoint(0, number - 1, at=at, markup=state, ssml=True)
        feed = TextFeed(point, ssml=True, language="en-US")
        feed.feed(document.encode(), 0.0)
        feed.close(0.0)
        segment = feed.take(0.0, 2.0, is_first=False)
        assert segment is not None
        assert segment.text == whole[number - 1]
        (_, state), at = feed.states(at, segment.end), segment.end
        point = RestartPoint(0, number, at=at, end=ends[number], markup=state, ssml=True)
        again = TextFeed(point, ssml=True, language="en-US")
        again.feed(document.encode(), 0.0)
        again.close(0.0)
        rest = " ".join(each.text for each, _ in segments(again))
        assert rest == " ".join(whole[number:])
