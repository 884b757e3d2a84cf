"""Each decision of the output stage (workers/playback/playback.py), one by one."""

import numpy as np
import pytest
from support.playback import Player, begin, numbered, pcm, playing, segment_end, utterance_slots

from steadyvoice.ipc import slot as s
from steadyvoice.workers.playback.fade import FADE_SAMPLES, fade_out_gain
from steadyvoice.workers.playback.playback import Begun, BlockStarted, Cancelled, Change, Finished, SegmentDone


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
