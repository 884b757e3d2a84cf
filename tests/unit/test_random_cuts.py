"""A text that arrives in pieces is said as if it had arrived at once, wherever it is cut and the sender halts.

More texts: python -m pytest tests/unit/test_random_cuts.py --examples 25000 --timeout 0
"""

import sys
from collections.abc import Iterable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.random_texts import KINDS
from support.silent_engine import state

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.stage_protocol import SegmentStart
from steadyvoice.workers.generation.chosen_style import ChosenStyle
from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.utterance_state import UtteranceState
from steadyvoice.workers.text.front_end import Pronunciation

TIMEOUT_S = 2.0
Said = tuple[Segment, SegmentStart, str, list[int], list[int], tuple[Pronunciation, ...], ChosenStyle, list[str], int]
"""All that the engine, the supervisor and the listener get of a segment."""


def take(utterance: UtteranceState, now: float) -> list[Said]:
    """The segments that can be had now."""
    taken: list[Said] = []
    while segment := utterance.text.take(now, TIMEOUT_S, is_first=not utterance.segment_number):
        start, said = utterance.begin_segment(segment), utterance.spoken
        marks = [mark.mark.name for mark in utterance.marks]
        taken.append(
            (
                segment,
                start,
                str(said),
                said.begins,
                said.ends,
                said.pronunciations,
                utterance.style,
                marks,
                utterance.pause,
            )
        )
        utterance.end_segment()
    return taken


def said(text: str, cuts: Iterable[int] = (), mode: ReadingMode = ORDINARY, halt_s: float = 0.0) -> list[Said]:
    """cuts: bytes of the text at which a piece ends. halt_s: after each piece; all there is then is taken."""
    utterance, data, taken = state(ssml=None, mode=mode), text.encode(), []
    at, now = 0, 0.0
    for end in (*cuts, len(data)):
        utterance.text.feed(data[at:end], now)
        at, now = end, now + halt_s
        taken += take(utterance, now)
    utterance.text.close(now)
    taken += take(utterance, now)
    assert utterance.text.done
    assert not utterance.text.pending
    return taken


def cuts(data: st.DataObject, text: str) -> list[int]:
    places = st.integers(0, len(text.encode()))
    return sorted(data.draw(st.lists(places, max_size=12)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_cuts_have_no_effect(kind: str, data: st.DataObject) -> None:
    text = data.draw(KINDS[kind])
    mode = data.draw(st.sampled_from([ORDINARY, ReadingMode("some"), ReadingMode("all")]))
    whole = said(text, mode=mode)
    assert said(text, cuts(data, text), mode) == whole
    assert said(text, range(1, len(text.encode())), mode) == whole


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_long_halt_loses_nothing(kind: str, data: st.DataObject) -> None:
    """What has arrived is then said, cut where it would not be cut."""
    text, at = data.draw(KINDS[kind]), 0
    halted = said(text, cuts(data, text), halt_s=data.draw(st.sampled_from([0.2, 3.0])))
    for segment, *_ in halted:
        assert at <= segment.end <= len(text)  # of an element that is said otherwise there may be several segments
        assert segment.start < segment.end
        at = segment.end
    if kind == "forms" and not {*"\r\b\x18\x1b"} & {*text}:  # nothing that is spoken could be taken back
        assert letters(halted) == letters(said(text))


def letters(segments: list[Said]) -> str:
    return "".join(character for segment, *_ in segments for character in segment.text if character.isalnum())


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize(
    ("first", "more"),
    [
        ("", "12 May 2024, $5 & a_b. "),
        ("", "**a** `b` [c](d)\n"),
        ("<speak>", "<s>a &amp; <sub alias='b'>c</sub></s> "),
        ("<speak>", "</p> a < b "),
        ("", "a"),
        ("", "<p"),
        ("", "["),
        ("", "_*"),
    ],
)
def test_the_work_is_linear(first: str, more: str, size: int) -> None:
    """In calls of functions: searching from the beginning at each character would make a hundred times as many."""
    short, long = (calls(first + more * (length // len(more)), size) for length in (500, 5_000))
    assert long < 20 * short


def calls(text: str, size: int) -> int:
    """How many functions are called for a text that arrives in pieces of ``size`` bytes."""
    count = 0

    def called(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        said(text, range(size, len(text), size))
    finally:
        sys.setprofile(before)
    return count
