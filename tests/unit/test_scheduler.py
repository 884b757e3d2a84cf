"""Lanes and queue order of the Scheduler: which utterance begins, on which lane, and after which one."""

import pytest
from support.scheduling import ALICE, BOB, IDLE, begun, ended, hears, ids, submitted, utterance

from steadyvoice.daemon.scheduling.scheduler import (
    Begin,
    Conditions,
    Finish,
    RetryLater,
    Scheduler,
)


def test_the_device_has_two_lanes() -> None:
    scheduler = Scheduler()
    for number in (1, 2, 3):
        assert scheduler.submit(utterance(number), IDLE) == []
    actions = scheduler.admit(IDLE)
    assert begun(actions) == [1, 2]
    assert ids(scheduler.waiting) == [3]
    assert ids(scheduler.on_device) == [1, 2]


def test_the_next_begins_when_a_lane_is_free() -> None:
    first, second, third = utterance(1), utterance(2), utterance(3)
    scheduler = submitted(first, second, third)
    assert scheduler.finish(first, "done") == [Finish(first, "done")]
    assert begun(scheduler.admit(IDLE)) == [3]
    assert scheduler.admit(IDLE) == []


def test_an_utterance_ends_once() -> None:
    only = utterance(1)
    scheduler = submitted(only)
    assert ended(scheduler.finish(only, "error", "stage_failed", "why")) == {1: "error"}
    assert scheduler.finish(only, "done") == []
    assert scheduler.cancel([only], "cancelled", hears(1)) == []
    assert scheduler.all == []


def test_client_streams_do_not_take_lanes_of_the_device() -> None:
    now = Conditions(max_streams=2)
    streams = [utterance(n, sink="pcm") for n in (1, 2, 3)]
    scheduler = submitted(*streams, now=now)
    assert ids(scheduler.active.values()) == [1, 2]
    scheduler.submit(utterance(4), now)
    assert begun(scheduler.admit(now)) == [4]


def test_a_stream_goes_to_the_client_with_the_fewest_lanes() -> None:
    now = Conditions(max_streams=2)
    mine = [utterance(n, sink="pcm", client=ALICE) for n in (1, 2, 3)]
    theirs = utterance(4, sink="pcm", client=BOB)
    scheduler = submitted(*mine, theirs, now=now)
    scheduler.finish(mine[0], "done")
    assert begun(scheduler.admit(now)) == [4]
    scheduler.finish(mine[1], "done")
    assert begun(scheduler.admit(now)) == [3]


def test_a_stream_goes_to_the_user_of_a_client_with_the_fewest_lanes() -> None:
    """A gateway is one client of many users."""
    now = Conditions(max_streams=2)
    mine = [utterance(n, sink="pcm", user="ann") for n in (1, 2, 3)]
    theirs = utterance(4, sink="pcm", user="bob")
    scheduler = submitted(*mine, theirs, now=now)
    scheduler.finish(mine[0], "done")
    assert begun(scheduler.admit(now)) == [4]
    scheduler.finish(mine[1], "done")
    assert begun(scheduler.admit(now)) == [3]


@pytest.mark.parametrize(("user", "ends"), [("ann", {1: "replaced"}), ("bob", {2: "replaced"}), ("eve", {})])
def test_replace_concerns_the_utterances_of_one_user(user: str, ends: dict[int, str]) -> None:
    scheduler = submitted(utterance(1, sink="pcm", user="ann"), utterance(2, sink="pcm", user="bob"))
    assert ended(scheduler.submit(utterance(3, sink="pcm", user=user), IDLE, replace=True)) == ends


@pytest.mark.parametrize("sink", ["device", "pcm"])
def test_an_utterance_without_text_waits_and_delays_no_other(sink: str) -> None:
    silent, other = utterance(1, sink=sink, text="", more_text=True), utterance(2, sink=sink)
    scheduler = submitted(silent, other)
    assert ids(scheduler.waiting) == [1]
    silent.add_text("now")
    assert begun(scheduler.admit(hears(2))) == [1]


def test_an_empty_utterance_begins_when_its_text_is_closed() -> None:
    silent = utterance(1, text="", more_text=True)
    scheduler = submitted(silent)
    silent.close_text()
    assert begun(scheduler.admit(IDLE)) == [1]


def test_nothing_begins_before_the_stages_are_ready() -> None:
    scheduler = submitted(utterance(1), utterance(2, sink="pcm"), now=Conditions(ready=False))
    assert ids(scheduler.waiting) == [1, 2]
    assert begun(scheduler.admit(IDLE)) == [1, 2]


def test_the_device_waits_for_space_in_the_outputs_ring_and_clients_do_not() -> None:
    scheduler = Scheduler()
    scheduler.submit(utterance(1), IDLE)
    scheduler.submit(utterance(2, sink="pcm"), IDLE)
    first, stream = scheduler.waiting
    behind = Conditions(device_lanes_behind=frozenset({0, 1}))
    assert scheduler.admit(behind) == [Begin(stream, 0, 1), RetryLater()]
    assert scheduler.admit(behind) == [RetryLater()]
    assert scheduler.admit(Conditions(device_lanes_behind=frozenset({0}))) == [Begin(first, 1, 2)]
    assert first.device_lane == 1


def test_no_lane_is_given_twice() -> None:
    scheduler = Scheduler(lanes=3)
    for number in range(1, 6):
        scheduler.submit(utterance(number, sink="pcm"), IDLE)
    actions = scheduler.admit(IDLE)
    assert [action.lane for action in actions if isinstance(action, Begin)] == [0, 1, 2]
    scheduler.finish(scheduler.active[2], "done")
    assert [action.lane for action in scheduler.admit(IDLE) if isinstance(action, Begin)] == [1]
