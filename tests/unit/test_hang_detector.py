"""HangDetector: a table of what is sampled, and after which time a process must be killed."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.supervision import child_process
from steadyvoice.daemon.supervision.hang_detector import (
    BLOCKED_S,
    BOOT_S,
    DEVICE_OPENING_S,
    FIRST_BLOCK_S,
    LOADING_BLOCKED_S,
    LOADING_S,
    LOOK_S,
    MAX_BLOCK_S,
    MIN_BLOCK_S,
    SLOWDOWN_LIMIT,
    STOPPED,
    STOPPED_S,
    HangDetector,
    ProcessSample,
    StageSample,
    hang_while_loading,
)
from steadyvoice.ipc import procfs

START = 1000.0
"""Monotonic seconds at which the process starts."""


def times(seconds: float) -> Iterator[float]:
    """Moments of the checks, in seconds after the start."""
    return (number * LOOK_S for number in range(1, round(seconds / LOOK_S) + 1))


class Published(TypedDict, total=False):
    """Fields of StageSample that are not their defaults."""

    state: str
    longest_block_s: float
    ready: bool
    has_worked: bool
    loading_s: float


def killed_after(
    seconds: float,
    *,
    stage: Published | None = None,
    state: str = "S",
    cpu_share: float = 0.0,
    heartbeat_interval_s: float = 0.0,
    process: str = "visible",
) -> tuple[float, str]:
    """Check every LOOK_S; return when the detector finds a hang, in seconds after the start, and why. inf: never.

    state, cpu_share: of the process. heartbeat_interval_s: 0: one heartbeat at the start, and none after it.
    """
    detector = HangDetector(START, LOADING_S)
    for after_s in times(seconds):
        beat_s = after_s // heartbeat_interval_s * heartbeat_interval_s if heartbeat_interval_s else 0.0
        sampled = replace(StageSample(int((START + beat_s) * 1e9), "busy"), **(stage or {}))
        if stage and "loading_s" in stage:
            sampled = replace(sampled, loading_s=after_s)
        now = START + after_s
        seen = None
        if detector.needs_process_sample(now, sampled):
            hidden = process == "hidden"
            seen = ProcessSample("R", now) if hidden else ProcessSample(state, cpu_share * after_s)
        if reason := detector.check(now, sampled, seen):
            return after_s, reason
    return float("inf"), ""


NEVER = float("inf")
BUSY: Published = {"state": "busy"}


@pytest.mark.parametrize(
    ("case", "limit_s", "reason"),
    [
        pytest.param({"state": "T"}, STOPPED_S, STOPPED, id="stopped"),
        pytest.param({"state": "T", "stage": {"ready": False}}, STOPPED_S, STOPPED, id="stopped while it starts"),
        pytest.param({}, BLOCKED_S, "hung: nothing for 3 seconds", id="idle although a block is current"),
        pytest.param({"state": "D"}, NEVER, "", id="waits for a disk"),
        pytest.param({"cpu_share": 0.05}, NEVER, "", id="computes a little"),
        pytest.param(
            {"cpu_share": 1, "state": "R", "stage": {"longest_block_s": 0.7}},
            SLOWDOWN_LIMIT * 0.7,
            "hung: it computed for 14 seconds at one block",
            id="twenty times as slow as lately",
        ),
        pytest.param(
            {"cpu_share": 1, "state": "R", "stage": {"longest_block_s": 0.001}},
            MIN_BLOCK_S,
            "hung: it computed for 10 seconds at one block",
            id="short blocks",
        ),
        pytest.param(
            {"cpu_share": 1, "state": "R", "stage": {"longest_block_s": 50.0}},
            MAX_BLOCK_S,
            "hung: it computed for 60 seconds at one block",
            id="long blocks",
        ),
        pytest.param(
            {"cpu_share": 1, "state": "R", "stage": {"has_worked": False}},
            FIRST_BLOCK_S,
            "hung: it computed for 30 seconds at one block",
            id="first block",
        ),
        pytest.param(
            {"cpu_share": 1, "state": "R", "stage": {"longest_block_s": 2.0}, "heartbeat_interval_s": 30},
            NEVER,
            "",
            id="slow but normal",
        ),
        pytest.param({"cpu_share": 0.1, "state": "R"}, NEVER, "", id="gets a tenth of a core: MIN_BLOCK_S not used"),
        pytest.param({"heartbeat_interval_s": 1, "stage": {"state": "ready"}}, NEVER, "", id="ready, without work"),
        pytest.param(
            {"stage": {"state": "ready"}}, 1.5 + BLOCKED_S, "hung: nothing for 3 seconds", id="ready, no heartbeat"
        ),
        pytest.param({"process": "hidden", "heartbeat_interval_s": 1}, NEVER, "", id="no /proc, heartbeats"),
        pytest.param(
            {"process": "hidden"}, MIN_BLOCK_S, "hung: it computed for 10 seconds at one block", id="no /proc, none"
        ),
        pytest.param(
            {"stage": {"state": "starting"}},
            LOADING_S,
            "hung: it was starting something for 60 seconds",
            id="opens something",
        ),
        pytest.param(
            {"stage": {"ready": False, "loading_s": 0.0}},
            LOADING_BLOCKED_S,
            "hung: nothing for 6 seconds",
            id="blocked while it loads",
        ),
        pytest.param(
            {"stage": {"ready": False, "loading_s": 0.0}, "state": "R"},
            LOADING_S,
            "hung: not loaded after 60 seconds",
            id="computes while it loads",
        ),
        pytest.param({"stage": {"ready": False}}, BOOT_S, "not ready after 120 seconds", id="never ready"),
        pytest.param(
            {"stage": {"ready": False}, "heartbeat_interval_s": 1, "cpu_share": 1},
            BOOT_S,
            "not ready after 120 seconds",
            id="never ready, in spite of heartbeats",
        ),
    ],
)
def test_when_and_why_a_process_is_killed(case: dict[str, Any], limit_s: float, reason: str) -> None:
    after_s, why = killed_after(90 if limit_s == NEVER else 130, **case)
    assert why == reason
    if limit_s == NEVER:
        assert after_s == NEVER
    else:
        assert limit_s - LOOK_S <= after_s <= limit_s + 4 * LOOK_S


def test_a_device_may_take_less_time_than_a_model() -> None:
    detector = HangDetector(START, DEVICE_OPENING_S)
    opening = StageSample(int(START * 1e9), "starting")
    found = [detector.check(START + after_s, opening, ProcessSample("S", 0.0)) for after_s in times(DEVICE_OPENING_S)]
    assert not any(found)
    assert "10 seconds" in detector.check(START + DEVICE_OPENING_S + LOOK_S, opening, ProcessSample("S", 0.0))


@pytest.mark.parametrize("state", ["T", "S"])
def test_a_gap_between_checks_is_not_counted(state: str) -> None:
    """The daemon was stopped together with its stages (Ctrl-Z): the time of the gap proves nothing."""
    detector, stage = HangDetector(START, LOADING_S), StageSample(int(START * 1e9), "busy")
    limit_s = STOPPED_S if state == "T" else BLOCKED_S
    assert not detector.check(START + LOOK_S, stage, ProcessSample(state, 0.0))
    resumed_at = START + 100
    for after_s in times(limit_s - LOOK_S):
        assert not detector.check(resumed_at + after_s, stage, ProcessSample(state, 0.0))
    found = [detector.check(resumed_at + limit_s + after_s, stage, ProcessSample(state, 0.0)) for after_s in times(1)]
    assert any(found)


@pytest.mark.parametrize("state", ["T", "S", "R"])
@pytest.mark.parametrize(
    ("stage", "limit_s"),
    [
        ({}, {"T": STOPPED_S, "S": BLOCKED_S, "R": MIN_BLOCK_S}),
        ({"ready": False}, {"T": STOPPED_S, "S": BOOT_S, "R": BOOT_S}),
        ({"state": "starting"}, {"T": STOPPED_S, "S": LOADING_S, "R": LOADING_S}),
    ],
    ids=["block", "boot", "opening"],
)
def test_nothing_is_judged_while_it_is_held_and_all_limits_count_from_the_end(
    stage: Published, limit_s: dict[str, float], state: str
) -> None:
    detector, held_s = HangDetector(START, LOADING_S), 500.0
    published = replace(StageSample(int(START * 1e9), "busy"), **stage)
    for after_s in times(held_s):
        held = replace(published, held=True)
        assert not detector.needs_process_sample(START + after_s, held)
        assert not detector.check(START + after_s, held, None)
    ended = START + held_s
    found = (
        (after_s, reason)
        for after_s in times(limit_s[state] + 5)
        if (
            reason := detector.check(ended + after_s, published, ProcessSample(state, after_s if state == "R" else 0.0))
        )
    )
    after_s, reason = next(found)
    assert limit_s[state] <= after_s <= limit_s[state] + 4 * LOOK_S, reason


def test_a_heartbeat_ends_the_time_in_which_it_was_stopped() -> None:
    detector = HangDetector(START, LOADING_S)
    for after_s in times(10):
        beats = round(after_s / LOOK_S) % 2
        now = START + after_s
        stage = StageSample(int((now if beats else now - 1.01 * LOOK_S) * 1e9), "busy")
        seen = ProcessSample("T", 0.0) if detector.needs_process_sample(now, stage) else None
        assert (seen is None) == bool(beats)
        assert not detector.check(now, stage, seen)


@given(st.lists(st.tuples(st.sampled_from("RSDT"), st.floats(0, LOOK_S), st.booleans()), max_size=300))
def test_frequent_heartbeats_prove_that_it_does_not_hang(samples: list[tuple[str, float, bool]]) -> None:
    detector, cpu_s = HangDetector(START, LOADING_S), 0.0
    for number, (state, used_s, loads) in enumerate(samples, 1):
        now, cpu_s = START + number * LOOK_S, cpu_s + used_s
        stage = StageSample(int((now - LOOK_S / 2) * 1e9), "busy", loading_s=float(loads))
        seen = ProcessSample(state, cpu_s) if detector.needs_process_sample(now, stage) else None
        assert seen is None
        assert detector.check(now, stage, seen) == ""


@pytest.mark.parametrize(
    ("loading_s", "inactive_s", "hangs"),
    [
        (1, 1, False),
        (LOADING_BLOCKED_S + 1, LOADING_BLOCKED_S - 1, False),
        (LOADING_BLOCKED_S + 1, LOADING_BLOCKED_S + 1, True),
        (LOADING_S - 1, 0, False),
        (LOADING_S + 1, 0, True),
    ],
)
def test_limits_while_loading(loading_s: float, inactive_s: float, hangs: bool) -> None:
    assert bool(hang_while_loading(loading_s, inactive_s)) == hangs


def test_sample_of_a_process() -> None:
    state, cpu_s = child_process.sample(os.getpid(), 7.0).state, child_process.sample(os.getpid(), 7.0).cpu_s
    assert state in "RS"
    assert 0 < cpu_s < 10_000


def test_without_proc_a_process_seems_to_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procfs, "is_own", lambda: False)
    assert child_process.sample(os.getpid(), 7.0) == ProcessSample("R", 7.0)
    monkeypatch.setattr(procfs, "is_own", lambda: True)
    missing = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    assert child_process.sample(missing, 7.0) == ProcessSample("R", 7.0)
