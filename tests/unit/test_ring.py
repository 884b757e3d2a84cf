"""The ring between two processes: behaviour, memory layout, and rejected input."""

import fcntl
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc import ring, shm
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import RingUnusable
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Consumer, Producer, Ring

HEADER = 12 * 128  # bytes before the slots


@pytest.fixture
def fd() -> Iterator[int]:
    fd = ring.create("test", 4, 100)
    yield fd
    os.close(fd)


BLOCKS = 20_000
PRODUCER = """
import sys
from random import Random
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.ring import Producer

fd, blocks, *notifiers = map(int, sys.argv[1:])
filled, freed = map(SemaphoreNotifier, notifiers)
producer, random = Producer(fd, filled), Random(1)
for i in range(blocks):
    data = random.randbytes(random.randrange(producer.capacity + 1))
    while (slot := producer.reserve()) is None:
        if not freed.wait(60):
            sys.exit("a wake-up was lost")
    slot.words[s.INDEX] = i
    slot.put(data)
    producer.publish()
"""


def test_two_processes() -> None:
    """No block is lost, torn or repeated, and no wake-up lost: each wait is longer than the test may run."""
    fd, filled, freed = ring.create("test", 8, 1024), SemaphoreNotifier(), SemaphoreNotifier()
    try:
        command = [sys.executable, "-c", PRODUCER, *map(str, (fd, BLOCKS, filled.fd, freed.fd))]
        with subprocess.Popen(command, pass_fds=[fd, filled.fd, freed.fd]) as child:
            consumer, random = Consumer(fd, freed), Random(1)
            for i in range(BLOCKS):
                while (slot := consumer.peek()) is None:
                    assert filled.wait(60), f"a wake-up was lost at block {i}"
                assert slot.words[s.INDEX] == i
                assert slot.bytes() == random.randbytes(random.randrange(consumer.capacity + 1))
                consumer.release(i)
        assert child.returncode == 0
        assert consumer.peek() is None
        assert (consumer.head, consumer.tail, consumer.position) == (BLOCKS, BLOCKS, BLOCKS - 1)
    finally:
        os.close(fd)


def words_that_change(fd: int, act: Callable[[], object]) -> dict[int, int]:
    """Words before the slots that ``act`` changes: offset in bytes and value."""
    words = shm.attach(fd)[:HEADER].cast("Q")
    before = words.tolist()
    act()
    return {8 * at: now for at, (old, now) in enumerate(zip(before, words.tolist(), strict=True)) if now != old}


def test_each_word_has_its_writer(fd: int) -> None:
    """The offsets of docs/ring.md; the two sides never write to one cache line."""
    maker, producer, consumer = Ring(fd), Producer(fd, EventNotifier()), Consumer(fd, None)
    head, tail, position, begun = 256, 384, 392, 400
    assert words_that_change(fd, producer.reserve) == {}
    assert words_that_change(fd, producer.publish) == {head: 1}
    assert words_that_change(fd, consumer.peek) == {begun: 1}
    assert words_that_change(fd, lambda: consumer.release(77)) == {tail: 1, position: 77}
    assert words_that_change(fd, maker.fence_producer) == {128: 1, head + 8: 1}
    assert words_that_change(fd, maker.fence_consumer) == {144: 1, tail + 128: 1, position + 128: 77, begun + 128: 1}
    given_up = words_that_change(fd, lambda: maker.fence_producer(may_return=True))
    assert given_up == {128: 2, head + 16: 1, 11 * 128: (1 << 32) + 2}, (
        "the stopped generation, and the slot's number plus one"
    )
    assert words_that_change(fd, maker.close) == {136: 1}
    assert shm.attach(fd)[: 5 * 8].cast("Q").tolist() == [ring.MAGIC, 2, 4, 384, 1]


def test_reading_and_writing(fd: int) -> None:
    producer, consumer, maker = Producer(fd, EventNotifier()), Consumer(fd, None), Ring(fd)
    assert consumer.peek() is None
    for index in range(maker.size):
        slot = producer.reserve()
        assert slot is not None
        assert producer.reserve() is slot, "until it is published"
        slot.words[s.INDEX] = index
        producer.publish()
    assert producer.reserve() is None
    assert (maker.head, maker.tail, maker.fill) == (4, 0, 4)
    for index in range(maker.size):
        slot = consumer.peek()
        assert slot is not None
        assert consumer.peek() is slot, "until it is released"
        assert (slot.words[s.INDEX], slot.words[s.SEQ]) == (index, index + 1)
        consumer.release(10 * index)
        assert producer.reserve()
    assert consumer.peek() is None
    assert (maker.head, maker.tail, maker.fill, maker.position) == (4, 4, 0, 30)


@pytest.mark.parametrize("slots", [-4, -1, 0, 3, 6, 12, 1023])
def test_slots_must_be_a_power_of_two(slots: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        ring.create("test", slots, 100)


@given(payload=st.integers(0, 5000), slots=st.sampled_from([1, 2, 8]))
def test_slots_do_not_overlap(payload: int, slots: int) -> None:
    fd = ring.create("test", slots, payload)
    try:
        view = Consumer(fd, None)
        for i, slot in enumerate(view.slots):
            slot.payload[:] = bytes([i + 1]) * len(slot.payload)
            slot.words[:] = memoryview(struct.pack("<32Q", *[i] * 32)).cast("Q")
        for i, slot in enumerate(view.slots):
            assert slot.index == i
            assert slot.payload.tobytes() == bytes([i + 1]) * view.capacity
            assert slot.words.tolist() == [i] * 32
        assert (view.head, view.tail, view.size) == (0, 0, slots)
        assert payload <= view.capacity < payload + 128
    finally:
        os.close(fd)


def test_a_payload_that_does_not_fit_is_refused_and_writes_nothing(fd: int) -> None:
    slot = Producer(fd, EventNotifier()).reserve()
    assert slot is not None
    slot.put(b"kept")
    with pytest.raises(ValueError, match="different"):
        slot.put(bytes(len(slot.payload) + 1))
    assert slot.bytes() == b"kept"


def test_the_mapping_outlives_the_descriptor() -> None:
    fd = ring.create("test", 2, 64)
    notifier = EventNotifier()
    producer, consumer = Producer(fd, notifier), Consumer(fd, None)
    os.close(fd)
    slot = producer.reserve()
    assert slot is not None
    slot.put(b"still here")
    producer.publish()
    read = consumer.peek()
    assert read is not None
    assert read.bytes() == b"still here"


def test_closing_is_seen_by_all(fd: int) -> None:
    maker, other = Ring(fd), Consumer(fd, None)
    maker.close()
    assert other.closing
    assert Ring(fd).closing


def test_torn_slot_is_refused(fd: int) -> None:
    producer, consumer = Producer(fd, EventNotifier()), Consumer(fd, None)
    slot = producer.reserve()
    assert slot is not None
    producer.publish()
    slot.words[s.SEQ] = 7
    with pytest.raises(RingUnusable, match="torn slot: sequence 7 at position 1"):
        consumer.peek()


def test_descriptor_is_sealed(fd: int) -> None:
    size = os.fstat(fd).st_size
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(PermissionError):
            os.ftruncate(fd, wrong)
    with pytest.raises(PermissionError):
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    assert os.fstat(fd).st_size == size
    assert not os.get_inheritable(fd)


def test_a_lack_of_memory_leaves_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="Invalid argument"):
        shm.create("test", -1)
    assert os.listdir("/proc/self/fd") == before


def memfd(content: bytes) -> int:
    fd = os.memfd_create("test")
    os.write(fd, content)
    return fd


def header(magic: int = ring.MAGIC, version: int = ring.VERSION, slots: int = 2, ready: int = 1) -> bytes:
    return struct.pack("<5Q", magic, version, slots, 512, ready).ljust(HEADER, b"\0")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(header(magic=ring.MAGIC + 1) + bytes(1024), id="another magic"),
        pytest.param(header(magic=0) + bytes(1024), id="zeros"),
        pytest.param(header(ready=0) + bytes(1024), id="not ready"),
        pytest.param(header(version=1) + bytes(1024), id="another version"),
        pytest.param(b"", id="empty"),
        pytest.param(bytes(8), id="a word"),
        pytest.param(header()[:-8], id="short header"),
        pytest.param(b"RIFF", id="half a word"),
        pytest.param(header()[:-1], id="cut word"),
        pytest.param(header() + bytes(512), id="a slot short"),
    ],
)
def test_other_content_is_refused(content: bytes) -> None:
    fd = memfd(content)
    try:
        with pytest.raises(RingUnusable):
            Ring(fd)
    finally:
        os.close(fd)


def test_refusal_names_the_versions() -> None:
    fd = memfd(header(version=1) + bytes(1024))
    with pytest.raises(RingUnusable, match="ring version 1, this program speaks version 2"):
        Consumer(fd, None)
    os.close(fd)
