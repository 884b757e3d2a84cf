"""A source and a relay are killed, or stopped and continued, at any moment; the listener receives every block.

    source ──ring──▶ relay ──ring──▶ this process, which also creates the rings

Blocks that the relay has published are in the second ring, so they survive the relay. $STEADYVOICE_KILLS sets the
number of kills.
"""

import os
import time
from collections.abc import Iterator
from random import Random

import pytest
from support.daemon import eventually
from support.forker import Child, Forker
from support.matrix import quick
from support.stages import FENCED, RECHECK_S, LossyNotifier, content, following, relay, source

from steadyvoice.ipc import ring
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import RingUnusable
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.ring import Consumer, Producer, Ring

KILLS = int(os.environ.get("STEADYVOICE_KILLS", "100"))
ROUND = 25  # kills before the rings and notifiers are replaced by new ones
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    with Forker() as forker:
        yield forker


class Line:
    """Creates the two rings, starts and kills the stages, and reads the second ring."""

    def __init__(self, forker: Forker, slots: tuple[int, int] = (8, 8), payload: int = 256, lost: float = 0.0) -> None:
        self._forker, self._lost = forker, lost
        self._notifiers = [SemaphoreNotifier() for _ in range(3)]
        self.notifier = self._notifiers[2]
        self._fds = [ring.create("test", number, payload) for number in slots]
        self.first, self.second = map(Ring, self._fds)
        self._listener = Consumer(self._fds[1], LossyNotifier(self._notifiers[1].fd, lost))
        self.received = 0
        """Number of blocks received, without the redelivered ones."""
        self.notified = False
        self.redelivered_by: set[int] = set()
        self.killed = 0
        self.stopped: list[Child] = []
        self.returned: list[Child] = []
        self.start_source()
        self.start_relay()

    def start_source(self) -> None:
        own, reader, _ = (notifier.fd for notifier in self._notifiers)
        generation = self.first.generations[0]
        self.source = self._forker.fork(source, self._lost, generation, fds=(own, reader, self._fds[0]))

    def start_relay(self) -> None:
        writer, own, reader = (notifier.fd for notifier in self._notifiers)
        generations = self.first.generations[1], self.second.generations[0]
        self.relay = self._forker.fork(relay, self._lost, generations, fds=(own, writer, reader, *self._fds))

    # What happens to the stages

    def kill_source(self) -> None:
        self.source.kill()
        self.killed += 1
        self.first.fence_producer()
        self.start_source()

    def kill_relay(self) -> None:
        self.relay.kill()
        self.killed += 1
        self.first.fence_consumer()
        self.second.fence_producer()
        self.start_relay()

    def stop_source(self) -> None:
        """RingUnusable if the ring has no slot left to give up; the source then continues."""
        self.source.stop()
        try:
            self.first.fence_producer(may_return=True)
        except RingUnusable:
            self.source.resume()
            raise
        self.stopped.append(self.source)
        self.start_source()

    def stop_relay(self) -> None:
        """RingUnusable if the second ring has no slot left to give up; the relay then continues."""
        self.relay.stop()
        try:
            self.second.fence_producer(may_return=True)
        except RingUnusable:
            self.relay.resume()
            raise
        self.first.fence_consumer()
        self.stopped.append(self.relay)
        self.start_relay()

    def continue_stopped(self, which: int) -> None:
        child = self.stopped.pop(which % len(self.stopped))
        child.resume()
        self.returned.append(child)

    # The listener

    def listen(self) -> bool:
        """Take one block, if there is one. No block is lost or torn; a relay redelivers at most one, and marks it."""
        slot = self._listener.peek()
        if slot is None:
            return False
        index, redelivered = slot.words[s.INDEX], slot.words[s.VALUE]
        assert slot.bytes() == content(index, self.first.capacity), f"block {index} is torn"
        if index == self.received - 1:
            assert redelivered, f"block {index} was redelivered without a mark"
            assert redelivered not in self.redelivered_by, "one death of a relay redelivered two blocks"
            self.redelivered_by.add(redelivered)
        else:
            assert index == self.received, f"block {index} after {self.received - 1}"
            self.received += 1
        self._listener.release()
        return True

    def receive(self, blocks: int) -> None:
        """Receive this number of new blocks."""
        wanted, deadline = self.received + blocks, time.monotonic() + TIMEOUT_S
        while self.received < wanted:
            if not self.listen():
                self.notified |= self.notifier.wait(RECHECK_S)
                assert time.monotonic() < deadline, f"no block arrived after {self.received} blocks"

    def finish(self) -> None:
        """Check that every published block was received and that each stopped stage ends when it is continued."""
        self.source.kill()
        while self.stopped:
            self.continue_stopped(0)
        for child in self.returned:
            assert child.wait() == FENCED
        eventually(lambda: not self.listen() and self.first.fill == self.second.fill == 0)
        assert self.received == following(Producer(self._fds[0], self.notifier))
        self.relay.kill()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._fds:
            os.close(fd)


@pytest.mark.timeout(100 + KILLS)
@pytest.mark.parametrize("kills", quick(1, [KILLS, 3 * KILLS]))
def test_stages_are_killed_or_stopped_at_any_moment(forker: Forker, kills: int) -> None:
    """Rounds with rings and losses of notifications of all sizes. A round ends early if no slot is left to give up."""
    killed = redelivered = rounds = returned = received = 0
    while killed < kills:
        random = Random(rounds)
        sizes = random.choice([2, 4, 16, 64]), random.choice([2, 4, 16, 64])
        with Line(forker, sizes, random.choice([8, 256, 4096]), random.choice([0, 0.01, 0.1, 0.5])) as line:
            try:
                while line.killed < min(ROUND, kills - killed):
                    line.receive(random.choice([0, 1, 2, random.randrange(50)]))
                    line.notifier.wait(random.random() * 0.002)
                    random.choice([line.kill_source, line.kill_relay] * 2 + [line.stop_source, line.stop_relay])()
                    if line.stopped and random.random() < 0.4:
                        line.continue_stopped(random.randrange(16))
            except RingUnusable:
                line.receive(100)
            line.finish()
        rounds, killed, redelivered = rounds + 1, killed + line.killed, redelivered + len(line.redelivered_by)
        returned, received = returned + len(line.returned), received + line.received
    print(
        f"{rounds} rounds: {killed} killed, {returned} continued, {received} blocks, {redelivered} of them redelivered"
    )


@pytest.mark.parametrize("slots", [1, 2, 16])
def test_relay_killed_while_both_rings_are_full(forker: Forker, slots: int) -> None:
    """The relay waits for a free slot and holds a block, the source waits for the relay; the replacement continues."""
    with Line(forker, (slots, slots)) as line:
        for _ in range(20):
            eventually(lambda: line.first.fill == line.second.fill == slots)
            line.kill_relay()
            line.receive(slots + 1)
        line.finish()


def test_source_killed_while_the_ring_has_no_reader(forker: Forker) -> None:
    with Line(forker) as line:
        line.relay.kill()
        for _ in range(5):
            eventually(lambda: line.first.fill == line.first.size)
            line.kill_source()
        line.first.fence_consumer()
        line.second.fence_producer()
        line.start_relay()
        line.receive(1000)
        line.finish()


def test_stream_continues_without_any_notification(forker: Forker) -> None:
    """Each wait lasts until its timeout."""
    with Line(forker, (4, 4), lost=1.0) as line:
        line.receive(200)
        assert not line.notified
        line.finish()
