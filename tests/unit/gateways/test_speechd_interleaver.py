"""Samples and marks in one stream, for a server that plays them itself."""

import pytest

from steadyvoice.gateways.speechd.protocol import audio_events, index_mark
from steadyvoice.gateways.speechd.server_audio import HOLD_S, Interleaver

RATE = 1000


def samples(first: int, count: int) -> bytes:
    return b"".join(number.to_bytes(2, "little") for number in range(first, first + count))


def audio(first: int, count: int) -> bytes:
    return audio_events(samples(first, count), RATE)


def test_the_first_block_is_due_at_once_and_the_next_ones_later() -> None:
    stream = Interleaver(RATE)
    stream.add_block(samples(0, 10), 5.0)
    stream.add_block(samples(10, 10), 5.0)
    assert stream.due(5.0, ended=False) == audio(0, 10)
    assert stream.wake_at == 5.0 + HOLD_S
    assert stream.due(5.0, ended=False) == b""
    assert stream.due(5.0 + HOLD_S, ended=False) == audio(10, 10)
    assert stream.held == 0


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0.0, index_mark("m") + audio(0, 20)),
        (0.005, audio(0, 5) + index_mark("m") + audio(5, 15)),
        (0.020, audio(0, 20) + index_mark("m")),
        (9.0, audio(0, 20) + index_mark("m")),
    ],
)
def test_a_mark_is_at_its_sample(at: float, expected: bytes) -> None:
    stream = Interleaver(RATE)
    stream.add_block(samples(0, 20), 0.0)
    stream.add_mark(at, "m")
    assert stream.due(1.0, ended=True) == expected


def test_a_mark_of_audio_that_was_sent_comes_at_once() -> None:
    stream = Interleaver(RATE)
    stream.add_block(samples(0, 20), 0.0)
    assert stream.due(0.0, ended=False) == audio(0, 20)
    stream.add_mark(0.003, "late")
    assert stream.due(0.0, ended=False) == index_mark("late")


def test_several_marks_in_a_block_keep_their_order() -> None:
    stream = Interleaver(RATE)
    stream.add_block(samples(0, 10), 0.0)
    for at, name in ((0.002, "a"), (0.002, "b"), (0.007, "c")):
        stream.add_mark(at, name)
    expected = audio(0, 2) + index_mark("a") + index_mark("b") + audio(2, 5) + index_mark("c") + audio(7, 3)
    assert stream.due(0.0, ended=False) == expected


def test_at_the_end_nothing_is_held() -> None:
    stream = Interleaver(RATE)
    for number in range(3):
        stream.add_block(samples(10 * number, 10), 0.0)
    assert stream.due(0.0, ended=True) == audio(0, 10) + audio(10, 10) + audio(20, 10)


def test_while_pausing_nothing_follows_the_servers_own_mark() -> None:
    stream = Interleaver(RATE)
    stream.add_block(samples(0, 10), 0.0)
    for at, name in ((0.002, "a"), (0.004, "__spd_0"), (0.006, "b")):
        stream.add_mark(at, name)
    expected = audio(0, 2) + index_mark("a") + audio(2, 2) + index_mark("__spd_0")
    assert stream.due(0.0, ended=False, pausing=True) == expected
    assert stream.stopped
    assert stream.due(0.0, ended=True, pausing=True) == b""
