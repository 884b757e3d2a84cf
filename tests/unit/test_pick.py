"""Which utterance the generator works on next: the decision alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.generation.pick import Candidate, pick

IDLE_S, RECHECK_S = 0.25, 0.02
CLIENT = Candidate(
    to_device=False,
    holds_device=False,
    has_work=True,
    text_wait_s=0.0,
    lead_s=0.5,
    deadline_s=0.5,
    lookahead_s=2.0,
    is_playing=True,
)
DEVICE = CLIENT._replace(to_device=True, holds_device=True)


@pytest.mark.parametrize(
    ("candidates", "picked", "sleep_s"),
    [
        ([], None, IDLE_S),
        ([CLIENT], 0, IDLE_S),
        ([CLIENT._replace(has_work=False)], None, IDLE_S),
        # the earliest deadline; the first of equal ones
        ([CLIENT, CLIENT._replace(deadline_s=0.4)], 1, IDLE_S),
        ([CLIENT, CLIENT], 0, IDLE_S),
        ([CLIENT, DEVICE._replace(deadline_s=-1.0)], 1, IDLE_S),
        # a lead of the whole lookahead is enough: a client notifies when it has read, a device has to be looked at
        ([CLIENT._replace(lead_s=2.0)], None, IDLE_S),
        ([CLIENT._replace(lead_s=2.0, deadline_s=0.1), CLIENT], 1, IDLE_S),
        ([DEVICE._replace(lead_s=2.1)], None, 0.1),
        ([DEVICE._replace(lead_s=2.001)], None, RECHECK_S),
        ([DEVICE._replace(lead_s=9.0)], None, IDLE_S),
        ([DEVICE._replace(lead_s=2.1, is_playing=False)], None, IDLE_S),
        # an incomplete text is waited for
        ([CLIENT._replace(text_wait_s=0.1)], None, 0.1),
        ([CLIENT._replace(text_wait_s=0.1, deadline_s=-1.0), CLIENT], 1, 0.1),
        ([CLIENT._replace(text_wait_s=float("inf"))], None, IDLE_S),
        # utterances for the device one after the other
        ([DEVICE, DEVICE._replace(deadline_s=-1.0)], 0, IDLE_S),
        ([DEVICE._replace(has_work=False), DEVICE], None, IDLE_S),
        ([DEVICE._replace(has_work=False, holds_device=False), DEVICE], 1, IDLE_S),
        ([DEVICE._replace(lead_s=2.0, is_playing=False), DEVICE, CLIENT], 2, IDLE_S),
        # a skipped sentence costs nothing, so it precedes all that is not late
        ([CLIENT, DEVICE._replace(lead_s=5.0, skipped=True)], 1, IDLE_S),
        ([CLIENT._replace(deadline_s=-0.1), DEVICE._replace(skipped=True)], 0, IDLE_S),
    ],
)
def test_pick(candidates: list[Candidate], picked: int | None, sleep_s: float) -> None:
    choice = pick(candidates, IDLE_S, RECHECK_S)
    assert choice.candidate == picked
    assert choice.sleep_s == pytest.approx(sleep_s)


SECONDS = st.floats(-5, 5)
CANDIDATES = st.builds(
    Candidate,
    to_device=st.booleans(),
    holds_device=st.booleans(),
    has_work=st.booleans(),
    text_wait_s=SECONDS,
    lead_s=SECONDS,
    deadline_s=SECONDS,
    lookahead_s=st.floats(0, 5),
    is_playing=st.booleans(),
    skipped=st.booleans(),
)


@given(st.lists(CANDIDATES))
def test_what_is_picked_can_be_worked_on_and_nothing_that_can_be_is_left_for_longer(many: list[Candidate]) -> None:
    choice = pick(many, IDLE_S, RECHECK_S)
    assert 0 < choice.sleep_s <= IDLE_S
    able = [
        (index, 0.0 if each.skipped else each.deadline_s)
        for index, each in enumerate(many)
        if each.has_work
        and each.text_wait_s <= 0
        and ((0.0 if each.skipped else each.lead_s) < each.lookahead_s)
        and not (each.to_device and any(before.to_device and before.holds_device for before in many[:index]))
    ]
    assert choice.candidate == (min(able, key=lambda one: one[1])[0] if able else None)
