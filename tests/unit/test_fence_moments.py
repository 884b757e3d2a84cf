"""A process killed, stopped or merely slow at any instruction of ipc/ring.py: no block is lost, torn or seen twice."""

import contextlib
import os

import pytest
from support.matrix import quick
from support.moments import Stopped, every_moment

from steadyvoice.ipc import ring
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import Fenced
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer, Producer, Ring
from steadyvoice.ipc.slot import Slot

SLOTS = 4
UNREAD = range(SLOTS + 1)
POSITION = 1234


class Link:
    """A ring with ``unread`` blocks in it, the first of which is in its last slot, and its present ends."""

    def __init__(self, unread: int) -> None:
        self.fd = ring.create("test", SLOTS, 0)
        self.maker, self.notifier = Ring(self.fd), EventNotifier()
        self.next_producer()
        self.next_consumer()
        for _ in range(SLOTS - 1):
            self.write(self.producer)
            self.read(self.consumer)
        self.first = SLOTS - 1
        for _ in range(unread):
            self.write(self.producer)

    def next_producer(self) -> None:
        self.producer = Producer(self.fd, self.notifier, self.maker.generations[0])

    def next_consumer(self) -> None:
        self.consumer = Consumer(self.fd, None, self.maker.generations[1])

    def write(self, producer: Producer) -> bool:
        """Write the block that follows the last one published, if a slot is free; it contains its writer's name."""
        last = producer.slots[(self.maker.head - 1) % SLOTS].words
        index = last[s.INDEX] + 1 if self.maker.head else 0
        slot = producer.reserve()
        if slot is None:
            return False
        slot.words[s.INDEX], slot.words[s.VALUE] = index, id(producer)
        producer.publish()
        return True

    def read(self, consumer: Consumer) -> tuple[int, int] | None:
        slot = consumer.peek()
        if slot is None:
            return None
        seen = slot.words[s.INDEX], slot.words[s.VALUE]
        consumer.release(seen[0])
        return seen

    def rest(self) -> list[tuple[int, int]]:
        """Blocks that the present consumer reads while the present producer fills the free slots, and one more."""
        seen: list[tuple[int, int]] = []
        while self.write(self.producer):
            pass
        seen.extend(iter(lambda: self.read(self.consumer), None))
        assert self.write(self.producer)
        seen.extend(iter(lambda: self.read(self.consumer), None))
        return seen

    def successor_holds(self) -> int | None:
        """The next consumer peeks at its first block; return its index."""
        self.maker.fence_consumer()
        self.next_consumer()
        slot = self.consumer.peek()
        return None if slot is None else int(slot.words[s.INDEX])

    def successor_still_holds(self, index: int | None) -> None:
        if index is not None:
            slot = self.consumer.peek()
            assert slot is not None
            assert slot.words[s.INDEX] == index

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


def go_on(stopped: Stopped) -> None:
    """A stopped process resumes, and may raise Fenced."""
    with contextlib.suppress(Fenced):
        stopped.go_on()


def in_order(seen: list[tuple[int, int]], first: int) -> bool:
    return [index for index, _ in seen] == list(range(first, first + len(seen)))


@pytest.mark.parametrize("unread", UNREAD)
def test_producer_killed(unread: int) -> None:
    """Its last block is in the ring, or its replacement's block is."""

    def scene(moment: int) -> bool:
        with Link(unread) as link:
            with Stopped(lambda: link.write(link.producer), ring, moment) as dead:
                pass
            link.maker.fence_producer()
            link.next_producer()
            assert in_order(link.rest(), link.first)
            return dead.over

    every_moment(scene)


@pytest.mark.parametrize("unread", UNREAD)
@pytest.mark.parametrize("read", [0, 1])
def test_producer_stopped(unread: int, read: int) -> None:
    """A block that was not published before the fence is never read, whether its producer resumes before or after its
    replacement.

    In between some is read, so that there is room where it saw none.
    """

    def scene(moment: int) -> bool:
        with Link(unread) as link:
            old, consumer = link.producer, link.consumer
            with Stopped(lambda: link.write(old), ring, moment) as stopped:
                legitimate = link.maker.head
                link.maker.fence_producer(may_return=True)
                link.next_producer()
                seen = [block for _ in range(read) if (block := link.read(consumer))]
                link.write(link.producer)
                go_on(stopped)
                seen += link.rest()
            assert in_order(seen, link.first)
            assert sum(author == id(old) for _, author in seen) == legitimate - (SLOTS - 1)
            return stopped.over

    every_moment(scene)


@pytest.mark.parametrize("unread", UNREAD[:-1])
def test_consumer_slow_while_a_stopped_producer_comes_back(unread: int) -> None:
    """The consumer never reads the late block, whichever words it had read before."""

    def scene(moment: int) -> bool:
        with Link(unread) as link:
            old = link.producer
            read: list[tuple[int, int] | None] = []
            assert old.reserve()
            with Stopped(lambda: read.append(link.read(link.consumer)), ring, moment) as slow:
                link.maker.fence_producer(may_return=True)
                old.publish()
                link.next_producer()
                link.write(link.producer)
                slow.go_on()
            seen = [block for block in read if block] + link.rest()
            assert in_order(seen, link.first)
            return slow.over

    every_moment(scene)


@pytest.mark.parametrize("unread", UNREAD)
def test_consumer_killed(unread: int) -> None:
    """Unreleased blocks are delivered again, and marked as redelivered if they were peeked at."""

    def scene(moment: int) -> bool:
        with Link(unread) as link:
            shown: list[Slot | None] = []

            def take() -> None:
                shown.append(link.consumer.peek())
                if shown[0] is not None:
                    link.consumer.release(POSITION)

            with Stopped(take, ring, moment) as dead:
                pass
            released = link.maker.tail - link.first
            link.maker.fence_consumer()
            link.next_consumer()
            if released or not unread:
                assert not link.consumer.redelivered
                assert not released or link.maker.position == POSITION
            elif shown:
                assert link.consumer.redelivered
            assert in_order(link.rest(), link.first + released)
            return dead.over

    every_moment(scene)


@pytest.mark.parametrize("unread", UNREAD)
@pytest.mark.parametrize("meanwhile", [0, 2 * SLOTS])
def test_consumer_stopped(unread: int, meanwhile: int) -> None:
    """When it resumes, it takes no block from its replacement and frees no slot.

    In between, so many blocks more are written and read.
    """

    def scene(moment: int) -> bool:
        with Link(unread) as link:
            old = link.consumer
            with Stopped(lambda: link.read(old), ring, moment) as stopped:
                read = link.maker.tail - link.first
                held = link.successor_holds()
                for _ in range(meanwhile):
                    read += link.read(link.consumer) is not None
                    link.write(link.producer)
                    held = link.first + read
                go_on(stopped)
                link.write(link.producer)
                link.successor_still_holds(held)
                assert in_order(link.rest(), link.first + read)
            return stopped.over

    every_moment(scene)


@pytest.mark.parametrize("step", quick(1, [4, 1]))
def test_producer_slow_while_a_stopped_consumer_comes_back(step: int) -> None:
    """The replacement's slot is not overwritten, whichever words producer and stopped consumer had read."""

    def scene(moment: int) -> bool:
        over = False

        def release(moment_of_release: int) -> bool:
            nonlocal over
            with Link(unread=SLOTS) as link:
                old = link.consumer
                old.peek()
                with (
                    Stopped(old.release, ring, moment_of_release) as stopped,
                    Stopped(lambda: link.write(link.producer), ring, moment) as slow,
                ):
                    released = link.maker.tail - link.first
                    held = link.successor_holds()
                    go_on(stopped)
                    slow.go_on()
                    link.successor_still_holds(held)
                    assert in_order(link.rest(), link.first + released)
                over = slow.over
                return stopped.over

        every_moment(release)
        return over

    every_moment(scene, step)


@pytest.mark.parametrize("unread", UNREAD)
@pytest.mark.parametrize("may_return", [False, True])
def test_creator_slow_while_others_continue(unread: int, may_return: bool) -> None:
    """The other end does not wait while the creator fences."""

    def producers(moment: int) -> bool:
        with Link(unread) as link:
            with Stopped(lambda: link.maker.fence_producer(may_return=may_return), ring, moment) as slow:
                seen = list(iter(lambda: link.read(link.consumer), None))
                slow.go_on()
            link.next_producer()
            assert in_order(seen + link.rest(), link.first)
            return slow.over

    def consumers(moment: int) -> bool:
        with Link(unread) as link:
            with Stopped(link.maker.fence_consumer, ring, moment) as slow:
                while link.write(link.producer):
                    pass
                slow.go_on()
            link.next_consumer()
            assert in_order(link.rest(), link.first)
            return slow.over

    every_moment(producers)
    every_moment(consumers)
