"""Playback after a restart: of a stage before the output, of the output itself, or of the device."""

import os
import time
from collections.abc import Iterator

import numpy as np
import pytest
from support.playback import Player, begin, end, numbered, pcm, playing, segment_end, utterance_slots

from steadyvoice.ipc import sample_history, shared_state
from steadyvoice.ipc.sample_history import PlaybackHistory
from steadyvoice.ipc.shared_state import Progress, SharedState
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.playback.current_utterance import CurrentUtterance
from steadyvoice.workers.playback.fade import FADE_SAMPLES, fade_out_gain
from steadyvoice.workers.playback.pending_ends import PendingEnds
from steadyvoice.workers.playback.playback import Begun, Finished, SegmentDone
from steadyvoice.workers.playback.unplayed import UnplayedAudio
from steadyvoice.workers.runtime.restart import begins_here


def test_a_replayed_segment_is_heard_once() -> None:
    """A stage before the output died: its replacement makes the segment again, cut in other slots."""
    player = Player([
        begin(1), pcm(1, numbered(100)), begin(1, RestartPoint(1)),
        pcm(1, numbered(70)), pcm(1, numbered(130, 71), index=70), segment_end(1, 0, 1), end(1, 1),
    ])  # fmt: skip
    np.testing.assert_array_equal(player.fill(256), numbered(200))
    assert len(player.of(Begun)) == len(player.of(Finished)) == 1


def test_a_replacement_goes_on_after_the_samples_that_were_counted() -> None:
    player = playing(300, 300, played=400)
    player.lanes.samples[1] = (380, 0)  # of the slot that the dead process had begun, 80 samples were counted
    player.slots.waiting.insert(0, pcm(1, numbered(256, 301), 1, 0, 1))
    player.slots = type(player.slots)(player.slots.waiting)
    player.playback = player.replacement()
    np.testing.assert_array_equal(player.fill(256)[:100], numbered(100, 381))


def test_samples_that_were_released_and_not_counted_are_not_waited_for() -> None:
    player = Player([pcm(1, numbered(100, 257), index=256)])
    player.lanes.published_progress[1], player.lanes.samples[1] = Progress(0, 0, False), (200, 0)
    np.testing.assert_array_equal(player.fill(256), numbered(100, 257))
    assert player.playback.current is not None
    assert player.playback.current.samples == 356


def test_slots_of_a_segment_that_was_played_are_ignored() -> None:
    segment = [pcm(1, numbered(200)), segment_end(1, 0, 1)]
    again = [pcm(1, numbered(200)), segment_end(1, 0, 1)]
    player = Player([begin(1), *segment, *again, pcm(1, numbered(50, 201), 1)])
    np.testing.assert_array_equal(player.fill(256), numbered(250))
    assert len(player.of(SegmentDone)) == 1


def test_a_replacement_does_not_end_an_utterance_again() -> None:
    player = Player([end(1, 1)])
    player.lanes.published_progress[1] = Progress(1, 300, True)
    assert len(player.fill(256)) == 0
    assert not player.events


def test_what_a_lost_device_had_is_played_first() -> None:
    player = Player(utterance_slots(1, [numbered(10, 31)]), unplayed=numbered(30))
    player.playback.paused = True
    assert len(player.fill(256)) == 0
    player.playback.paused = False
    np.testing.assert_array_equal(player.fill(256), numbered(40))


def test_without_a_device_the_current_and_the_next_utterance_fail() -> None:
    player = playing(1000)
    assert player.playback.abandon() == [1]
    assert player.playback.current is None
    assert not player.slots.waiting
    player = Player(utterance_slots(1, [numbered(10)]) + utterance_slots(2, [numbered(10)]))
    assert player.playback.abandon() == [1]
    assert player.playback.abandon() == [2]
    assert player.playback.abandon() == []


def test_ends_wait_for_the_device() -> None:
    ends: PendingEnds[str] = PendingEnds()
    ends.add(100, "first")
    ends.add(300, "second")
    assert ends.due(99) == []
    assert ends.due(100) == ["first"]
    ends.rebase(200)
    assert ends.due(99) == []
    ends.add(500, "third")
    assert ends.due(100) == ["second"]
    assert ends.clear() == ["third"]
    assert not ends


@pytest.mark.parametrize(
    ("restart", "progress", "has_state", "begins"),
    [
        pytest.param(None, None, False, True, id="first BEGIN"),
        pytest.param(None, Progress(0, 0, False), False, True, id="first BEGIN, delivered again"),
        pytest.param(RestartPoint(3), Progress(2, 9, False), True, True, id="a later stage lost its state"),
        pytest.param(RestartPoint(2), Progress(2, 9, False), False, True, id="this stage lost its state"),
        pytest.param(RestartPoint(2), Progress(2, 9, True), False, False, id="this stage had finished"),
        pytest.param(RestartPoint(1), Progress(2, 9, False), True, False, id="an earlier stage lost its state"),
        pytest.param(RestartPoint(1), None, False, True, id="an earlier stage lost it before this one began"),
        pytest.param(RestartPoint(1), None, True, False, id="this stage has begun, and published nothing yet"),
    ],
)
def test_which_stages_begin_at_a_restart(
    restart: RestartPoint | None, progress: Progress | None, has_state: bool, begins: bool
) -> None:
    assert begins_here(2, restart, progress, has_state) == begins


@pytest.fixture
def shared() -> Iterator[tuple[PlaybackHistory, SharedState]]:
    fds = [sample_history.create("history"), shared_state.create()]
    yield PlaybackHistory(fds[0]), SharedState(fds[1])
    for fd in fds:
        os.close(fd)


def recalled(shared: tuple[PlaybackHistory, SharedState], live: int) -> UnplayedAudio:
    """The unplayed audio of a device that had 1000 samples of utterance 7 and was lost with 300 left to play."""
    now = time.monotonic_ns()
    UnplayedAudio(*shared).record(numbered(1000), now + 300 * 10**9 // SINK_RATE, CurrentUtterance(3, 7))
    shared[1].open_lane(3, live, 0)
    unplayed = UnplayedAudio(*shared)  # of the process that replaces the one that has died
    unplayed.recall(now)
    return unplayed


def test_unplayed_audio_is_played_with_a_fade_in(shared: tuple[PlaybackHistory, SharedState]) -> None:
    unplayed, block = recalled(shared, live=7), np.zeros(400, np.float32)
    left = len(unplayed)
    assert left in (299, 300), "a nanosecond is rounded"
    assert unplayed.fill(block) == left
    unplayed.fade_in(block)
    expected = numbered(left, 1001 - left)
    expected[:FADE_SAMPLES] *= 1 - fade_out_gain(FADE_SAMPLES)
    np.testing.assert_array_equal(block[:left], expected)
    assert unplayed.fill(block) == 0
    block[:] = 1
    unplayed.fade_in(block)
    assert (block == 1).all(), "only once"


def test_unplayed_audio_of_a_cancelled_utterance_is_dropped(shared: tuple[PlaybackHistory, SharedState]) -> None:
    assert recalled(shared, live=8).fill(np.zeros(400, np.float32)) == 0
