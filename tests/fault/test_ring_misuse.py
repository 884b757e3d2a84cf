"""A client may write anything into the ring that it was given, or leave it full: nobody else hears of it."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually

from steadyvoice.client import Client, Stream, UtteranceFailed
from steadyvoice.ipc.ring import Consumer
from steadyvoice.ipc.slot import COUNT

TALE = "The keeper of the lighthouse, who is old, climbs the stairs every evening. He lights the lamp; ships pass. "
TAIL, POSITION = 384 // 8, 392 // 8
EVERYTHING = (1 << 64) - 1


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(
        tmp_path_factory.mktemp("user"), cache, 'engines = ["hibari", "paced"]\naudio.device = "null"\n'
    ) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def _others_hear_all(daemon: Daemon) -> Iterator[None]:
    """Before and after: the stages are the same, and nothing goes on."""
    pids = daemon.pids()
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
    assert daemon.pids() == pids


def hear(daemon: Daemon) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TALE)))


def ring_of(stream: Stream) -> Consumer:
    """Its ring, when one block has been taken from it."""
    next(iter(stream))
    ring = stream._ring
    assert ring is not None
    return ring


def rows_in(ring: Consumer) -> int:
    """Samples that wait in it."""
    return sum(ring.slots[at % ring.size].words[COUNT] for at in range(ring.tail, ring.head))


def never_moves_its_tail(words: memoryview, slots: int) -> None:
    words[POSITION] += 24000


def counts_bytes(words: memoryview, slots: int) -> None:
    words[POSITION] = words[TAIL] * 4096
    words[TAIL] += 1


def wraps_its_tail(words: memoryview, slots: int) -> None:
    words[POSITION] += 1024
    words[TAIL] = (words[TAIL] + 1) % slots


def runs_ahead(words: memoryview, slots: int) -> None:
    words[TAIL] += 1000


def goes_back(words: memoryview, slots: int) -> None:
    words[TAIL] -= words[TAIL] > 0
    words[POSITION] += 24000


def wipes_it(words: memoryview, slots: int) -> None:
    words[:] = memoryview(bytes(words.nbytes)).cast("Q")


def fills_it(words: memoryview, slots: int) -> None:
    for at in range(len(words)):
        words[at] = EVERYTHING


def scribbles(words: memoryview, slots: int) -> None:
    for _ in range(2000):
        words[random.randrange(len(words))] = random.choice(
            [0, 1, 7, 1 << 31, 1 << 63, EVERYTHING, random.getrandbits(64)]
        )


WAYS = [never_moves_its_tail, counts_bytes, wraps_its_tail, runs_ahead, goes_back, wipes_it, fills_it, scribbles]


@pytest.mark.parametrize("misuse", WAYS, ids=lambda way: way.__name__)
def test_nonsense_in_the_ring(daemon: Daemon, misuse: Callable[[memoryview, int], None]) -> None:
    random.seed(4)
    alone = hear(daemon)
    with daemon.client() as client:
        stream = client.stream(TALE * 200)
        ring = ring_of(stream)
        assert stream._taken is not None
        words = ring._memory[: 1536 + 300 * 8].cast("Q")
        for _ in range(40):
            misuse(words, ring.size)
            stream._taken.notify()
            daemon.status()
        np.testing.assert_array_equal(hear(daemon), alone)
    np.testing.assert_array_equal(hear(daemon), alone)


def test_who_tells_of_what_it_has_not_taken_is_told_why_it_ends(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE * 200)
        ring = ring_of(stream)
        ring._words[POSITION] = 1 << 40
        assert stream._taken is not None
        stream._taken.notify()
        with pytest.raises(UtteranceFailed, match="nonsense into the ring") as failed:
            stream.wait()
        assert failed.value.code == "bad_message"


def test_descriptors_that_were_made_to_block(daemon: Daemon) -> None:
    """As a program does that would rather read than poll; all hold the same open file, the daemon too."""
    alone = hear(daemon)
    with daemon.client() as client:
        stream = client.stream(TALE)
        blocks = iter(stream)
        heard = [next(blocks)]
        assert stream._taken is not None
        assert stream._filled is not None
        for notifier in (stream._taken, stream._filled):
            os.set_blocking(notifier.fd, True)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), alone)
        assert stream.finished is not None
        assert stream.finished.reason == "done"


@pytest.mark.parametrize("piece", ["0/0/1 ", "0/0/2 ", "0/0/7 "])
def test_a_sleeper_whose_engine_speaks_in_small_pieces(daemon: Daemon, piece: str) -> None:
    """They are not so many that its ring is full, for which others would wait; awake, it has every sample."""
    text = piece * 1000
    alone = hear(daemon)
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(text, voice="paced")))
        sleeper = client.stream(text, voice="paced")
        first = next(iter(sleeper))
        for _ in range(3):
            np.testing.assert_array_equal(hear(daemon), alone)
        np.testing.assert_array_equal(np.concatenate([first, *sleeper]), whole)


def test_pieces_wait_for_nothing_where_the_writer_pauses(daemon: Daemon) -> None:
    """A sentence of small pieces is heard to its end before the next has been written."""
    with daemon.client() as client:
        stream = client.open_stream(voice="paced")
        stream.append("0/0/1 " * 151 + "0/0/1.\n\n")
        ring, blocks, heard = ring_of(stream), iter(stream), 240
        eventually(lambda: rows_in(ring) > 150 * 240 - 1024)
        while heard < 152 * 240:
            heard += len(next(blocks))
        stream.append("0/0/1 ")
        stream.finish()
        assert heard + sum(map(len, blocks)) == 153 * 240


def test_clients_are_many(daemon: Daemon) -> None:
    """A sleeper on every lane but one."""
    alone = hear(daemon)
    clients: list[Client] = [daemon.client() for _ in range(31)]
    sleepers = [client.stream("0/0/1 " * 1000, voice="paced") for client in clients]
    for sleeper in sleepers:
        next(iter(sleeper))
    np.testing.assert_array_equal(hear(daemon), alone)
    for client in clients:
        client.close()
