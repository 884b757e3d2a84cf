"""Where an utterance goes on, where several stages have died one after the other."""

import os

import pytest

from steadyvoice.daemon.scheduling.recovery import restart_point
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc import shared_state
from steadyvoice.ipc.messages import Event
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import RestartPoint, SegmentStart, UtteranceSpec

GENERATOR, VOCODER, CONVERTER = range(3)
PARTS = [SegmentStart(1, n, 10 * n, 10 * n + 10, False, n, 100 * n) for n in range(9)]


class Nobody:
    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None: ...
    def holds_back(self, resume: object) -> bool:
        return False


@pytest.fixture
def a_board() -> SharedState:
    fd = shared_state.create()
    made = SharedState(fd)
    os.close(fd)
    return made


@pytest.fixture
def told() -> Utterance:
    """One of nine parts, on its lane."""
    spec = UtteranceSpec("hibari", "heart", 1.0, 1.0, "pcm", voice_rate=24000, sink_rate=24000, sink_format="f32")
    utterance = Utterance(1, Nobody(), spec, 0)
    utterance.add_text("one two. \n" * 9)
    utterance.lane, utterance.slots_sent = 0, 1
    for part in PARTS:
        utterance.add_segment(part)
    return utterance


def test_what_was_handed_on_is_known_while_parts_before_it_are_made_anew(told: Utterance, a_board: SharedState) -> None:
    """The converter dies in part 3; the vocoder has made 3 to 6 anew when it dies; before its successor is ready the
    generator makes 3 and 4 once more, and the converter gets its part 3; then that successor dies too."""
    told.replay_from(RestartPoint(CONVERTER, 3, 300, 300, at=30, end=40))
    for part in PARTS[3:5]:
        told.add_segment(part)
    told.slots_sent = 1
    a_board.publish_progress(GENERATOR, 0, 1, 4, 400)
    a_board.publish_progress(VOCODER, 0, 1, 7, 700)
    a_board.publish_progress(CONVERTER, 0, 1, 4, 400)
    place = restart_point(told, a_board, "vocoder")
    assert place is not None
    assert (place.stage, place.part, place.at, place.frames) == (VOCODER, 7, 70, 700)


def test_what_was_to_be_made_anew_is_still_owed_where_its_maker_dies(told: Utterance, a_board: SharedState) -> None:
    """The generator has made all when the vocoder dies in part 8, and dies before it has begun with that part again."""
    a_board.publish_progress(GENERATOR, 0, 1, 9, 900, over=True)
    a_board.publish_progress(VOCODER, 0, 1, 8, 800)
    place = restart_point(told, a_board, "vocoder")
    assert place is not None
    told.replay_from(place)
    told.slots_sent = 1
    again = restart_point(told, a_board, "generator")
    assert again is not None
    assert (again.stage, again.part, again.at) == (place.stage, place.part, place.at) == (VOCODER, 8, 80)


def test_nothing_is_owed_of_what_was_handed_on_to_its_end(told: Utterance, a_board: SharedState) -> None:
    for stage in (GENERATOR, VOCODER):
        a_board.publish_progress(stage, 0, 1, 9, 900, over=True)
    assert restart_point(told, a_board, "generator") is None
    told.replay_from(RestartPoint(VOCODER, 8, 800, 800, at=80, end=90))
    assert restart_point(told, a_board, "generator") is None


def test_a_part_that_is_another_one_now_ends_what_was_known(told: Utterance) -> None:
    """As of a text that was still being written."""
    other = SegmentStart(1, 4, 40, 60, False, 4, 400)
    told.add_segment(other)
    assert told.segments == [*PARTS[:4], other]
