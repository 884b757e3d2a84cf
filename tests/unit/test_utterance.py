"""The text of an utterance, its heard characters and its timings."""

import codecs
import os
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.topology import SHARED
from steadyvoice.ipc import shared_state, slot
from steadyvoice.ipc.messages import Event, Finished, Reason
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer, Producer
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Ended, Word
from steadyvoice.ipc.utterance_spec import UtteranceSpec

SPEC = UtteranceSpec("hibari", "heart", 1.0, 1.0, "device", 24_000, 48_000)
RUNS = st.builds(str.__mul__, st.sampled_from("aé漢🎉"), st.integers(1000, 9000))
PIECES = st.lists(st.text("aé漢🎉\n") | RUNS | RUNS.map("a".__add__) | RUNS.map("é".__add__), max_size=5)


class UnusedListener:
    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        raise AssertionError

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        raise AssertionError


def utterance() -> Utterance:
    return Utterance(1, UnusedListener(), SPEC, 1_000_000, detach=False)


@pytest.fixture
def shared() -> Iterator[SharedState]:
    fd = shared_state.create()
    yield SharedState(fd)
    os.close(fd)


@given(PIECES)
def test_text_slots_decode_to_the_text(pieces: list[str]) -> None:
    """Decoded as the generator does; a slot may end inside a character."""
    spoken = utterance()
    for piece in pieces:
        spoken.add_text(piece)
    spoken.close_text()
    _, *texts, (end, nothing) = spoken.text.slots
    assert (end, nothing) == (slot.END, b"")
    assert {kind for kind, _ in texts} <= {slot.TEXT}
    [text] = [link for link in SHARED.with_engine("hibari").links if link.source is None]
    assert all(0 < len(data) <= text.payload_bytes for _, data in texts)
    decoder = codecs.getincrementaldecoder("utf-8")()
    decoded = [decoder.decode(data) for _, data in texts]
    assert "".join(decoded) + decoder.decode(b"", final=True) == "".join(pieces)
    assert spoken.chars == sum(map(len, pieces))


def test_empty_text_makes_no_slot() -> None:
    spoken = utterance()
    spoken.add_text("")
    assert len(spoken.text.slots) == 1
    assert spoken.chars == 0


def test_text_is_closed_once() -> None:
    spoken = utterance()
    spoken.add_text("a")
    assert not spoken.closed
    for _ in range(3):
        spoken.close_text()
        assert spoken.closed
    assert spoken.text.slots[1:] == [(slot.TEXT, b"a"), (slot.END, b"")]


def heard(spoken: Utterance, on: SharedState, samples: int, reason: Reason = "cancelled") -> Finished:
    on.set_consumed(3, 1, samples)
    return spoken.finished(reason, on, None, "")


@pytest.mark.parametrize(
    ("samples", "chars"),
    [(0, 0), (1, 0), (47_999, 0), (48_000, 10), (48_001, 10), (95_999, 10), (96_000, 30), (1 << 40, 30)],
)
def test_heard_chars_end_with_the_last_word_played_completely(shared: SharedState, samples: int, chars: int) -> None:
    spoken = utterance()
    spoken.lane = 3
    spoken.add_text("x" * 40)
    spoken.timeline.words += [Word(2, 10, 1_000, 48_000, 0)]
    spoken.timeline.words += [Word(12, 30, 50_000, 96_000, 0)]
    finished = heard(spoken, shared, samples)
    assert (finished.id, finished.reason, finished.heard_chars) == (1, "cancelled", chars)
    assert finished.duration_s == round(samples / 48_000, 4)
    assert heard(spoken, shared, samples, "error").heard_chars == chars
    assert heard(spoken, shared, samples, "done").heard_chars == 40


@given(
    steps=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 50)), max_size=20),
    samples=st.integers(0, 21_000),
)
def test_heard_chars_against_a_simple_count(steps: list[tuple[int, int]], samples: int) -> None:
    spoken, at, chars, wanted = utterance(), 0, 0, 0
    for more_samples, more_chars in steps:
        word = Word(chars, chars + more_chars, at, at + more_samples, 0)
        at, chars = word.ends, word.end
        spoken.timeline.words += [word]
        wanted = chars if at <= samples else wanted
    spoken.ended = Ended(1, samples, 0, [0] * 8, 0)
    assert spoken.finished("cancelled", None, None, "").heard_chars == wanted


def test_an_utterance_without_a_lane_was_not_heard(shared: SharedState) -> None:
    spoken = utterance()
    spoken.add_text("never spoken")
    for where in (None, shared):
        finished = spoken.finished("cancelled", where, None, "")
        assert (finished.heard_chars, finished.duration_s) == (0, 0)


def test_finished_has_the_error() -> None:
    finished = utterance().finished("error", None, "stage_failed", "why")
    assert (finished.reason, finished.code, finished.message) == ("error", "stage_failed", "why")


def test_the_reported_end_overrides_the_shared_position(shared: SharedState) -> None:
    spoken = utterance()
    spoken.lane = 3
    shared.set_consumed(3, spoken.id, 10)
    assert spoken.position(shared) == 10
    assert spoken.position(None) == 0
    spoken.ended = Ended(1, 20, 0, [0] * 8, 0)
    assert spoken.position(shared) == spoken.position(None) == 20


def test_a_client_has_heard_what_it_has_read(shared: SharedState) -> None:
    """And not what the converter has written to its ring."""
    spoken = utterance()
    ring = spoken.ring = ClientRing(SPEC, 2.0)
    spoken.ended = Ended(1, 4096, 0, [0] * 8, 0)
    producer, consumer = Producer(ring.fd, ring.filled), Consumer(ring.fd, ring.taken)
    for number in range(4):
        space = producer.reserve()
        assert space is not None
        space.words[slot.INDEX] = 1024 * number
        producer.publish()
    assert spoken.position(shared) == 0
    assert consumer.peek() is not None
    consumer.release(1024)
    assert spoken.position(shared) == 1024
    assert ring.taken.clear()
    os.close(ring.fd)


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 192_000])
@pytest.mark.parametrize(("sample", "size"), [("f32", 4), ("s16", 2)])
@pytest.mark.parametrize("ahead", [0.5, 2.0, 4.0])
def test_a_client_ring_holds_the_lookahead(rate: int, sample: str, size: int, ahead: float) -> None:
    """With the same number of slots at every rate, so that a slot of the vocoder fits into one slot."""
    ring = ClientRing(msgspec.structs.replace(SPEC, sink_rate=rate, sink_format=sample), ahead)
    assert ring.view.size * (ring.view.capacity // size) >= ahead * rate
    assert ring.view.size * ClientRing.SLOT_SAMPLES >= ahead * SPEC.voice_rate
    assert ring.view.capacity // size >= ClientRing.SLOT_SAMPLES * rate / SPEC.voice_rate
    assert isinstance(ring.filled, EventNotifier)
    assert ring.filled.fd != ring.taken.fd
    os.close(ring.fd)


def test_timings_are_milliseconds_since_the_request() -> None:
    spoken = utterance()  # requested at one millisecond
    stages = ["generator", "vocoder", "converter", "output"]
    spoken.timings.add(
        "first", stages, [1_500_000, 2_000_000, 2_100_000, 3_500_000, 0, 0, 4_000_000, 4_000_400], 5_000_000
    )
    spoken.timings.add("last", stages, [0, 0, 0, 0, 0, 0, 8_900_000, 9_000_000], 10_000_000)
    spoken.timings.add_device(15_000_000)
    assert spoken.finished("done", None, None, "").timings == {
        "first_audio": 4.0,
        "generator.first_began": 0.5,
        "generator.first": 1.0,
        "vocoder.first_began": 1.1,
        "vocoder.first": 2.5,
        "output.first_began": 3.0,
        "output.first": 3.0,
        "output.last_began": 7.9,
        "output.last": 8.0,
        "device.first": 14.0,
    }
