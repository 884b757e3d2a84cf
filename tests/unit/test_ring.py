"""The ring against a deque, between two processes, and what it refuses."""

import fcntl
import os
import struct
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from steadyvoice.ipc import doorbell, ring, segment
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.doorbell import EventBell, SemaphoreBell
from steadyvoice.ipc.ring import Consumer, Producer, Ring

HEADER = 4 * 128  # what lies before the slots
KINDS = st.sampled_from([s.BEGIN, s.TEXT, s.FRAMES, s.PCM, s.SEGMENT, s.END])
WORD = st.integers(0, (1 << 64) - 1)


@pytest.fixture
def fd() -> Iterator[int]:
    fd = ring.create("test", 4, 100)
    yield fd
    os.close(fd)


class RingAgainstDeque(RuleBasedStateMachine):
    """Every end may be replaced at any time: its successor has nothing but the descriptor."""

    @initialize(power=st.integers(0, 4), payload=st.integers(0, 700))
    def start(self, power: int, payload: int) -> None:
        self.fd = ring.create("test", 1 << power, payload)
        self.filled, self.taken = EventBell(), EventBell()
        self.size, self.wanted = 1 << power, payload
        self.model: deque[tuple[int, int, bytes]] = deque()
        self.head = self.tail = self.position = 0
        self.producer = Producer(self.fd, self.filled)
        self.consumer = Consumer(self.fd, self.taken)

    def room(self) -> bool:
        return len(self.model) < self.size

    @precondition(room)
    @rule(kind=KINDS, index=WORD, data=st.data())
    def write(self, kind: int, index: int, data: st.DataObject) -> None:
        payload = data.draw(st.binary(max_size=self.producer.capacity))
        slot = self.producer.reserve()
        assert slot is not None
        assert self.producer.reserve() is slot
        slot.words[s.KIND], slot.words[s.INDEX] = kind, index
        slot.put(payload)
        assert not self.filled.clear()
        self.producer.publish()
        assert self.filled.clear()
        self.model.append((kind, index, payload))
        self.head += 1

    @precondition(room)
    @rule(data=st.data())
    def die_writing(self, data: st.DataObject) -> None:
        """What was reserved and written, and never published, is nowhere."""
        slot = self.producer.reserve()
        assert slot is not None
        slot.words[s.KIND] = s.END
        slot.put(data.draw(st.binary(max_size=self.producer.capacity)))
        self.producer = Producer(self.fd, self.filled)

    @precondition(lambda self: self.model)
    @rule(position=WORD)
    def read(self, position: int) -> None:
        slot = self.consumer.peek()
        assert slot is not None
        assert self.consumer.peek() is slot
        assert (slot.words[s.KIND], slot.words[s.INDEX], slot.bytes()) == self.model.popleft()
        assert slot.words[s.SEQ] == self.tail + 1
        assert slot.words[s.GENERATION] == 1
        assert not self.taken.clear()
        self.consumer.release(position)
        assert self.taken.clear()
        self.tail += 1
        self.position = position

    @rule()
    def replace_consumer(self) -> None:
        self.consumer.peek()
        self.consumer = Consumer(self.fd, self.taken)

    @rule()
    def replace_producer(self) -> None:
        self.producer = Producer(self.fd, self.filled)

    @rule()
    def pass_the_descriptor_on(self) -> None:
        fd = os.dup(self.fd)
        os.close(self.fd)
        self.fd = fd

    @precondition(lambda self: not self.room())
    @rule()
    def full(self) -> None:
        assert self.producer.reserve() is None

    @precondition(lambda self: not self.model)
    @rule()
    def empty(self) -> None:
        assert self.consumer.peek() is None

    @invariant()
    def counters(self) -> None:
        for end in (self.producer, self.consumer, Ring(self.fd)):
            assert (end.head, end.tail, end.fill) == (self.head, self.tail, len(self.model))
            assert end.position == self.position
            assert end.size == len(end.slots) == self.size
            assert end.capacity >= self.wanted
            assert not end.closing

    def teardown(self) -> None:
        os.close(self.fd)


RingAgainstDeque.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_ring_against_deque = RingAgainstDeque.TestCase


BLOCKS = 20_000
PRODUCER = """
import sys
from random import Random
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.doorbell import SemaphoreBell
from steadyvoice.ipc.ring import Producer

fd, blocks, filled, room = int(sys.argv[1]), int(sys.argv[2]), *map(SemaphoreBell, sys.argv[3:])
producer, random = Producer(fd, filled), Random(1)
for i in range(blocks):
    data = random.randbytes(random.randrange(producer.capacity + 1))
    while (slot := producer.reserve()) is None:
        if not room.wait(60):
            sys.exit("a wake-up was lost")
    slot.words[s.INDEX] = i
    slot.put(data)
    producer.publish()
"""


def test_two_processes() -> None:
    """Nothing lost, torn or doubled, and no wake-up lost: each wait is longer than the test may run."""
    names = [f"/steadyvoice-test-{uuid.uuid4().hex}" for _ in range(2)]
    fd = ring.create("test", 8, 1024)
    try:
        filled, room = (SemaphoreBell(name, create=True) for name in names)
        command = [sys.executable, "-c", PRODUCER, str(fd), str(BLOCKS), *names]
        with subprocess.Popen(command, pass_fds=[fd]) as child:
            consumer, random = Consumer(fd, room), Random(1)
            for i in range(BLOCKS):
                while (slot := consumer.peek()) is None:
                    assert filled.wait(60), f"a wake-up was lost at block {i}"
                assert slot.words[s.INDEX] == i
                assert slot.bytes() == random.randbytes(random.randrange(consumer.capacity + 1))
                consumer.release(i)
        assert child.returncode == 0
        assert consumer.peek() is None
        assert (consumer.head, consumer.tail, consumer.position) == (BLOCKS, BLOCKS, BLOCKS - 1)
        filled.close()
        room.close()
    finally:
        os.close(fd)
        for name in names:
            doorbell.unlink(name)


@pytest.mark.parametrize("slots", [-4, -1, 0, 3, 6, 12, 1023])
def test_slots_must_be_a_power_of_two(slots: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        ring.create("test", slots, 100)


@given(payload=st.integers(0, 5000), slots=st.sampled_from([1, 2, 8]))
def test_slots_do_not_overlap(payload: int, slots: int) -> None:
    fd = ring.create("test", slots, payload)
    try:
        view = Ring(fd)
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


def test_more_than_fits_is_refused_and_writes_nothing(fd: int) -> None:
    slot = Producer(fd, EventBell()).reserve()
    assert slot is not None
    slot.put(b"kept")
    with pytest.raises(ValueError, match="different"):
        slot.put(bytes(len(slot.payload) + 1))
    assert slot.bytes() == b"kept"


def test_the_mapping_outlives_the_descriptor() -> None:
    fd = ring.create("test", 2, 64)
    bell = EventBell()
    producer, consumer = Producer(fd, bell), Consumer(fd, None)
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
    producer, consumer = Producer(fd, EventBell()), Consumer(fd, None)
    slot = producer.reserve()
    assert slot is not None
    producer.publish()
    slot.words[s.SEQ] = 7
    with pytest.raises(ValueError, match="torn slot: sequence 7 at position 1"):
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


def test_memory_that_is_not_to_be_had_leaves_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="Invalid argument"):
        segment.create("test", -1)
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
        pytest.param(header(version=2) + bytes(1024), id="another version"),
        pytest.param(b"", id="empty"),
        pytest.param(bytes(8), id="a word"),
        pytest.param(header()[:-8], id="short header"),
        pytest.param(b"RIFF", id="half a word"),
        pytest.param(header()[:-1], id="cut word"),
        pytest.param(header() + bytes(512), id="a slot short"),
    ],
)
def test_what_is_no_ring_is_refused(content: bytes) -> None:
    fd = memfd(content)
    try:
        with pytest.raises(ValueError):  # noqa: PT011 - mmap has its own words for an empty file
            Ring(fd)
    finally:
        os.close(fd)


def test_refusal_names_the_versions() -> None:
    fd = memfd(header(version=2) + bytes(1024))
    with pytest.raises(ValueError, match="ring version 2, this program speaks version 1"):
        Consumer(fd, None)
    os.close(fd)
