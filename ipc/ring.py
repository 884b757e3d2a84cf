"""The link between two processes: a ring of typed slots in shared memory, one producer, one consumer, no lock.

Each word has one writer, so a process that dies leaves no lock behind. Heads and tails count slots since the ring was
created and never wrap. They alone say which slots are unread; a notifier only wakes the other side. Lines have 128
bytes, so that producer and consumer never share a cache line (after iceoryx2 and the LMAX Disruptor; docs/ring.md):

    place       writer     content
    line 0      creator    magic, version, slots, stride, ready
    line 1      creator    generation of the producer, closing, generation of the consumer
    line 2      producers  heads, one word per generation
    lines 3-10  consumers  tail, position, begun; one line per generation
    line 11     creator    lost slots: a fenced producer may still write there, so nobody uses them
    12 ...      producer   slots: header (slot.py) and payload

The creator (the supervisor) fences an end by publishing the next generation: words of older generations no longer
count. Each SYNC POINT names the access on the other side that it is paired with; x86 keeps stores in order, and on
weaker machines the notifier's semaphore does (docs/ring.md).
"""

import os
from typing import Final

from steadyvoice.ipc import shm
from steadyvoice.ipc.errors import Fenced, RingUnusable
from steadyvoice.ipc.notifier import Notifier
from steadyvoice.ipc.slot import GENERATION, HEADER_BYTES, SEQ, UTTERANCE, Slot

MAGIC: Final = 0x53_56_52_49_4E_47_00_01
VERSION: Final = 2
_LINE: Final = 16  # words of 8 bytes
_READY: Final = 4
_GENERATION: Final = _LINE
_CLOSING: Final = _LINE + 1
_CONSUMERS: Final = _LINE + 2
_HEADS: Final = 2 * _LINE
_TAILS: Final = 3 * _LINE
_POSITION: Final = 1  # after the tail
_BEGUN: Final = 2
_LOST: Final = 11 * _LINE
_SLOTS_AT: Final = 12 * _LINE * 8
_PRODUCERS_KEPT: Final = _LINE  # generations that have header words at a time
_CONSUMERS_KEPT: Final = 8
_LOW: Final = (1 << 32) - 1


def create(label: str, slots: int, payload_bytes: int, position: int = 0) -> int:
    """Create a ring of ``slots`` (a power of two) of at least ``payload_bytes``; return its descriptor. OSError.
    position: samples that the consumer has before it reads its first slot."""
    if slots < 1 or slots & (slots - 1):
        raise ValueError(f"slots must be a power of two, not {slots}")
    stride = -(-(HEADER_BYTES + payload_bytes) // 128) * 128
    fd = shm.create(label, _SLOTS_AT + slots * stride)
    try:
        words = shm.attach(fd).cast("Q")
    except OSError:  # mmap duplicates the descriptor, and may reach the limit of open files
        os.close(fd)
        raise
    words[0], words[1], words[2], words[3] = MAGIC, VERSION, slots, stride
    words[_TAILS + _POSITION] = position
    words[_READY] = 1
    return fd


class Ring:
    """The creator's view: counters, and fencing. RingUnusable where ``fd`` is no ring of this version.

    More than 12 methods: most are properties that each read one counter of the shared header.
    """

    def __init__(self, fd: int) -> None:
        try:
            memory = shm.attach(fd)
        except ValueError as error:  # an empty file cannot be mapped
            raise RingUnusable("not a steadyvoice ring") from error
        if memory.nbytes < _SLOTS_AT:
            raise RingUnusable("not a steadyvoice ring")
        words = memory[:_SLOTS_AT].cast("Q")
        if words[0] != MAGIC or not words[_READY]:
            raise RingUnusable("not a steadyvoice ring")
        if words[1] != VERSION:
            raise RingUnusable(f"ring version {words[1]}, this program speaks version {VERSION}")
        self.size: int = words[2]
        self._stride: int = words[3]
        if memory.nbytes < _SLOTS_AT + self.size * self._stride:
            raise RingUnusable("the ring is shorter than its header says")
        self.capacity = self._stride - HEADER_BYTES
        """Payload bytes per slot."""
        self._memory, self._words = memory, words
        self._mask = self.size - 1

    def _head_word(self) -> int:
        return _HEADS + self._words[_GENERATION] % _PRODUCERS_KEPT

    def _tail_word(self) -> int:
        return _TAILS + self._words[_CONSUMERS] % _CONSUMERS_KEPT * _LINE

    @property
    def head(self) -> int:
        """Slots published so far."""
        return self._words[self._head_word()]

    @property
    def tail(self) -> int:
        """Slots released so far."""
        return self._words[self._tail_word()]

    @property
    def fill(self) -> int:
        """Slots that are not released yet, lost ones included."""
        return self.head - self.tail

    @property
    def position(self) -> int:
        """Samples that the consumer has read, as of its last release."""
        return self._words[self._tail_word() + _POSITION]

    @property
    def closing(self) -> bool:
        return bool(self._words[_CLOSING])

    def close(self) -> None:
        """Announce that the ring is out of use. Writer: creator."""
        self._words[_CLOSING] = 1

    @property
    def generations(self) -> tuple[int, int]:
        """The current generations of producer and consumer, for ``join``."""
        return self._words[_GENERATION], self._words[_CONSUMERS]

    def oldest(self, utterance: int) -> bytes:
        """A copy of the oldest unreleased slot, header and payload; empty where it is none of the utterance."""
        at = _SLOTS_AT + (self.tail & self._mask) * self._stride
        slot = Slot(self._memory[at : at + self._stride], 0)
        if not self.fill or slot.words[UTTERANCE] != utterance:
            return b""
        return self._memory[at : at + HEADER_BYTES].tobytes() + slot.bytes()

    def lost_slots(self) -> frozenset[int]:
        """Slots that a fenced producer may still write to, so that nobody uses them."""
        return frozenset((word & _LOW) - 1 for word in self._lost_words())

    def _lost_words(self) -> list[int]:
        """Per lost slot: the producer's generation in the upper 32 bits, the slot's number plus one in the lower."""
        return [word for word in self._words[_LOST : _LOST + _LINE].tolist() if word]

    def fence_producer(self, *, may_return: bool = False) -> None:
        """Let the next ``Producer`` continue at the head. Caller: the creator, with the producer dead or stopped.

        may_return: the producer may not be dead. Then the slot that it may be writing is lost for good, and
        anything else that it writes has no effect. RingUnusable where the ring can lose no further slot.
        """
        words, generation, head = self._words, self._words[_GENERATION], self.head
        lost, at = self.lost_slots(), head
        while at & self._mask in lost:
            at += 1
        if may_return and at - self.tail < self.size:  # in a full ring the producer has no slot to write
            if generation >> 32:
                raise RingUnusable("the ring's counters are invalid")
            if len(lost) + 2 > min(self.size, _PRODUCERS_KEPT):
                raise RingUnusable("too many stopped producers in this ring; end them and create a new ring")
            words[_LOST + len(lost)] = generation << 32 | (at & self._mask) + 1
        stopped = {(word >> 32) % _PRODUCERS_KEPT for word in self._lost_words()}
        if len(stopped) == _PRODUCERS_KEPT or generation + _PRODUCERS_KEPT >> 64:
            raise RingUnusable("the ring's counters are invalid")
        generation += 1
        while generation % _PRODUCERS_KEPT in stopped:
            generation += 1
        words[_HEADS + generation % _PRODUCERS_KEPT] = head
        words[_GENERATION] = generation  # SYNC POINT, after the new head: with Consumer.peek and Producer.reserve

    def fence_consumer(self) -> None:
        """Let the next ``Consumer`` continue at the tail. Caller: the creator, with the consumer dead or stopped."""
        words, old = self._words, self._tail_word()
        generation = words[_CONSUMERS] + 1
        new = _TAILS + generation % _CONSUMERS_KEPT * _LINE
        words[new : new + _BEGUN + 1] = words[old : old + _BEGUN + 1]
        words[_CONSUMERS] = generation  # SYNC POINT, after the new tail: with Producer.reserve and Consumer._check


class _End(Ring):
    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        stop = _SLOTS_AT + self.size * self._stride
        starts = range(_SLOTS_AT, stop, self._stride)
        self.slots = [Slot(self._memory[at : at + self._stride], i) for i, at in enumerate(starts)]


class Producer(_End):
    """The writing end, for one process. ``consumer`` wakes the reading end.

    generation: the one that the creator assigned (``generations``); None: the current one.
    """

    def __init__(self, fd: int, consumer: Notifier, generation: int | None = None) -> None:
        super().__init__(fd)
        self._notifier = consumer
        self.join(generation)

    def join(self, generation: int | None = None) -> None:
        """Continue at the head of that generation, as a new producer would."""
        self._generation: int = self._words[_GENERATION] if generation is None else generation
        self._lost = self.lost_slots()
        self._own = _HEADS + self._generation % _PRODUCERS_KEPT
        self._head: int = self._words[self._own]

    def reserve(self) -> Slot | None:
        """The next slot to write in place; None while the ring is full. Fenced where another process owns this end."""
        words = self._words
        while True:
            consumers = words[_CONSUMERS]
            tail = words[_TAILS + consumers % _CONSUMERS_KEPT * _LINE]  # SYNC POINT: with the tail in Consumer.release
            # SYNC POINT: with fence_consumer. Read after the tail, so that the tail is one of the current consumer.
            if words[_CONSUMERS] != consumers:
                continue
            # SYNC POINT: with fence_producer. Read after the tail, so that a fenced producer that was stopped in
            # between never uses a slot that was freed for its replacement.
            if words[_GENERATION] != self._generation:
                raise Fenced("another producer writes this ring")
            if self._head - tail >= self.size:
                return None
            at = self._head & self._mask
            if at not in self._lost:
                return self.slots[at]
            self._head += 1

    @property
    def last(self) -> Slot | None:
        """The slot published last, by this producer or an earlier one; maybe released already. None: no slot yet."""
        return self.slots[self._head - 1 & self._mask] if self._head else None

    def publish(self) -> None:
        """Publish the slot that ``reserve`` returned, and wake the consumer."""
        words = self.slots[self._head & self._mask].words
        self._head += 1
        words[GENERATION] = self._generation
        words[SEQ] = self._head  # SYNC POINT, after the payload: with the check of SEQ in Consumer.peek
        self._words[self._own] = self._head  # SYNC POINT, after the slot: with the head in Consumer.peek
        self._notifier.notify()


class Consumer(_End):
    """The reading end, for one process. ``producer`` wakes the writing end; None where that never waits for a slot.

    generation: as with ``Producer``.
    """

    def __init__(self, fd: int, producer: Notifier | None, generation: int | None = None) -> None:
        super().__init__(fd)
        self._notifier = producer
        self.join(generation)

    def join(self, generation: int | None = None) -> None:
        """Continue at the tail of that generation, as a new consumer would."""
        self._generation: int = self._words[_CONSUMERS] if generation is None else generation
        self._lost = self.lost_slots()
        self._own = _TAILS + self._generation % _CONSUMERS_KEPT * _LINE
        self._tail: int = self._words[self._own]
        self._producers = -1
        self._heads = _HEADS
        self.redelivered: bool = self._words[self._own + _BEGUN] > self._tail
        """An earlier consumer has peeked at the first slot that this one will see, and has not released it."""

    def peek(self) -> Slot | None:
        """The oldest unread slot, in place; None where there is none. Fenced where another process owns this end."""
        words = self._words
        self._check()
        while True:
            head = words[self._heads]  # SYNC POINT: with the head in Producer.publish
            # SYNC POINT: with fence_producer. Read after the head: a fenced producer may have moved the head since.
            producers = words[_GENERATION]
            if producers == self._producers:
                break
            self._producers = producers
            self._heads = _HEADS + self._producers % _PRODUCERS_KEPT
            self._lost = self.lost_slots()
        while self._tail != head and self._tail & self._mask in self._lost:
            self._tail += 1
        if self._tail == head:
            return None
        slot = self.slots[self._tail & self._mask]
        sequence = self._tail + 1
        if slot.words[SEQ] != sequence:
            self._check()  # this end may be fenced, and its replacement may have released the slot meanwhile
            raise RingUnusable(f"torn slot: sequence {slot.words[SEQ]} at position {sequence}")
        words[self._own + _BEGUN] = sequence
        return slot

    def release(self, position: int = 0) -> None:
        """Give the slot that ``peek`` returned back to the producer. position: published for ``Ring.position``."""
        self._check()
        self._tail += 1
        self._words[self._own + _POSITION] = position
        self._words[self._own] = self._tail  # SYNC POINT, after the last read of the slot: with Producer.reserve
        if self._notifier is not None:
            self._notifier.notify()

    def _check(self) -> None:
        # SYNC POINT: with fence_consumer.
        if self._words[_CONSUMERS] != self._generation:
            raise Fenced("another consumer reads this ring")
