"""The link between two processes: a ring of typed slots, one producer, one consumer, no lock.

Each word has one writer, so a process that dies holds nothing. ``head`` and ``tail`` count slots since the
ring was made, never wrap, and are the truth; bells only wake. Layout, in lines of 128 bytes so that the two
sides never share a cache line (after iceoryx2 and the LMAX Disruptor; rules in docs/ring.md):

    line 0  maker     magic, version, slots, stride, ready
    line 1  maker     generation, closing
    line 2  producer  head
    line 3  consumer  tail, position
    4 ...   slots     header (slot.py) and payload
"""

from typing import Final

from steadyvoice.ipc import segment
from steadyvoice.ipc.doorbell import Bell
from steadyvoice.ipc.slot import GENERATION, HEADER_BYTES, SEQ, Slot

MAGIC: Final = 0x53_56_52_49_4E_47_00_01
VERSION: Final = 1
_LINE: Final = 16  # words of 8 bytes
_READY: Final = 4
_GENERATION: Final = _LINE
_CLOSING: Final = _LINE + 1
_HEAD: Final = 2 * _LINE
_TAIL: Final = 3 * _LINE
_POSITION: Final = 3 * _LINE + 1
_SLOTS_AT: Final = 4 * _LINE * 8


def create(label: str, slots: int, payload_bytes: int) -> int:
    """Make a ring of ``slots`` (a power of two) of at least ``payload_bytes``; return its descriptor."""
    if slots < 1 or slots & (slots - 1):
        raise ValueError(f"slots must be a power of two, not {slots}")
    stride = -(-(HEADER_BYTES + payload_bytes) // 128) * 128
    fd = segment.create(label, _SLOTS_AT + slots * stride)
    words = segment.attach(fd).cast("Q")
    words[0], words[1], words[2], words[3] = MAGIC, VERSION, slots, stride
    words[_GENERATION] = 1
    words[_READY] = 1
    return fd


class Ring:
    """What both sides see. ValueError where the descriptor holds no ring of this version."""

    def __init__(self, fd: int) -> None:
        memory = segment.attach(fd)
        if memory.nbytes < _SLOTS_AT:
            raise ValueError("not a steadyvoice ring")
        words = memory[:_SLOTS_AT].cast("Q")
        if words[0] != MAGIC or not words[_READY]:
            raise ValueError("not a steadyvoice ring")
        if words[1] != VERSION:
            raise ValueError(f"ring version {words[1]}, this program speaks version {VERSION}")
        self.size: int = words[2]
        stride = words[3]
        if memory.nbytes < _SLOTS_AT + self.size * stride:
            raise ValueError("a ring shorter than it says")
        self.slots = [
            Slot(memory[at : at + stride], i)
            for i, at in enumerate(range(_SLOTS_AT, _SLOTS_AT + self.size * stride, stride))
        ]
        self.capacity = stride - HEADER_BYTES
        """Payload bytes a slot."""
        self._words = words
        self._mask = self.size - 1

    @property
    def head(self) -> int:
        return self._words[_HEAD]

    @property
    def tail(self) -> int:
        return self._words[_TAIL]

    @property
    def fill(self) -> int:
        return self._words[_HEAD] - self._words[_TAIL]

    @property
    def position(self) -> int:
        """Samples that the consumer says it has taken."""
        return self._words[_POSITION]

    @property
    def closing(self) -> bool:
        return bool(self._words[_CLOSING])

    def close(self) -> None:
        """The maker's word: nothing will be read or written here any more."""
        self._words[_CLOSING] = 1


class Producer(Ring):
    """The writing side. ``consumer`` is the bell of who reads."""

    def __init__(self, fd: int, consumer: Bell) -> None:
        super().__init__(fd)
        self._bell = consumer
        self._head = self.head

    def reserve(self) -> Slot | None:
        """The next slot to write in place, or None while the ring is full."""
        if self._head - self._words[_TAIL] >= self.size:
            return None
        return self.slots[self._head & self._mask]

    def publish(self) -> None:
        """Hand over the slot that ``reserve`` gave: sequence, then head, then always the bell."""
        words = self.slots[self._head & self._mask].words
        self._head += 1
        words[GENERATION] = self._words[_GENERATION]
        words[SEQ] = self._head
        self._words[_HEAD] = self._head
        self._bell.ring()


class Consumer(Ring):
    """The reading side. ``producer`` is the bell of who writes, or None where nobody waits for room."""

    def __init__(self, fd: int, producer: Bell | None) -> None:
        super().__init__(fd)
        self._bell = producer
        self._tail = self.tail

    def peek(self) -> Slot | None:
        """The oldest unread slot, in place, or None."""
        if self._words[_HEAD] == self._tail:
            return None
        slot = self.slots[self._tail & self._mask]
        if slot.words[SEQ] != self._tail + 1:
            raise ValueError(f"torn slot: sequence {slot.words[SEQ]} at position {self._tail + 1}")
        return slot

    def release(self, position: int = 0) -> None:
        """Give the slot that ``peek`` showed back to the producer; ``position`` is for who follows the consumer."""
        self._words[_POSITION] = position
        self._tail += 1
        self._words[_TAIL] = self._tail
        if self._bell is not None:
            self._bell.ring()
