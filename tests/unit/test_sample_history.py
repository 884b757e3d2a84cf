"""The history of a stream: any part of what is still there can be read, and its clock says what was played."""

import os
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import sample_history
from steadyvoice.ipc.sample_history import SAMPLES, PlaybackHistory, SampleHistory
from steadyvoice.ipc.stage_protocol import SINK_RATE

NOW = 10**12
READABLE = SAMPLES - 4096
sizes_of_writes = st.lists(st.integers(1, 4096), max_size=40)


@pytest.fixture(scope="module")
def fd() -> Iterator[int]:
    fd = sample_history.create("history")
    yield fd
    os.close(fd)


@given(sizes_of_writes, st.integers(-1000, 20_000))
def test_the_end_is_what_was_not_heard(sizes: list[int], left: int) -> None:
    fd = sample_history.create("history")
    writer, reader = PlaybackHistory(fd), PlaybackHistory(fd)
    given_samples = array("f")
    for size in sizes:
        block = array("f", range(len(given_samples), len(given_samples) + size))
        given_samples += block
        writer.record(memoryview(block), NOW + left * 10**9 // SINK_RATE, 3, 7)
    unheard = array("f", reader.unheard(NOW))
    wanted = min(max(0, left - 1), READABLE, len(given_samples))
    assert len(unheard) - wanted in (0, 1), "a nanosecond is rounded"
    assert unheard == given_samples[len(given_samples) - len(unheard) :]
    assert (reader.lane, reader.utterance) == ((3, 7) if sizes else (0, 0))
    os.close(fd)


@given(sizes_of_writes, st.integers(-10, 90_000), st.integers(0, 5000))
def test_any_part_that_is_still_there_can_be_read(sizes: list[int], start: int, count: int) -> None:
    fd = sample_history.create("history")
    history = SampleHistory(fd)
    written = array("f")
    for size in sizes:
        block = array("f", range(len(written), len(written) + size))
        written += block
        history.write(memoryview(block), NOW)
    is_there = start >= 0 and start + count <= len(written) and len(written) - start <= READABLE
    part = history.read(start, count)
    assert part == (written[start : start + count].tobytes() if is_there else None)
    os.close(fd)


def test_a_position_moves_with_time_up_to_what_was_written(fd: int) -> None:
    history = SampleHistory(fd)
    history.write(memoryview(array("f", [0.0] * 480)), NOW)
    before = history.written
    assert history.position(NOW) == before
    assert history.position(NOW + 10**9) == before
    assert history.position(NOW - 5_000_000) == before - 240


def test_a_new_history_is_empty() -> None:
    fd = sample_history.create("history")
    assert PlaybackHistory(fd).unheard() == b""
    assert SampleHistory(fd).position(NOW) == 0
    os.close(fd)
