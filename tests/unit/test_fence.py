"""Fencing: the state that a replacement finds, and the effect of a fenced process that resumes."""

import contextlib
import os
from collections.abc import Iterator

import pytest

from steadyvoice.ipc import ring
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced, RingUnusable
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer, Producer, Ring
from steadyvoice.ipc.slot import Slot

NOTIFIER = EventNotifier()
SLOTS = 4


@pytest.fixture
def fd() -> Iterator[int]:
    fd = ring.create("test", SLOTS, 100)
    yield fd
    os.close(fd)


@pytest.fixture
def wide() -> Iterator[int]:
    """A ring with more slots than generations of stopped producers."""
    fd = ring.create("test", 64, 0)
    yield fd
    os.close(fd)


def reserve(producer: Producer) -> Slot:
    slot = producer.reserve()
    assert slot is not None
    return slot


def peek(consumer: Consumer) -> Slot:
    slot = consumer.peek()
    assert slot is not None
    return slot


def write(producer: Producer, *indices: int) -> None:
    for index in indices:
        reserve(producer).words[s.INDEX] = index
        producer.publish()


def read(consumer: Consumer, most: int = 1000) -> list[int]:
    indices: list[int] = []
    while len(indices) < most and (slot := consumer.peek()) is not None:
        indices.append(slot.words[s.INDEX])
        consumer.release(len(indices))
    return indices


def test_next_producer_continues_after_a_dead_one(fd: int) -> None:
    """Published blocks remain; the slot that was being written belongs to the replacement."""
    dead, consumer = Producer(fd, NOTIFIER), Consumer(fd, None)
    write(dead, 0, 1)
    half_written = reserve(dead).index
    Ring(fd).fence_producer()
    successor = Producer(fd, NOTIFIER)
    assert reserve(successor).index == half_written
    write(successor, 2, 3)
    assert read(consumer) == [0, 1, 2, 3]
    assert not Ring(fd).lost_slots()


def test_slot_of_a_stopped_producer_is_never_used_again(fd: int) -> None:
    maker, stopped, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(stopped, 0)
    slot = reserve(stopped)
    maker.fence_producer(may_return=True)
    assert maker.lost_slots() == {slot.index}
    successor = Producer(fd, NOTIFIER)
    for index in range(1, 50):
        assert reserve(successor).index != slot.index
        slot.words[:] = memoryview(bytes(range(256))).cast("Q")
        slot.payload[:] = b"x" * len(slot.payload)
        write(successor, index)
        assert read(consumer, 1) == [index - 1]


def test_late_block_of_a_stopped_producer_is_not_seen(fd: int) -> None:
    stopped, consumer = Producer(fd, NOTIFIER), Consumer(fd, None)
    write(stopped, 0)
    reserve(stopped).words[s.INDEX] = 666
    Ring(fd).fence_producer(may_return=True)
    successor = Producer(fd, NOTIFIER)
    stopped.publish()
    assert read(consumer) == [0]
    write(successor, 1)
    assert read(consumer) == [1]


def test_a_fenced_end_raises_fenced(fd: int) -> None:
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    maker.fence_producer()
    maker.fence_consumer()
    with pytest.raises(Fenced, match="another producer writes"):
        producer.reserve()
    with pytest.raises(Fenced, match="another consumer reads"):
        consumer.peek()
    with pytest.raises(Fenced, match="another consumer reads"):
        consumer.release()


def test_a_fenced_producer_raises_in_a_full_ring_too(fd: int) -> None:
    producer = Producer(fd, NOTIFIER)
    write(producer, *range(SLOTS))
    Ring(fd).fence_producer(may_return=True)
    with pytest.raises(Fenced):
        producer.reserve()


def test_an_end_that_is_created_after_its_fence_is_fenced(fd: int) -> None:
    """A process may be suspended before it opens its rings; it was started with its generation as an argument."""
    maker = Ring(fd)
    first = maker.generations
    maker.fence_producer(may_return=True)
    maker.fence_consumer()
    producer, consumer = Producer(fd, NOTIFIER, first[0]), Consumer(fd, None, first[1])
    with pytest.raises(Fenced):
        producer.reserve()
    with pytest.raises(Fenced):
        consumer.peek()
    successors = maker.generations
    assert Producer(fd, NOTIFIER, successors[0]).reserve()
    assert Consumer(fd, None, successors[1]).peek() is None


def test_a_full_ring_loses_no_slot(fd: int) -> None:
    """A producer without a free slot is not writing."""
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(producer, *range(SLOTS))
    for _ in range(100):
        maker.fence_producer(may_return=True)
    assert not maker.lost_slots()
    assert read(consumer) == list(range(SLOTS))


def test_a_ring_that_is_full_because_of_lost_slots_loses_no_more(fd: int) -> None:
    """Blocks behind lost slots are unread."""
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(producer, *range(SLOTS - 1))
    for _ in range(100):
        maker.fence_producer(may_return=True)
    assert maker.lost_slots() == {SLOTS - 1}
    assert Producer(fd, NOTIFIER).reserve() is None
    assert read(consumer) == list(range(SLOTS - 1))


@pytest.mark.parametrize("slots", [1, 2, 4, 16, 64])
def test_a_refused_fence_changes_nothing(slots: int) -> None:
    fd = ring.create("test", slots, 0)
    maker, stopped = Ring(fd), []
    for _ in range(min(slots, 16) - 1):
        stopped.append(Producer(fd, NOTIFIER))
        reserve(stopped[-1])
        maker.fence_producer(may_return=True)
    last, consumer = Producer(fd, NOTIFIER), Consumer(fd, None)
    with pytest.raises(RingUnusable, match="too many stopped producers"):
        maker.fence_producer(may_return=True)
    assert len(maker.lost_slots()) == len(stopped)
    for index in range(3 * slots):
        write(last, index)
        assert read(consumer) == [index]
    for producer in stopped:
        producer.publish()
    write(last, 666)
    assert read(consumer) == [666]
    os.close(fd)


@pytest.mark.parametrize("later", [1, 7, 8, 15, 16, 17, 32, 300])
def test_a_stopped_end_has_no_effect_after_any_number_of_replacements(wide: int, later: int) -> None:
    """Words of old generations are reused, except those of a process that may still write to them."""
    maker, producer, consumer = Ring(wide), Producer(wide, NOTIFIER), Consumer(wide, None)
    write(producer, *range(10))
    assert read(consumer, 3) == [0, 1, 2]
    reserve(producer)
    peek(consumer)
    maker.fence_producer(may_return=True)
    for _ in range(later):
        maker.fence_consumer()
    for _ in range(later - 1):
        maker.fence_producer()
    before = maker.head, maker.tail, maker.position
    producer.publish()
    with contextlib.suppress(Fenced):
        consumer.release(99)
    assert (maker.head, maker.tail, maker.position) == before
    assert read(Consumer(wide, None)) == list(range(3, 10))


def test_next_consumer_continues_at_the_tail(fd: int) -> None:
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(producer, *range(SLOTS))
    assert read(consumer, 2) == [0, 1]
    maker.fence_consumer()
    assert maker.position == 2
    assert read(Consumer(fd, None)) == [2, 3]


def test_redelivered_is_a_block_that_was_peeked_at_and_not_released(fd: int) -> None:
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    assert not consumer.redelivered
    write(producer, 0, 1)

    def successor() -> Consumer:
        maker.fence_consumer()
        return Consumer(fd, None)

    assert not successor().redelivered, "no consumer has peeked at it"
    consumer = successor()
    peek(consumer)
    assert successor().redelivered
    assert successor().redelivered, "even if the previous consumer has not peeked at it"
    assert read(successor(), 1) == [0]
    assert not successor().redelivered
    assert read(successor()) == [1]
    consumer = successor()
    assert consumer.peek() is None
    assert not successor().redelivered, "there was no block to peek at"


def test_redelivered_is_right_after_lost_slots(fd: int) -> None:
    maker, consumer = Ring(fd), Consumer(fd, None)
    maker.fence_producer(may_return=True)
    maker.fence_producer(may_return=True)
    assert consumer.peek() is None
    write(Producer(fd, NOTIFIER), 0)
    maker.fence_consumer()
    consumer = Consumer(fd, None)
    assert not consumer.redelivered
    peek(consumer)
    maker.fence_consumer()
    consumer = Consumer(fd, None)
    assert consumer.redelivered
    assert read(consumer) == [0]
    maker.fence_consumer()
    assert not Consumer(fd, None).redelivered


def test_a_stopped_consumer_frees_no_slot(fd: int) -> None:
    """Its current slot belongs to the replacement."""
    maker, producer, stopped = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(producer, *range(SLOTS))
    peek(stopped)
    maker.fence_consumer()
    with contextlib.suppress(Fenced):
        stopped.release()
    assert producer.reserve() is None
    assert read(Consumer(fd, None)) == list(range(SLOTS))


def test_each_end_follows_a_replaced_peer(fd: int) -> None:
    """Each end sees its replaced peer's blocks or free slots without being notified."""
    maker, producer, consumer = Ring(fd), Producer(fd, NOTIFIER), Consumer(fd, None)
    write(producer, *range(SLOTS))
    assert read(consumer, 2) == [0, 1]
    maker.fence_producer()
    write(Producer(fd, NOTIFIER), 4, 5)
    maker.fence_consumer()
    assert read(Consumer(fd, None), 2) == [2, 3]
    maker.fence_producer()
    write(Producer(fd, NOTIFIER), 6, 7)
    maker.fence_consumer()
    assert read(Consumer(fd, None)) == [4, 5, 6, 7]
