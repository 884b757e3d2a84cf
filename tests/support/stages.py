"""Two stages that only pass blocks on, for processes that a test kills, and notifiers that lose notifications."""

import random
import time

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.ring import Consumer, Producer
from steadyvoice.ipc.slot import Slot

RECHECK_S = 0.02
FENCED = 3
"""Exit status of a fenced stage."""


class LossyNotifier(SemaphoreNotifier):
    """Drops a share of its notifications, which simulates processes killed before notifying."""

    def __init__(self, fd: int, lost: float) -> None:
        super().__init__(fd)
        self._lost = lost

    def notify(self) -> None:
        if random.random() >= self._lost:
            super().notify()


def content(index: int, capacity: int) -> bytes:
    """Content of the block with that number: of any length, and each word contains the number."""
    return index.to_bytes(8, "little") * (index * 7919 % (capacity // 8 + 1))


def number(slot: Slot, index: int) -> None:
    """Store the block's index, and a word of the index and of the slot's sequence number before publication."""
    slot.words[s.INDEX] = index
    slot.words[s.ORIGIN] = index << 32 | slot.words[s.SEQ]


def following(producer: Producer) -> int:
    """The number of the block after the last one that was published.

    Where all slots but one were given up, a dead producer may have begun to write over that one.
    """
    if not producer.head:
        return 0
    words = producer.slots[(producer.head - 1) % producer.size].words
    index, before = divmod(words[s.ORIGIN], 1 << 32)
    return index + (words[s.SEQ] != before)


def compute() -> None:
    """Sleep in one of ten calls, so that a stage is often killed between reserve and publish."""
    if random.random() < 0.1:
        time.sleep(random.random() * 0.002)


def reserve(producer: Producer, notifier: SemaphoreNotifier) -> Slot:
    while (slot := producer.reserve()) is None:
        notifier.wait(RECHECK_S)
    return slot


def source(lost: float, generation: int, own: int, reader: int, ring: int) -> int:
    """Write numbered blocks, for ever."""
    producer, notifier = Producer(ring, LossyNotifier(reader, lost), generation), SemaphoreNotifier(own)
    index = following(producer)
    try:
        while True:
            slot = reserve(producer, notifier)
            number(slot, index)
            compute()
            slot.put(content(index, producer.capacity))
            compute()
            producer.publish()
            index += 1
    except Fenced:
        return FENCED


def relay(lost: float, generations: tuple[int, int], own: int, writer: int, reader: int, *rings: int) -> int:
    """Copy blocks from the first ring to the second. VALUE: generation + 1 if redelivered, else 0."""
    consumer = Consumer(rings[0], LossyNotifier(writer, lost), generations[0])
    producer = Producer(rings[1], LossyNotifier(reader, lost), generations[1])
    notifier = SemaphoreNotifier(own)
    redelivered = generations[0] + 1 if consumer.redelivered else 0
    try:
        while True:
            block = consumer.peek()
            if block is None:
                notifier.wait(RECHECK_S)
                continue
            slot = reserve(producer, notifier)
            compute()
            slot.copy(block)
            slot.words[s.VALUE] = redelivered
            compute()
            producer.publish()
            compute()
            consumer.release()
            redelivered = 0
    except Fenced:
        return FENCED
