"""The restart point of an utterance after several stages have died one after the other."""

import os

import msgspec
import pytest

from steadyvoice.daemon.scheduling.recovery import restart_point
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.topology import SHARED
from steadyvoice.ipc import shared_state
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.messages import Event
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import SegmentStart
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec

TOPOLOGY = SHARED.with_engine("hibari")
PATH = TOPOLOGY.path("hibari", "", to_device=False)
GENERATOR, VOCODER, CONVERTER = PATH
FIRST, SECOND, THIRD = range(3)
STAGES = TOPOLOGY.by_number
SEGMENTS = [SegmentStart(1, n, 10 * n, 10 * n + 10, False, n, 100 * n) for n in range(9)]


class SilentListener:
    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None: ...
    def has_backlog(self, on_sent: object) -> bool:
        return False


@pytest.fixture
def shared() -> SharedState:
    fd = shared_state.create()
    made = SharedState(fd)
    os.close(fd)
    return made


@pytest.fixture
def utterance() -> Utterance:
    """Nine segments, on lane 0; the generator has reported all of them."""
    spec = UtteranceSpec("hibari", "heart", 1.0, 1.0, "pcm", voice_rate=24000, sink_rate=24000, path=PATH)
    made = Utterance(1, SilentListener(), spec, 0)
    made.add_text("one two. \n" * 9)
    made.lane, made.text.sent = 0, 1
    for segment in SEGMENTS:
        made.timeline.add_segment(segment)
    return made


def test_segments_after_a_replayed_one_stay_known(utterance: Utterance, shared: SharedState) -> None:
    """The converter dies in segment 3. The vocoder has replayed segments 3 to 6 when it dies too. Before the new
    vocoder is ready, the generator has replayed segments 3 and 4 and the converter has received segment 3."""
    utterance.replay_from(RestartPoint(THIRD, 3, 300, 300, at=30, end=40))
    for segment in SEGMENTS[3:5]:
        utterance.timeline.add_segment(segment)
    utterance.text.sent = 1
    shared.publish_progress(GENERATOR, 0, 1, 4, 400)
    shared.publish_progress(VOCODER, 0, 1, 7, 700)
    shared.publish_progress(CONVERTER, 0, 1, 4, 400)
    restart = restart_point(utterance, shared, STAGES[VOCODER])
    assert restart is not None
    assert (restart.stage, restart.segment, restart.at, restart.frames) == (SECOND, 7, 70, 700)


def test_a_replay_is_repeated_if_the_generator_dies_before_it(utterance: Utterance, shared: SharedState) -> None:
    """The generator has generated everything when the vocoder dies in segment 8, and dies before it replays it."""
    shared.publish_progress(GENERATOR, 0, 1, 9, 900, finished=True)
    shared.publish_progress(VOCODER, 0, 1, 8, 800)
    first = restart_point(utterance, shared, STAGES[VOCODER])
    assert first is not None
    utterance.replay_from(first)
    utterance.text.sent = 1
    second = restart_point(utterance, shared, STAGES[GENERATOR])
    assert second is not None
    assert (second.stage, second.segment, second.at) == (first.stage, first.segment, first.at) == (SECOND, 8, 80)


def test_a_restart_knows_the_language_before(utterance: Utterance, shared: SharedState) -> None:
    utterance.timeline.add_segment(msgspec.structs.replace(SEGMENTS[7], foreign="es", unread="es"))
    utterance.timeline.add_segment(msgspec.structs.replace(SEGMENTS[8], foreign="fr"))
    shared.publish_progress(GENERATOR, 0, 1, 8, 800)
    restart = restart_point(utterance, shared, STAGES[GENERATOR])
    assert restart is not None
    assert (restart.segment, restart.foreign) == (8, "es")
    assert utterance.timeline.unread_languages == ["es"]


def test_a_restart_knows_from_which_frames_segments_were_batched(utterance: Utterance, shared: SharedState) -> None:
    for number, frame in ((2, 1), (3, 12), (5, 7), (9, 1)):
        utterance.timeline.batch_segment(number, frame)
    shared.publish_progress(GENERATOR, 0, 1, 7, 700)
    shared.publish_progress(VOCODER, 0, 1, 3, 300)
    restart = restart_point(utterance, shared, STAGES[VOCODER])
    assert restart is not None
    assert restart.batched == [12, -1, 7, -1, -1, -1]
    utterance.timeline.add_segment(msgspec.structs.replace(SEGMENTS[3], batched=12))
    assert len(utterance.timeline.segments) == len(SEGMENTS), "the replayed segment is the same"


def test_a_restart_knows_the_chunks_of_its_segment(utterance: Utterance, shared: SharedState) -> None:
    chunks = [(3, 0, 12), (3, 1, 25), (3, 0, 12), (4, 0, 12), (4, 1, 50), (4, 1, 25)]
    for chunk in chunks:
        utterance.timeline.add_chunk(*chunk)
    shared.publish_progress(GENERATOR, 0, 1, 7, 700)
    for segment, sizes in ((3, [12, 25]), (4, [12, 25]), (5, [])):
        shared.publish_progress(VOCODER, 0, 1, segment, 0)
        restart = restart_point(utterance, shared, STAGES[VOCODER])
        assert restart is not None
        assert (restart.segment, restart.chunks) == (segment, sizes)
    utterance.timeline.add_segment(msgspec.structs.replace(SEGMENTS[4], at=1))
    assert list(utterance.timeline.chunks) == [3], "those of segments that have another text are forgotten"


def test_nothing_restarts_after_the_end_was_committed(utterance: Utterance, shared: SharedState) -> None:
    for stage in (GENERATOR, VOCODER):
        shared.publish_progress(stage, 0, 1, 9, 900, finished=True)
    assert restart_point(utterance, shared, STAGES[GENERATOR]) is None
    utterance.replay_from(RestartPoint(SECOND, 8, 800, 800, at=80, end=90))
    assert restart_point(utterance, shared, STAGES[GENERATOR]) is None


def test_a_segment_that_differs_invalidates_later_ones(utterance: Utterance) -> None:
    """A segment differs if its text was still incomplete when it was generated first."""
    other = SegmentStart(1, 4, 40, 60, False, 4, 400)
    utterance.timeline.add_segment(other)
    assert utterance.timeline.segments == [*SEGMENTS[:4], other]


def test_a_segment_that_was_never_reported_fails_the_utterance(utterance: Utterance, shared: SharedState) -> None:
    shared.publish_progress(GENERATOR, 0, 1, 9, 900)
    shared.publish_progress(VOCODER, 0, 1, 12, 0)
    with pytest.raises(UtteranceFailed, match="segment 12 is not known"):
        restart_point(utterance, shared, STAGES[VOCODER])
