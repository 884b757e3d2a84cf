"""Segments depend on the characters alone, cover the text and stay within their limits."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steadyvoice.workers.text import MAX_CHARS, Segment, Segmenter

CHARS = st.sampled_from('aaabcdeAB1 35    \n\n\t.,.,!?;:…—-"”)(*\x00\x1b\ud800\u200b。、」é漢🎉\r')
WORDS = st.sampled_from(
    ("Hello", "there.", "you", "are,", "Dr.", "e.g.", "J.", "3.14", "1,250", "wait...", "Why?", "\n", "\n\n", "-", "1.")
) | st.sampled_from(("(2)", "No.", "5", "and;", "。続く。", "“Go!”", "—", "https://a.b/c?d=1.", "internationalisation"))
RUNS = st.builds(str.__mul__, st.sampled_from(["a", "Bc ", "x, ", "y. ", "漢", ".", " ", "-"]), st.integers(1, 400))
TEXTS = st.one_of(
    st.text(CHARS, max_size=400),
    st.lists(WORDS, max_size=120).map(" ".join),
    st.lists(RUNS, max_size=5).map("".join),
)


def drain(segmenter: Segmenter) -> list[Segment]:
    return list(iter(segmenter.next, None))


def whole(text: str) -> list[Segment]:
    segmenter = Segmenter()
    segmenter.feed(text)
    segmenter.close()
    segments = drain(segmenter)
    assert segmenter.done
    assert not segmenter.pending
    return segments


def texts(text: str) -> list[str]:
    return [segment.text for segment in whole(text)]


def check(text: str, segments: list[Segment]) -> None:
    """What holds for any segments of `text`, flushed or not."""
    at = 0
    for segment in segments:
        assert at <= segment.start < segment.end <= len(text)
        assert not any(map(str.isalnum, text[at : segment.start]))
        assert 1 <= len(segment.text) <= MAX_CHARS
        assert any(map(str.isalnum, segment.text))
        assert segment.text == " ".join(segment.text.split())
        printable = "".join(c for c in text[segment.start : segment.end] if c not in "\x00\x1b\ud800\u200b")
        assert segment.text == " ".join(printable.split())
        for char, following in pairwise(range(len(segment.text) + 1)):
            start, end = segment.raw(char, following)
            assert segment.start <= start < end == start + 1 <= segment.end
            assert text[start] == segment.text[char] or segment.text[char] == " "
        assert segment.raw(0, len(segment.text))[0] == segment.start
        at = segment.end
    assert not any(map(str.isalnum, text[at:]))


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


def test_certain_as_soon_as_settled() -> None:
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


def test_what_is_held_stays_small() -> None:
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
def test_first_clause_for_who_has_waited(text: str, clause: str | None, rest: str) -> None:
    """Only where the next one has begun, with a letter."""
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
