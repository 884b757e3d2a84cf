"""The ring compared with a deque: each end may be killed, stopped or replaced between any two steps."""

import contextlib
import os
from collections import deque

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from steadyvoice.ipc import ring
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced, RingUnusable
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Ring
from steadyvoice.ipc.slot import Slot
from support.ends import Block, Reader, Writer, block

WORD = st.integers(0, (1 << 64) - 1)
KINDS = st.sampled_from([s.BEGIN, s.TEXT, s.FRAMES, s.PCM, s.SEGMENT_END, s.END])
BLOCKS = st.builds(Block, KINDS, WORD, st.binary(max_size=700))
WHICH = st.integers(0, 20)


class RingModel(RuleBasedStateMachine):
    """``unread``: the blocks that any consumer must find. The rest: the position of each end."""

    def writer(self) -> Writer:
        return Writer(self.ring, os.dup(self.filled.fd), self.maker.generations[0])

    def reader(self) -> Reader:
        return Reader(self.ring, os.dup(self.taken.fd), self.maker.generations[1])

    @initialize(power=st.integers(0, 5), payload=st.sampled_from([0, 1, 100, 700]))
    def start(self, power: int, payload: int) -> None:
        self.size = 1 << power
        self.ring = ring.create("test", self.size, payload)
        self.maker = Ring(self.ring)
        self.slots = ring.Consumer(self.ring, None).slots
        self.filled, self.taken = EventNotifier(), EventNotifier()
        self.unread: deque[Block] = deque()
        self.head = self.tail = self.position = 0
        self.given_up: frozenset[int] = frozenset()
        self.reserved: int | None = None
        self.written: Block | None = None
        self.looked = False  # a consumer has peeked at the first unread block
        self.stale_writers: list[tuple[Writer, bool]] = []
        self.stale_readers: list[tuple[Reader, bool]] = []
        self.producer = self.writer()
        self.consumer = self.reader()
        self.peeked = False

    def has_free_slot(self) -> bool:
        return len(self.unread) < self.size - len(self.given_up)

    # The producer, step by step

    @rule()
    def reserve(self) -> None:
        at = self.producer.reserve()
        assert (at is not None) == self.has_free_slot()
        assert at is None or at not in self.given_up
        assert self.reserved in (None, at), "until it is published it is the same slot"
        self.reserved = at

    @precondition(lambda self: self.reserved is not None)
    @rule(block=BLOCKS)
    def write(self, block: Block) -> None:
        block = Block(block.kind, block.index, block.payload[: self.maker.capacity])
        self.producer.write(block)
        self.written = block

    @precondition(lambda self: self.written is not None)
    @rule()
    def publish(self) -> None:
        assert not self.filled.clear()
        assert self.written is not None
        sequence = self.producer.publish()
        assert self.filled.clear()
        assert self.head < sequence
        assert self.reserved == (sequence - 1) % self.size
        self.head = sequence
        self.unread.append(self.written)
        self.reserved = self.written = None

    @precondition(lambda self: self.has_free_slot())
    @rule(block=BLOCKS)
    def hand_over(self, block: Block) -> None:
        """All of it in one go, so that rings fill up."""
        self.reserve()
        self.write(block)
        self.publish()

    # The consumer, step by step

    @rule()
    def peek(self) -> None:
        seen = self.consumer.peek()
        if not self.unread:
            assert seen is None
            return
        self.looked = self.peeked = True
        assert seen is not None
        self.sequence, shown = seen
        assert shown == self.unread[0]

    @precondition(lambda self: self.peeked)
    @rule(position=WORD)
    def release(self, position: int) -> None:
        assert not self.taken.clear()
        self.consumer.release(position)
        assert self.taken.clear()
        self.unread.popleft()
        self.tail, self.position = self.sequence, position
        self.looked = self.peeked = False

    # The creator, and kills and stops between any two of those steps

    @rule()
    def producer_is_killed(self) -> None:
        self.producer.kill()
        self.maker.fence_producer()
        self.next_producer()

    @rule()
    def producer_is_stopped(self) -> None:
        """The slot that it may be writing is lost, unless the ring was full."""
        self.producer.stop()
        if self.has_free_slot() and len(self.given_up) + 1 >= min(self.size, 16):
            with pytest.raises(RingUnusable):
                self.maker.fence_producer(may_return=True)
            self.producer.resume()
            return
        self.maker.fence_producer(may_return=True)
        more = self.maker.lost_slots() - self.given_up
        assert len(more) == self.has_free_slot()
        assert self.reserved is None or self.reserved in more
        self.given_up |= more
        self.stale_writers.append((self.producer, self.reserved is not None))
        self.next_producer()

    @precondition(lambda self: self.has_free_slot())
    @rule(block=BLOCKS)
    def producer_is_stopped_while_it_writes(self, block: Block) -> None:
        self.reserve()
        self.write(block)
        self.producer_is_stopped()

    def next_producer(self) -> None:
        self.reserved = self.written = None
        self.producer = self.writer()

    @rule()
    def consumer_is_killed(self) -> None:
        self.consumer.kill()
        self.next_consumer()

    @rule()
    def consumer_is_stopped(self) -> None:
        self.consumer.stop()
        self.stale_readers.append((self.consumer, self.peeked))
        self.next_consumer()

    @rule()
    def consumer_is_stopped_while_it_reads(self) -> None:
        self.peek()
        self.consumer_is_stopped()

    def next_consumer(self) -> None:
        self.maker.fence_consumer()
        self.peeked = False
        self.consumer = self.reader()
        assert self.consumer.redelivered() == self.looked

    # A stopped end resumes and does all that it can; the invariant must not notice

    @precondition(lambda self: self.stale_writers)
    @rule(which=WHICH, block=BLOCKS, publishes=st.booleans())
    def stale_producer_goes_on(self, which: int, block: Block, publishes: bool) -> None:
        writer, reserved = self.stale_writers.pop(which % len(self.stale_writers))
        writer.resume()
        if reserved:
            writer.write(Block(block.kind, block.index, block.payload[: self.maker.capacity]))
            if publishes:
                writer.publish()
                self.filled.clear()
        with pytest.raises(Fenced):
            writer.reserve()
        writer.kill()

    @precondition(lambda self: self.stale_readers)
    @rule(which=WHICH, position=WORD)
    def stale_consumer_goes_on(self, which: int, position: int) -> None:
        reader, peeked = self.stale_readers.pop(which % len(self.stale_readers))
        reader.resume()
        if peeked:
            with contextlib.suppress(Fenced):
                reader.release(position)
            self.taken.clear()
        with pytest.raises(Fenced):
            reader.peek()
        reader.kill()

    @invariant()
    def the_ring_is_what_the_model_is(self) -> None:
        maker = self.maker
        assert (maker.head, maker.tail, maker.position) == (self.head, self.tail, self.position)
        assert maker.lost_slots() == self.given_up
        assert [block(slot) for slot in self.slots_unread()] == list(self.unread)

    def slots_unread(self) -> list[Slot]:
        numbers = (at % self.size for at in range(self.tail, self.head))
        return [self.slots[number] for number in numbers if number not in self.given_up]

    def teardown(self) -> None:
        for end in (self.producer, self.consumer, *(end for end, _ in [*self.stale_writers, *self.stale_readers])):
            end.kill()
        os.close(self.ring)
