"""Each decision of the output stage (workers/playback/playback.py), one by one."""

import numpy as np
import pytest
from support.playback import Player, begin, end, pcm, segment_end, utterance_slots

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.stage_protocol import RestartPoint
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain
from steadyvoice.workers.playback.pending_ends import PendingEnds
from steadyvoice.workers.playback.playback import Begun, BlockStarted, Cancelled, Change, Finished, SegmentDone
from steadyvoice.workers.runtime.restart import begins_here


def numbered(count: int, first: int = 1) -> Samples:
    return np.arange(first, first + count, dtype=np.float32)


def playing(*segments: int, played: int = 100) -> Player:
    """Utterance 1 with segments of this many samples, numbered from 1, of which the first ``played`` were played."""
    starts = np.cumsum([1, *segments])
    player = Player(utterance_slots(1, [numbered(n, int(at)) for n, at in zip(segments, starts, strict=False)]))
    at = 0
    while at < played:
        at += len(player.fill(min(50, played - at)))
    return player


def test_an_utterance_is_played_to_its_end() -> None:
    player = Player(utterance_slots(1, [numbered(300), numbered(100, 301)]))
    np.testing.assert_array_equal(player.fill(256), numbered(256))
    np.testing.assert_array_equal(player.fill(256), numbered(144, 257))
    begun, first, second, segment, third, last, finished = player.events
    assert begun == Begun(1, 1)
    assert [event.is_first for event in (first, second, third) if isinstance(event, BlockStarted)] == [
        True,
        False,
        False,
    ]
    assert segment == SegmentDone(1, 1, 1, 300)
    assert last == SegmentDone(1, 1, 2, 400)
    assert isinstance(finished, Finished)
    assert (finished.current.samples, finished.current.skipped_samples, finished.at) == (400, 0, 144)
    assert player.playback.current is None


def test_two_utterances_share_a_block() -> None:
    player = Player(utterance_slots(1, [numbered(10)]) + utterance_slots(2, [numbered(10, 11)]))
    np.testing.assert_array_equal(player.fill(256), numbered(20))
    assert [event.at for event in player.of(Finished) if isinstance(event, Finished)] == [10, 20]


@pytest.mark.parametrize(
    ("paused", "was_paused", "cancelled", "is_open", "change"),
    [
        (False, False, False, True, None),
        (True, False, False, True, "pause"),
        (True, True, False, True, None),
        (False, True, False, True, "resume"),
        (True, False, False, False, None),
        (False, True, False, False, None),
        (False, False, True, True, "cancel"),
        (True, False, True, True, "cancel"),
        (True, True, True, False, "cancel"),
    ],
)
def test_pending_change(paused: bool, was_paused: bool, cancelled: bool, is_open: bool, change: Change | None) -> None:
    player = playing(1000)
    player.playback.paused, player.lanes.paused = was_paused, paused
    player.lanes.cancelled = {1} if cancelled else set()
    assert player.playback.pending_change(is_open) == change


@pytest.mark.parametrize("paused", [True, False])
def test_between_utterances_pause_needs_no_fade(paused: bool) -> None:
    player = Player(utterance_slots(1, [numbered(10)]))
    player.lanes.paused = paused
    assert player.playback.pending_change(True) is None
    assert player.playback.paused == paused
    assert len(player.fill(256)) == (0 if paused else 10)


def test_pause_fades_out_and_resume_fades_in_the_same_samples() -> None:
    player = playing(1000)
    out = player.playback.fade("pause", player.block, 1000).copy()
    np.testing.assert_array_equal(out, numbered(FADE_SAMPLES, 101) * fade_out_gain(FADE_SAMPLES))
    assert len(player.fill(256)) == 0
    back = player.playback.fade("resume", player.block, 1000).copy()
    np.testing.assert_allclose(out + back, numbered(FADE_SAMPLES, 101), rtol=1e-6)
    np.testing.assert_array_equal(player.fill(256), numbered(256, 101 + FADE_SAMPLES))


@pytest.mark.parametrize(
    ("space", "left", "faded"),
    [
        pytest.param(1000, 900, FADE_SAMPLES, id="whole fade"),
        pytest.param(30, 900, 30, id="the device has little space"),
        pytest.param(0, 900, 0, id="the device is closed"),
        pytest.param(1000, 20, 20, id="the segment ends"),
    ],
)
@pytest.mark.parametrize("change", ["pause", "cancel"])
def test_length_of_a_fade(change: Change, space: int, left: int, faded: int) -> None:
    player = playing(100 + left, 500)
    out = player.playback.fade(change, player.block, space)
    np.testing.assert_array_equal(out, numbered(faded, 101) * fade_out_gain(faded))


def test_what_was_not_heard_yet_is_not_faded() -> None:
    player = Player([begin(1), pcm(1, numbered(256))])
    player.slots.arrived = 1
    player.fill(256)
    player.slots.arrived = 1
    assert len(player.playback.fade("cancel", player.block, 1000)) == 0


def test_cancel_drops_the_utterance_and_ends_it() -> None:
    player = Player(utterance_slots(1, [numbered(1000)]) + utterance_slots(2, [numbered(10)]))
    player.fill(100)
    player.lanes.cancelled.add(1)
    assert len(player.fill(256)) == 0, "the fade comes first"
    assert player.playback.pending_change(True) == "cancel"
    assert len(player.playback.fade("cancel", player.block, 1000)) == FADE_SAMPLES
    player.playback.end_cancelled()
    (cancelled,) = player.of(Cancelled)
    assert isinstance(cancelled, Cancelled)
    assert cancelled.current.samples == 100 + FADE_SAMPLES
    assert {slot.words[s.UTTERANCE] for slot in player.slots.waiting} == {2}
    np.testing.assert_array_equal(player.fill(256), numbered(10))


def test_cancelled_while_paused_nothing_more_is_heard() -> None:
    player = playing(1000)
    player.playback.fade("pause", player.block, 1000)
    player.lanes.cancelled.add(1)
    assert len(player.playback.fade("cancel", player.block, 1000)) == 0


def test_the_next_utterance_waits_until_the_cancelled_one_has_ended() -> None:
    """The stages before the output may have dropped the cancelled utterance already, and sent the next one."""
    player = Player(utterance_slots(1, [numbered(1000)]) + utterance_slots(2, [numbered(10)]))
    player.slots.arrived = 2
    player.fill(256)
    player.slots.remove(1)
    player.slots.arrived = len(player.slots.waiting)
    player.lanes.cancelled.add(1)
    assert len(player.fill(256)) == 0
    assert player.playback.pending_change(True) == "cancel"


def test_slots_of_an_utterance_cancelled_before_it_began_are_dropped() -> None:
    player = Player(utterance_slots(1, [numbered(1000)]) + utterance_slots(2, [numbered(10)]))
    player.lanes.cancelled.add(1)
    assert player.playback.next_slot() is player.slots.waiting[0]
    assert player.slots.waiting[0].words[s.UTTERANCE] == 2
    np.testing.assert_array_equal(player.fill(256), numbered(10))
    assert not player.of(Cancelled)


def test_a_sentence_that_has_not_begun_is_skipped_whole() -> None:
    player = Player(utterance_slots(1, [numbered(1000), numbered(1000, 1001), numbered(10, 2001)]))
    player.lanes.sentences[1] = 2
    np.testing.assert_array_equal(player.fill(256), numbered(10, 2001))
    (finished,) = player.of(Finished)
    assert isinstance(finished, Finished)
    assert (finished.current.samples, finished.current.skipped_samples) == (2010, 2000)


@pytest.mark.parametrize("size", [256, 100, 1])
def test_skip_fades_out_the_sentence_that_is_heard(size: int) -> None:
    """Over as many blocks and slots as the fade needs; sentences that are not heard yet need none."""
    player = playing(1000, 1000, 50)
    player.lanes.sentences[1] = 2
    heard = np.concatenate([player.fill(size) for _ in range(300)])
    np.testing.assert_array_equal(heard[:FADE_SAMPLES], numbered(FADE_SAMPLES, 101) * fade_out_gain(FADE_SAMPLES))
    np.testing.assert_array_equal(heard[FADE_SAMPLES:], numbered(50, 2001))
    (finished,) = player.of(Finished)
    assert isinstance(finished, Finished)
    assert finished.current.samples - finished.current.skipped_samples == 100 + FADE_SAMPLES + 50


@pytest.mark.parametrize("change", ["pause", "cancel"])
def test_a_change_while_a_skipped_sentence_fades_out(change: Change) -> None:
    """What is left of the skip's fade is faded once more, and the sentence is not heard again."""
    player = playing(1000, 1000)
    player.lanes.sentences[1] = 1
    assert len(player.fill(100)) == 100
    left = FADE_SAMPLES - 100
    out = player.playback.fade(change, player.block, 1000)
    expected = numbered(left, 201) * fade_out_gain(FADE_SAMPLES)[100:] * fade_out_gain(left)
    np.testing.assert_array_equal(out, expected)
    current = player.playback.current
    assert current is not None
    assert (current.samples, current.skipped_samples) == (1000, 900 - FADE_SAMPLES)


@pytest.mark.parametrize(
    ("filled", "more_due", "paused", "cancelled", "spare", "size"),
    [
        pytest.param(64, True, False, False, 100, 64, id="late samples may come in time"),
        pytest.param(64, True, False, False, 0, 128, id="no time is left: underrun"),
        pytest.param(64, False, False, False, 100, 128, id="a pause in the text"),
        pytest.param(0, True, True, False, 100, 128, id="paused"),
        pytest.param(64, False, False, True, 0, 64, id="the fade follows"),
        pytest.param(128, True, False, True, 100, 128, id="full"),
    ],
)
def test_when_silence_is_written(
    filled: int, more_due: bool, paused: bool, cancelled: bool, spare: int, size: int
) -> None:
    player = playing(1000)
    assert player.playback.current is not None
    player.playback.current.more_due, player.playback.paused = more_due, paused
    player.lanes.cancelled = {1} if cancelled else set()
    assert player.playback.samples_to_write(128, filled, spare) == size


def test_silence_between_utterances() -> None:
    assert Player([]).playback.samples_to_write(128, 0, 100) == 128


@pytest.mark.parametrize("more_due", [True, False])
def test_the_segment_end_says_whether_more_is_due(more_due: bool) -> None:
    player = Player([begin(1), pcm(1, numbered(10)), segment_end(1, 0, 1, more_due)])
    player.fill(5)
    current = player.playback.current
    assert current is not None
    assert current.more_due
    player.fill(256)
    assert current.more_due == more_due


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
    player.lanes.passed[1], player.lanes.samples[1] = Progress(0, 0, False), (200, 0)
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
    player.lanes.passed[1] = Progress(1, 300, True)
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
