"""Two mappings of the shared state: words do not overlap, and both mappings see them."""

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import shared_state
from steadyvoice.ipc.shared_state import DEVICE_LANES, LANES, STAGES, STATES, SharedState


@pytest.fixture
def states() -> Iterator[tuple[SharedState, SharedState]]:
    fd = shared_state.create()
    yield SharedState(fd), SharedState(fd)
    os.close(fd)


def test_new_shared_state_is_all_zeros(states: tuple[SharedState, SharedState]) -> None:
    _, seen = states
    assert not any(seen.live(lane) or seen.consumed(lane, utterance) for lane in range(LANES) for utterance in (0, 1))
    for index in range(STAGES):
        words = seen.stage(index)
        assert (words.state, words.heartbeat_ns, words.blocks, words.busy_s) == (STATES[0], 0, 0, 0)


def test_words_do_not_overlap(states: tuple[SharedState, SharedState]) -> None:
    written, seen = states
    for lane in range(LANES):
        written.open_lane(lane, 1000 + lane, lane % STAGES)
        written.set_consumed(lane, 1000 + lane, 2000 + lane)
        written.set_skipped_samples(lane, 1000 + lane, 3000 + lane)
    for index in range(STAGES):
        words = written.stage(index)
        words.beat(STATES[index % len(STATES)])
        for _ in range(index):
            words.worked(10**9)
        words.worked(0)
    assert [seen.live(lane) for lane in range(LANES)] == list(range(1000, 1000 + LANES))
    assert [seen.consumed(lane, 1000 + lane) for lane in range(LANES)] == list(range(2000, 2000 + LANES))
    assert [seen.skipped_samples(lane, 1000 + lane) for lane in range(LANES)] == list(range(3000, 3000 + LANES))
    stages = [seen.stage(index) for index in range(STAGES)]
    assert [words.state for words in stages] == [STATES[i % len(STATES)] for i in range(STAGES)]
    assert [(words.blocks, words.busy_s) for words in stages] == [(i + 1, i) for i in range(STAGES)]


def test_a_new_utterance_has_consumed_nothing(states: tuple[SharedState, SharedState]) -> None:
    supervisor, sink = states
    supervisor.open_lane(3, 7, 0)
    sink.set_consumed(3, 7, 48_000)
    sink.set_skipped_samples(3, 7, 24_000)
    supervisor.close_lane(3)
    assert sink.live(3) == 0
    assert supervisor.consumed(3, 7) == 48_000, "the position of a cancelled utterance is still needed"
    supervisor.open_lane(3, 8, 0)
    assert (sink.live(3), sink.consumed(3, 8), sink.skipped_samples(3, 8)) == (8, 0, 0)


def test_a_late_word_about_an_earlier_utterance_is_ignored(states: tuple[SharedState, SharedState]) -> None:
    """Such as one of a stopped output stage that resumes: it would be credit for samples that were never played."""
    supervisor, sink = states
    supervisor.open_lane(3, 7, 0)
    supervisor.close_lane(3)
    supervisor.open_lane(3, 8, 0)
    sink.set_consumed(3, 7, 48_000)
    assert supervisor.consumed(3, 8) == 0
    sink.set_consumed(3, 8, 512)
    assert (supervisor.consumed(3, 8), supervisor.consumed(3, 7)) == (512, 0)


@given(st.integers(1, (1 << 64) - 1), st.integers(0, (1 << 48) - 1), st.integers(1, (1 << 16) - 1))
def test_any_number_of_samples_of_any_utterance(utterance: int, samples: int, off: int) -> None:
    fd = shared_state.create()
    written, seen = SharedState(fd), SharedState(fd)
    os.close(fd)
    written.open_lane(0, utterance, 0)
    written.set_consumed(LANES - 1, utterance, samples)
    assert (seen.live(0), seen.consumed(LANES - 1, utterance)) == (utterance, samples)
    assert seen.consumed(LANES - 1, utterance + off) == 0
    assert not any(seen.consumed(lane, utterance) for lane in range(1, LANES - 1))


@pytest.mark.parametrize("state", STATES)
def test_beat_publishes_state_and_time(states: tuple[SharedState, SharedState], state: str) -> None:
    before = time.monotonic_ns()
    states[0].stage(2).beat(state)
    words = states[1].stage(2)
    assert words.state == state
    assert before <= words.heartbeat_ns <= time.monotonic_ns()


def test_a_replacement_continues_the_counters(states: tuple[SharedState, SharedState]) -> None:
    for each in states:
        each.stage(0).worked(250_000_000)
    words = states[0].stage(0)
    assert (words.blocks, words.busy_s) == (2, 0.5)


def test_turns_on_the_sound_device_and_first_stages(states: tuple[SharedState, SharedState]) -> None:
    supervisor, output = states
    supervisor.open_lane(255, 7, 31)
    supervisor.set_turn(0, 1 << 40, 255)
    supervisor.open_lane(0, 8, 2)
    supervisor.set_turn(1, 3, 0)
    assert [output.turn(lane) for lane in range(DEVICE_LANES)] == [(1 << 40, 255), (3, 0)]
    assert [output.first_stage(lane) for lane in (255, 0)] == [31, 2]
    supervisor.set_first_stage(0, 4)
    supervisor.close_lane(255)
    assert [output.turn(lane) for lane in range(DEVICE_LANES)] == [(0, 0), (3, 0)]
    assert output.first_stage(0) == 4
