"""Decisions of the Scheduler that stop an utterance: pre-emption, replacement, cancellation, a lost stage."""

import pytest
from support.scheduling import ALICE, BOB, IDLE, begun, ended, hears, ids, submitted, utterance

from steadyvoice.daemon.scheduling.scheduler import (
    Begin,
    Cancel,
    CloseLane,
    Conditions,
    Finish,
    Scheduler,
)
from steadyvoice.ipc.requests import Priority
from steadyvoice.ipc.stage_protocol import SegmentStart, Word


def test_the_most_important_begins_first_and_of_equals_the_oldest() -> None:
    scheduler = Scheduler()
    now = Conditions(ready=False)
    priorities: list[Priority] = ["progress", "text", "message", "message", "important"]
    for number, priority in enumerate(priorities, 1):
        scheduler.submit(utterance(number, priority), now)
    spoken = []
    while actions := scheduler.admit(IDLE):
        spoken += begun(actions)
        scheduler.finish(next(iter(scheduler.active.values())), "done")
    assert spoken == [5, 3, 4, 1]  # the text was replaced by the first message


def test_a_more_important_one_takes_the_place_of_one_made_ahead() -> None:
    first, ahead, important = utterance(1), utterance(2), utterance(3, "important")
    scheduler = submitted(first, ahead, now=hears(1))
    ahead.timeline.add_segment(SegmentStart(2, 0, 0, 4, False, 0, 0))
    ahead.timeline.add_words([Word(0, 4, 0, 100, 0)])
    lane, run = ahead.lane, ahead.run
    assert lane is not None
    assert [type(action) for action in scheduler.submit(important, hears(1))] == [Cancel]  # the first is audible
    assert scheduler.admit(hears(1)) == [CloseLane(lane), Begin(important, 2, 3)]
    assert (ahead.lane, ahead.timeline.words, ahead.timeline.segments) == (None, [], [])
    assert ahead.run != run
    scheduler.finish(first, "replaced")
    assert begun(scheduler.admit(hears(3))) == [2]


def test_one_that_is_audible_keeps_its_lane() -> None:
    scheduler = submitted(utterance(1), utterance(2), now=hears(1, 2))
    scheduler.submit(utterance(3, "important"), Conditions(ready=False))  # nothing is audible at this event
    assert scheduler.admit(hears(1, 2)) == []


def test_both_places_are_taken_where_neither_is_audible() -> None:
    scheduler = submitted(utterance(1), utterance(2))
    for number in (3, 4):
        scheduler.submit(utterance(number, "important"), IDLE)
    actions = scheduler.admit(IDLE)
    assert [type(action) for action in actions] == [CloseLane, CloseLane, Begin, Begin]
    assert begun(actions) == [3, 4]
    assert sorted(ids(scheduler.waiting)) == [1, 2]


def test_a_displaced_utterance_may_begin_again_at_once() -> None:
    """One lane is free: the more important utterance goes first, the displaced one second."""
    scheduler = submitted(utterance(1))
    scheduler.submit(utterance(2, "important"), IDLE)
    assert begun(scheduler.admit(IDLE)) == [2, 1]


@pytest.mark.parametrize(
    ("old", "audible", "new", "reason", "is_audible"),
    [
        ("text", False, "message", "replaced", None),
        ("text", True, "message", "replaced", True),
        ("message", True, "important", "replaced", True),
        ("message", False, "important", None, None),
        ("progress", True, "progress", None, None),
        ("notification", True, "text", "replaced", True),
        ("important", True, "important", None, None),
    ],
)
def test_pre_emption_on_the_device(
    old: Priority, audible: bool, new: Priority, reason: str | None, is_audible: bool | None
) -> None:
    """An audible one ends after its fade-out, an inaudible one at once."""
    victim = utterance(1, old)
    scheduler = submitted(victim)
    actions = scheduler.submit(utterance(2, new), hears(1) if audible else IDLE)
    assert victim.cancel_reason == reason
    assert ended(actions) == ({1: reason} if reason and not is_audible else {})
    assert [action for action in actions if isinstance(action, Cancel)] == (
        [Cancel(victim, 0, "replaced", bool(is_audible))] if reason else []
    )


@pytest.mark.parametrize(("sinks", "cancelled"), [(("pcm", "device"), {}), (("device", "pcm"), {})])
def test_streams_and_the_device_do_not_pre_empt_each_other(sinks: tuple[str, str], cancelled: dict[int, str]) -> None:
    scheduler = submitted(utterance(1, "notification", sink=sinks[0]))
    assert ended(scheduler.submit(utterance(2, "important", sink=sinks[1]), IDLE)) == cancelled


def test_a_notification_is_dropped_beside_another_utterance() -> None:
    scheduler = submitted(utterance(1))
    assert ended(scheduler.submit(utterance(2, "notification"), IDLE)) == {2: "replaced"}
    assert ids(scheduler.all) == [1]


def test_a_notification_is_spoken_after_the_rest_was_cancelled() -> None:
    old = utterance(1)
    scheduler = submitted(old)
    scheduler.cancel([old], "cancelled", hears(1))
    assert ended(scheduler.submit(utterance(2, "notification"), hears(1))) == {}
    assert begun(scheduler.admit(hears(1))) == [2]


def test_a_notification_may_replace_the_only_other_utterance() -> None:
    scheduler = submitted(utterance(1))
    assert ended(scheduler.submit(utterance(2, "notification"), IDLE, replace=True)) == {1: "replaced"}
    assert begun(scheduler.admit(IDLE)) == [2]


def test_only_the_newest_progress_waits() -> None:
    scheduler = submitted(utterance(1), utterance(2), utterance(3, "progress"), now=hears(1))
    assert ended(scheduler.submit(utterance(4, "progress"), hears(1))) == {3: "replaced"}


def test_replace_cancels_all_of_the_same_client() -> None:
    mine = [utterance(1), utterance(2, sink="pcm"), utterance(3), utterance(4)]
    theirs = utterance(5, client=BOB)
    scheduler = submitted(*mine, theirs, now=hears(1))
    actions = scheduler.submit(utterance(6), hears(1), replace=True)
    assert ended(actions) == {2: "replaced", 3: "replaced", 4: "replaced"}
    assert mine[0].cancel_reason == "replaced"
    assert not mine[0].is_finished
    assert ids(scheduler.of(ALICE)) == [6, 1]


def test_a_cancelled_audible_utterance_keeps_its_lane_until_its_end() -> None:
    only = utterance(1)
    scheduler = submitted(only)
    assert scheduler.cancel([only], "skipped", hears(1)) == [Cancel(only, 0, "skipped", True)]
    assert scheduler.on_device == []
    assert ids(scheduler.active.values()) == [1]
    assert scheduler.cancel([only], "cancelled", hears(1)) == []
    assert only.cancel_reason == "skipped"
    assert ended(scheduler.finish(only, "skipped")) == {1: "skipped"}


@pytest.mark.parametrize("sink", ["device", "pcm"])
@pytest.mark.parametrize("waits", [True, False])
def test_an_utterance_that_is_not_audible_ends_at_once(sink: str, waits: bool) -> None:
    only = utterance(1, sink=sink)
    scheduler = submitted(only, now=Conditions(ready=not waits))
    actions = scheduler.cancel([only], "cancelled", IDLE)
    assert actions == [*([] if waits else [Cancel(only, 0, "cancelled", False)]), Finish(only, "cancelled")]


def test_a_clients_pcm_ends_at_once_although_it_was_read() -> None:
    only = utterance(1, sink="pcm")
    assert ended(submitted(only).cancel([only], "cancelled", hears(1))) == {1: "cancelled"}


def test_a_client_leaves() -> None:
    plain, stream, theirs = utterance(1), utterance(2, sink="pcm"), utterance(3, client=BOB)
    detached = utterance(4, detach=True, more_text=True)
    empty = utterance(5, detach=True, text="", more_text=True)
    scheduler = submitted(plain, stream, theirs, detached, empty, now=hears(1))
    actions = scheduler.leave(ALICE, hears(1))
    assert ended(actions) == {2: "cancelled"}
    assert plain.cancel_reason == "cancelled"
    assert (detached.closed, detached.cancel_reason, detached.listener) == (True, None, None)
    assert empty.can_begin
    assert ids(scheduler.of(ALICE)) == []
    assert theirs.listener is BOB


@pytest.mark.parametrize(("needs_device", "lost"), [(True, [1, 3]), (False, [1, 2, 3])])
def test_a_lost_stage_ends_what_needs_it(needs_device: bool, lost: list[int]) -> None:
    audible, stream = utterance(1), utterance(2, sink="pcm")
    scheduler = submitted(audible, stream)
    scheduler.submit(utterance(3), Conditions(ready=False))
    actions = scheduler.stage_given_up(lambda each: each.to_device or not needs_device, "why")
    assert sorted(ended(actions)) == lost
    assert {(a.reason, a.code, a.message) for a in actions if isinstance(a, Finish)} == {
        ("error", "stage_failed", "why")
    }


@pytest.mark.parametrize(("audible", "requeued"), [((1,), [2]), ((1, 2), []), ((), [2])])
def test_after_a_replaced_stage_what_was_made_ahead_is_queued_again(
    audible: tuple[int, ...], requeued: list[int]
) -> None:
    scheduler = submitted(utterance(1), utterance(2), utterance(3, sink="pcm"))
    for each in scheduler.all:
        each.route((0, 1, 2))
    assert scheduler.requeue_unheard(5, hears(*audible)) == [], "of a line that did not make it"
    actions = scheduler.requeue_unheard(1, hears(*audible))
    assert actions == [CloseLane(1) for _ in requeued]
    assert ids(scheduler.waiting) == requeued
    assert begun(scheduler.admit(hears(*audible))) == requeued
