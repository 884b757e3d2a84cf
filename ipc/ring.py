"""The link between two processes: a ring of typed slots, one producer, one consumer, no lock.

Each word has one writer, so a process that dies holds nothing. Heads and tails count slots since the ring was
made, never wrap, and are the truth; bells only wake. Layout, in lines of 128 bytes so that the two sides never
share a cache line (after iceoryx2 and the LMAX Disruptor; rules in docs/ring.md):

    line 0      maker      magic, version, slots, stride, ready
    line 1      maker      generation of the producer, closing, generation of the consumer
    line 2      producers  heads, one word a generation
    lines 3-10  consumers  tail, position, begun; one line a generation
    line 11     maker      slots that are not used any more
    12 ...      slots      header (slot.py) and payload
"""

import os
from typing import Final

from steadyvoice.ipc import shm
from steadyvoice.ipc.errors import Fenced, RingUnusable
from steadyvoice.ipc.notifier import Notifier
from steadyvoice.ipc.slot import GENERATION, HEADER_BYTES, SEQ, Slot

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
_PRODUCERS_KEPT: Final = _LINE
_CONSUMERS_KEPT: Final = 8
_LOW: Final = (1 << 32) - 1


def create(label: str, slots: int, payload_bytes: int) -> int:
    """Make a ring of ``slots`` (a power of two) of at least ``payload_bytes``; return its descriptor."""
    if slots < 1 or slots & (slots - 1):
        raise ValueError(f"slots must be a power of two, not {slots}")
    stride = -(-(HEADER_BYTES + payload_bytes) // 128) * 128
    fd = shm.create(label, _SLOTS_AT + slots * stride)
    try:
        words = shm.attach(fd).cast("Q")
    except OSError:  # a mapping takes a descriptor too
        os.close(fd)
        raise
    words[0], words[1], words[2], words[3] = MAGIC, VERSION, slots, stride
    words[_READY] = 1
    return fd


class Ring:
    """The maker's view: counters, and who may write. ValueError where there is no ring of this version."""

    def __init__(self, fd: int) -> None:
        memory = shm.attach(fd)
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
        """Payload bytes a slot."""
        self._memory, self._words = memory, words
        self._mask = self.size - 1

    def _head_word(self) -> int:
        return _HEADS + self._words[_GENERATION] % _PRODUCERS_KEPT

    def _tail_word(self) -> int:
        return _TAILS + self._words[_CONSUMERS] % _CONSUMERS_KEPT * _LINE

    @property
    def head(self) -> int:
        return self._words[self._head_word()]

    @property
    def tail(self) -> int:
        return self._words[self._tail_word()]

    @property
    def fill(self) -> int:
        return self.head - self.tail

    @property
    def position(self) -> int:
        """Samples that the consumer says it has taken."""
        return self._words[self._tail_word() + _POSITION]

    @property
    def closing(self) -> bool:
        return bool(self._words[_CLOSING])

    def close(self) -> None:
        """The maker's word: nothing will be read or written here any more."""
        self._words[_CLOSING] = 1

    @property
    def generations(self) -> tuple[int, int]:
        """How often the producer and the consumer were replaced: what their successors are made with."""
        return self._words[_GENERATION], self._words[_CONSUMERS]

    def oldest(self) -> bytes:
        """A copy of the slot that was not released yet, header and payload in use; empty where there is none."""
        if not self.fill:
            return b""
        at = _SLOTS_AT + (self.tail & self._mask) * self._stride
        slot = Slot(self._memory[at : at + self._stride], 0)
        return self._memory[at : at + HEADER_BYTES].tobytes() + slot.bytes()

    def lost_slots(self) -> frozenset[int]:
        """Slots that a former producer may still write to, so that nobody uses them."""
        return frozenset((word & _LOW) - 1 for word in self._lost_words())

    def _lost_words(self) -> list[int]:
        """Of each such slot: the producer's generation, and the slot's number and one."""
        return [word for word in self._words[_LOST : _LOST + _LINE].tolist() if word]

    def fence_producer(self, *, may_return: bool = False) -> None:
        """The next ``Producer`` goes on where this one stands. For the maker; the producer is dead, or stopped.

        may_return: it is not certainly dead. Then the slot that it may be writing is given up for good, and all
        else that it may still do is without effect. RingUnusable where the ring has no slot left to give up.
        """
        words, generation, head = self._words, self._words[_GENERATION], self.head
        lost, at = self.lost_slots(), head
        while at & self._mask in lost:
            at += 1
        if may_return and at - self.tail < self.size:  # else it cannot have been writing
            if generation >> 32:
                raise RingUnusable("the ring's counters are invalid")
            if len(lost) + 2 > min(self.size, _PRODUCERS_KEPT):
                raise RingUnusable("too many stopped producers in this ring; end them and make it new")
            words[_LOST + len(lost)] = generation << 32 | (at & self._mask) + 1
        stopped = {(word >> 32) % _PRODUCERS_KEPT for word in self._lost_words()}
        if len(stopped) == _PRODUCERS_KEPT or generation + _PRODUCERS_KEPT >> 64:
            raise RingUnusable("the ring's counters are invalid")
        generation += 1
        while generation % _PRODUCERS_KEPT in stopped:
            generation += 1
        words[_HEADS + generation % _PRODUCERS_KEPT] = head
        words[_GENERATION] = generation

    def fence_consumer(self) -> None:
        """The next ``Consumer`` goes on where this one stands. For the maker; the consumer is dead, or stopped."""
        words, old = self._words, self._tail_word()
        generation = words[_CONSUMERS] + 1
        new = _TAILS + generation % _CONSUMERS_KEPT * _LINE
        words[new : new + _BEGUN + 1] = words[old : old + _BEGUN + 1]
        words[_CONSUMERS] = generation


class _End(Ring):
    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        stop = _SLOTS_AT + self.size * self._stride
        starts = range(_SLOTS_AT, stop, self._stride)
        self.slots = [Slot(self._memory[at : at + self._stride], i) for i, at in enumerate(starts)]


class Producer(_End):
    """The writing side. ``consumer`` is the bell of who reads.

    generation: the one that the maker said (``generations``); without it, the present one.
    """

    def __init__(self, fd: int, consumer: Notifier, generation: int | None = None) -> None:
        super().__init__(fd)
        self._notifier = consumer
        self.join(generation)

    def join(self, generation: int | None = None) -> None:
        """Go on where the last one of that generation stands, as if made now."""
        self._generation: int = self._words[_GENERATION] if generation is None else generation
        self._lost = self.lost_slots()
        self._own = _HEADS + self._generation % _PRODUCERS_KEPT
        self._head: int = self._words[self._own]

    def reserve(self) -> Slot | None:
        """The next slot to write in place, or None while the ring is full. Fenced where this end was given away."""
        words = self._words
        while True:
            consumers = words[_CONSUMERS]
            tail = words[_TAILS + consumers % _CONSUMERS_KEPT * _LINE]
            # Each after what it vouches for: nobody who is stopped in between sees room that came with a successor.
            if words[_CONSUMERS] != consumers:
                continue
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
        """The slot that was published last, here or by who wrote before; its consumer may have let go of it."""
        return self.slots[self._head - 1 & self._mask] if self._head else None

    def publish(self) -> None:
        """Hand over the slot that ``reserve`` gave: sequence, then head, then always the bell."""
        words = self.slots[self._head & self._mask].words
        self._head += 1
        words[GENERATION] = self._generation
        words[SEQ] = self._head
        self._words[self._own] = self._head
        self._notifier.notify()


class Consumer(_End):
    """The reading side. ``producer`` is the bell of who writes, or None where nobody waits for room.

    generation: as with ``Producer``.
    """

    def __init__(self, fd: int, producer: Notifier | None, generation: int | None = None) -> None:
        super().__init__(fd)
        self._notifier = producer
        self.join(generation)

    def join(self, generation: int | None = None) -> None:
        """Likewise."""
        self._generation: int = self._words[_CONSUMERS] if generation is None else generation
        self._lost = self.lost_slots()
        self._own = _TAILS + self._generation % _CONSUMERS_KEPT * _LINE
        self._tail: int = self._words[self._own]
        self._producers = -1
        self._heads = _HEADS
        self.redelivered: bool = self._words[self._own + _BEGUN] > self._tail
        """A predecessor had begun with the first slot that this one will see, and has not released it."""

    def peek(self) -> Slot | None:
        """The oldest unread slot, in place, or None. Fenced where this end was given away."""
        words = self._words
        self._check()
        while True:
            head = words[self._heads]
            producers = words[_GENERATION]  # after the head: a fenced producer may have moved it since
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
            self._check()  # a successor may have made room for another block meanwhile
            raise RingUnusable(f"torn slot: sequence {slot.words[SEQ]} at position {sequence}")
        words[self._own + _BEGUN] = sequence
        return slot

    def release(self, position: int = 0) -> None:
        """Give the slot that ``peek`` showed back to the producer; ``position`` is for who follows the consumer."""
        self._check()
        self._tail += 1
        self._words[self._own + _POSITION] = position
        self._words[self._own] = self._tail
        if self._notifier is not None:
            self._notifier.notify()

    def _check(self) -> None:
        if self._words[_CONSUMERS] != self._generation:
            raise Fenced("another consumer reads this ring")
