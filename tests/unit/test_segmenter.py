"""Segments cover the text and stay within their limits: where sentences and clauses end."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.segments import TEXTS, check, whole

from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.segmenter import MAX_CHARS, Segmenter


def texts(text: str) -> list[str]:
    return [segment.text for segment in whole(text)]


@given(TEXTS)
@example("word " * 200)
@example("x" * 1000)
def test_coverage_and_limits(text: str) -> None:
    check(text, whole(text))


@given(st.text())
def test_any_unicode(text: str) -> None:
    segments = whole(text)
    assert all(0 < len(s.text) <= MAX_CHARS and s.text.encode() for s in segments)
    assert [s.start for s in segments] == sorted(s.start for s in segments)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith and Mrs. Jones met Prof. Brown.",
        "She met J. K. Rowling and J.-P. Sartre.",
        "The U.S. Army is there.",
        "Use a tool, e.g. Python or (i.e. Perl).",
        "Cats vs. Dogs on St. James Street.",
        "Turn to No. 5 on Jan. 3.",
        "It is 3.14 not 1,250.",
        "See https://example.com/a.b?c=D! or read.me now.",
        "Well... maybe it is… or not.",
        '"Why?" he asked.',
        "1. Open the door",
        "It takes approx. 5 minutes.",
    ],
)
def test_one_sentence(text: str) -> None:
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["Hello there.", "How are you?"],
        ["What?!", "No!", "Yes…", "Fine."],
        ['"Go."', "(He went.)", "\u201cNow!\u201d", "\u201cLater.\u201d"],
        ["No.", "I will not."],
        ["It cost 3.14.", "That was cheap."],
        ["Wait...", "What was that?"],
        ["We met at 5 p.m.", "The end."],
        ["It took 20 ms.", "Then it ended."],
        ["Great!", "🎉 Next one."],
    ],
)
def test_sentences(expected: list[str]) -> None:
    assert texts(" ".join(expected)) == expected


def test_wide_stops_need_no_space() -> None:
    assert texts("今日は。元気ですか？「はい。」") == ["今日は。", "元気ですか？", "「はい。」"]  # noqa: RUF001


PROSE = "this line was wrapped by an editor at about seventy columns, as prose"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one paragraph\n\nanother", ["one paragraph", "another"]),
        (f"Yes, {PROSE}\r\n \r\nanother", [f"Yes, {PROSE}", "another"]),
        ("Shopping:\n- milk\n- eggs", ["Shopping:", "- milk", "- eggs"]),
        (f"Ok.\n{PROSE}\nis wrapped. Done.", ["Ok.", f"{PROSE} is wrapped.", "Done."]),
        (f"Ok.\n{PROSE}\n2) second", ["Ok.", PROSE, "2) second"]),
        (f"Ok.\n{PROSE}\n* second", ["Ok.", PROSE, "* second"]),
        ("a title\n-----\n***\ntext", ["a title", "text"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    got = whole(text)
    if got[0].more:
        got[:2] = [Segment(f"{got[0].text} {got[1].text}", got[0].start, got[1].end, got[1].more)]
    assert [segment.text for segment in got] == expected
    assert not any(segment.more for segment in got)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Good morning to all of you, and welcome to this house.", "Good morning to all of you,"),
        ("Well, good morning to all of you: and welcome to this house.", "Well, good morning to all of you:"),
        ("There were 1,250 people — too many, for so small a house.", "There were 1,250 people —"),
        ("He said “I am going home,” and then he went to the pub.", "He said “I am going home,”"),
    ],
)
def test_first_clause_is_early(text: str, first: str) -> None:
    got = whole(text)
    assert [(s.text, s.more) for s in got] == [(first, True), (text[len(first) + 1 :], False)]
    assert len(whole(f"Ok. {text}")) == 2


def test_short_first_sentence_is_whole() -> None:
    assert texts("Good morning to all of you, my friends. Welcome.") == [
        "Good morning to all of you, my friends.",
        "Welcome.",
    ]


def test_long_sentence_is_cut_at_clause_then_space_then_hard() -> None:
    clause = "word " * 30 + "end,"
    got = whole(f"Ok!\n{clause} {'word ' * 40}")
    assert [(s.text, s.more) for s in got[1:]] == [(clause, True), (("word " * 40).strip(), False)]
    got = whole("word " * 100)
    assert [(len(s.text), s.more) for s in got] == [(279, True), (219, False)]
    got = whole("Hello " + "x" * 10_000)
    assert [len(s.text) for s in got] == [5] + [MAX_CHARS] * 35 + [200]
    assert [s.more for s in got] == [True] * 36 + [False]


def test_every_character_is_found_again() -> None:
    segmenter = Segmenter()
    for text in ("\n  Soft\u00adly ", "\x00\x00 and  sweet\u200b", "ly. The end."):
        segmenter.feed(text)
    segment = segmenter.next()
    assert segment is not None
    assert segment.text == "Softly and sweetly."
    assert segment.raw(0, 6) == (3, 10)
    assert segment.raw(7, 10) == (14, 17)
    assert segment.raw(11, 18) == (19, 27)
    assert segment.raw(0, 19) == (segment.start, segment.end) == (3, 28)


def test_nothing_to_say() -> None:
    segmenter = Segmenter()
    segmenter.feed(" \n")
    assert not segmenter.pending
    segmenter.feed("... !?\n\n---" * 1000)
    assert segmenter.pending
    segmenter.close()
    assert not segmenter.done
    assert segmenter.next() is None
    assert segmenter.done
    with pytest.raises(ValueError, match="close"):
        segmenter.feed("more")
