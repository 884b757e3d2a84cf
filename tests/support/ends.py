"""The two ends of a ring as tests drive them: step by step, here or in a process of their own."""

import pickle
import socket
from dataclasses import dataclass

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer, Producer


@dataclass(frozen=True)
class Block:
    """What one slot carries."""

    kind: int
    index: int
    payload: bytes


def block(slot: s.Slot) -> Block:
    return Block(slot.words[s.KIND], slot.words[s.INDEX], slot.bytes())


class End:
    """In this process an end is killed by never calling it again, and stopped by not calling it for a while."""

    def kill(self) -> None: ...
    def stop(self) -> None: ...
    def resume(self) -> None: ...


class Writer(End):
    """A producer, which remembers the slot that it has reserved."""

    def __init__(self, ring: int, notifier: int, generation: int) -> None:
        self._producer = Producer(ring, EventNotifier(notifier), generation)
        self._slot: s.Slot | None = None

    def reserve(self) -> int | None:
        """The number of the slot; None while the ring is full."""
        self._slot = self._producer.reserve()
        return None if self._slot is None else self._slot.index

    def write(self, block: Block) -> None:
        assert self._slot is not None
        self._slot.words[s.KIND], self._slot.words[s.INDEX] = block.kind, block.index
        self._slot.put(block.payload)

    def publish(self) -> int:
        """Return the slot's sequence."""
        assert self._slot is not None
        self._producer.publish()
        return int(self._slot.words[s.SEQ])


class Reader(End):
    def __init__(self, ring: int, notifier: int, generation: int) -> None:
        self._consumer = Consumer(ring, EventNotifier(notifier), generation)

    def redelivered(self) -> bool:
        return self._consumer.redelivered

    def peek(self) -> tuple[int, Block] | None:
        """The slot's sequence and what it carries."""
        slot = self._consumer.peek()
        return None if slot is None else (slot.words[s.SEQ], block(slot))

    def release(self, position: int) -> None:
        self._consumer.release(position)


def serve(kind: type[Writer] | type[Reader], generation: int, ring: int, notifier: int, orders: int) -> None:
    """Be that end in a separate process: execute orders and answer with their results."""
    end = kind(ring, notifier, generation)
    with socket.socket(fileno=orders) as channel:
        while order := channel.recv(1 << 16):
            name, args = pickle.loads(order)
            try:
                answer = getattr(end, name)(*args)
            except Fenced as fenced:
                answer = fenced
            channel.send(pickle.dumps(answer))
