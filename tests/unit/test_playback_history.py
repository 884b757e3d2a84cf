"""What was given to the device and not heard is the end of all that was given, however it was cut."""

import os
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import playback_history
from steadyvoice.ipc.playback_history import PlaybackHistory

RATE, NOW = 48000, 10**12


@pytest.fixture(scope="module")
def fd() -> Iterator[int]:
    fd = playback_history.create()
    yield fd
    os.close(fd)


@given(st.lists(st.integers(1, 4096), max_size=20), st.integers(-1000, 20_000))
def test_the_end_is_what_was_not_heard(sizes: list[int], left: int) -> None:
    fd = playback_history.create()
    writer, reader = PlaybackHistory(fd), PlaybackHistory(fd)
    given_samples = array("f")
    for size in sizes:
        block = array("f", range(len(given_samples), len(given_samples) + size))
        given_samples += block
        writer.write(memoryview(block), NOW + left * 10**9 // RATE, 3, 7)
    unheard = array("f", reader.unheard(RATE, NOW))
    wanted = min(max(0, left - 1), playback_history.SAMPLES, len(given_samples))
    assert len(unheard) - wanted in (0, 1), "a nanosecond is rounded"
    assert unheard == given_samples[len(given_samples) - len(unheard) :]
    assert (reader.lane, reader.utterance) == ((3, 7) if sizes else (0, 0))
    os.close(fd)


def test_a_new_tape_is_empty(fd: int) -> None:
    assert PlaybackHistory(fd).unheard(RATE) == b""
