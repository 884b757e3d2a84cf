"""PcmWriter: samples into the slots of a ring, in both formats."""

import os
import socket
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from steadyvoice.ipc import ring, sample_history, shared_state, stage_metrics
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.ipc.stage_start import Assignment, Link, Links, StageSettings
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.pcm_writer import PcmWriter

SETTINGS = StageSettings([], [], "", 128, 10.0, 5.0, 2.0, 0.4, [0], 0)
BYTES = 512
TYPES: dict[str, np.dtype[np.float32] | np.dtype[np.int16]] = {"f32": np.dtype("<f4"), "s16": np.dtype("<i2")}
formats = pytest.mark.parametrize("sample", TYPES)

Samples = NDArray[np.float32]


@pytest.fixture
def context() -> Iterator[Context]:
    """The context of a converter stage."""
    notifier = SemaphoreNotifier()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    fds = [
        shared_state.create(),
        sample_history.create("playback"),
        sample_history.create("capture"),
        stage_metrics.create(),
        ring.create("source", 4, 64),
        ring.create("target", 32, BYTES),
    ]
    to = SemaphoreNotifier()
    channel = SupervisorChannel(theirs.detach())
    source, target = Link(1, 0, fds[4], to.fd), Link(3, 0, fds[5], to.fd)
    place = Assignment(
        "converter", 2, fds[0], fds[1], fds[2], fds[3], fds[2], notifier.fd, Links([source], [target]), SETTINGS
    )
    yield Context(place, channel)
    ours.close()
    channel._socket.close()
    for fd in fds:
        os.close(fd)


def written(context: Context, sample: Literal["f32", "s16"], *blocks: Samples) -> list[s.Slot]:
    """The slots that the blocks were written to."""
    [target], index = context.outputs.values(), 0
    pcm = PcmWriter(context, target, sample)
    for block in blocks:
        index = pcm.write(block, index, context.inputs[0].ring.slots[0], 1)
    assert index == sum(map(len, blocks))
    return target.slots[: target.head]


@formats
def test_slots_follow_each_other_and_are_full(context: Context, sample: Literal["f32", "s16"]) -> None:
    capacity = BYTES // TYPES[sample].itemsize
    sizes = (1, capacity, capacity + 1, 0, 3 * capacity - 1)
    slots = written(context, sample, *(np.zeros(size, np.float32) for size in sizes))
    assert [slot.words[s.COUNT] for slot in slots] == [1, capacity, capacity, 1, capacity, capacity, capacity - 1]
    ends = np.cumsum([slot.words[s.COUNT] for slot in slots]).tolist()
    assert [slot.words[s.INDEX] for slot in slots] == [0, *ends[:-1]]
    assert [slot.words[s.BYTES] for slot in slots] == [slot.words[s.COUNT] * TYPES[sample].itemsize for slot in slots]
    assert {slot.words[s.KIND] for slot in slots} == {s.PCM}


def test_floats_are_written_as_they_are(context: Context) -> None:
    made = np.linspace(-1.5, 1.5, 1000, dtype=np.float32)
    data = b"".join(slot.bytes() for slot in written(context, "f32", made[:7], made[7:]))
    np.testing.assert_array_equal(np.frombuffer(data, "<f4"), made)


def test_integers_are_rounded_and_clipped(context: Context) -> None:
    made = np.array([0, 0.4, -0.4, 0.6, -0.6, 32766.6, -32767, 32767, -32768, 40000, -1e9, np.inf, -np.inf], np.float32)
    before = made.copy()
    (slot,) = written(context, "s16", made / np.float32(32767))
    expected = [0, 0, 0, 1, -1, 32767, -32767, 32767, -32767, 32767, -32767, 32767, -32767]
    assert np.frombuffer(slot.bytes(), "<i2").tolist() == expected
    np.testing.assert_array_equal(made, before)
