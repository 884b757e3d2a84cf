"""A client may write anything into its ring, or leave the ring full: other clients lose no sample."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.matrix import quick

from steadyvoice.client import Client, Stream, UtteranceFailed
from steadyvoice.ipc.ring import Consumer
from steadyvoice.ipc.slot import COUNT

TALE = "The keeper of the lighthouse, an old man, climbs the stairs every evening. He lights the lamp; ships pass. "
TAIL, POSITION = 384 // 8, 392 // 8
ALL_ONES = (1 << 64) - 1


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(
        tmp_path_factory.mktemp("user"), cache, 'engines = ["hibari", "paced"]\naudio.device = "null"\n'
    ) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def _stages_survive(daemon: Daemon) -> Iterator[None]:
    """After each test no utterance is active and all stages still have their process."""
    pids = daemon.pids()
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
    assert daemon.pids() == pids


def stream_tale(daemon: Daemon) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TALE)))


def ring_of(stream: Stream) -> Consumer:
    """The ring of the stream, after one block was read from it."""
    next(iter(stream))
    ring = stream._ring
    assert ring is not None
    return ring


def samples_in(ring: Consumer) -> int:
    """Number of unread samples in the ring."""
    return sum(ring.slots[at % ring.size].words[COUNT] for at in range(ring.tail, ring.head))


def never_moves_its_tail(words: memoryview, slots: int) -> None:
    words[POSITION] += 24000


def counts_bytes(words: memoryview, slots: int) -> None:
    words[POSITION] = words[TAIL] * 4096
    words[TAIL] += 1


def wraps_its_tail(words: memoryview, slots: int) -> None:
    words[POSITION] += 1024
    words[TAIL] = (words[TAIL] + 1) % slots


def moves_its_tail_beyond_the_head(words: memoryview, slots: int) -> None:
    words[TAIL] += 1000


def moves_its_tail_back(words: memoryview, slots: int) -> None:
    words[TAIL] -= words[TAIL] > 0
    words[POSITION] += 24000


def clears_the_header(words: memoryview, slots: int) -> None:
    words[:] = memoryview(bytes(words.nbytes)).cast("Q")


def sets_all_bits_of_the_header(words: memoryview, slots: int) -> None:
    for at in range(len(words)):
        words[at] = ALL_ONES


def writes_random_words(words: memoryview, slots: int) -> None:
    for _ in range(2000):
        words[random.randrange(len(words))] = random.choice(
            [0, 1, 7, 1 << 31, 1 << 63, ALL_ONES, random.getrandbits(64)]
        )


WAYS = [
    never_moves_its_tail,
    counts_bytes,
    wraps_its_tail,
    moves_its_tail_beyond_the_head,
    moves_its_tail_back,
    clears_the_header,
    sets_all_bits_of_the_header,
    writes_random_words,
]


@pytest.mark.parametrize("misuse", quick(4, WAYS), ids=lambda way: way.__name__)
def test_invalid_counters_affect_no_other_client(daemon: Daemon, misuse: Callable[[memoryview, int], None]) -> None:
    random.seed(4)
    alone = stream_tale(daemon)
    with daemon.client() as client:
        stream = client.stream(TALE * 200)
        ring = ring_of(stream)
        assert stream._taken is not None
        words = ring._memory[: 1536 + 300 * 8].cast("Q")
        for _ in range(40):
            misuse(words, ring.size)
            stream._taken.notify()
            daemon.status()
        np.testing.assert_array_equal(stream_tale(daemon), alone)
    np.testing.assert_array_equal(stream_tale(daemon), alone)


def test_invalid_counters_fail_the_utterance_with_a_reason(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE * 200)
        ring = ring_of(stream)
        ring._words[POSITION] = 1 << 40
        assert stream._taken is not None
        stream._taken.notify()
        with pytest.raises(UtteranceFailed, match="invalid ring counters") as failed:
            stream.wait()
        assert failed.value.code == "bad_message"


def test_a_client_may_make_the_notifiers_blocking(daemon: Daemon) -> None:
    """O_NONBLOCK belongs to the open file, so clearing it in the client clears it in the daemon and the stages too."""
    alone = stream_tale(daemon)
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
def test_a_stalled_reader_of_an_engine_with_small_arrays(daemon: Daemon, piece: str) -> None:
    """Many small arrays do not fill the reader's ring, which would delay other clients, and no sample is lost."""
    text = piece * 1000
    alone = stream_tale(daemon)
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(text, voice="paced")))
        stalled = client.stream(text, voice="paced")
        first = next(iter(stalled))
        for _ in range(3):
            np.testing.assert_array_equal(stream_tale(daemon), alone)
        np.testing.assert_array_equal(np.concatenate([first, *stalled]), whole)


def test_small_arrays_are_sent_when_the_text_pauses(daemon: Daemon) -> None:
    """All samples of a sentence arrive before the next text is appended."""
    with daemon.client() as client:
        stream = client.open_stream(voice="paced")
        stream.append("0/0/1 " * 151 + "0/0/1.\n\n")
        ring, blocks, heard = ring_of(stream), iter(stream), 240
        eventually(lambda: samples_in(ring) > 150 * 240 - 1024)
        while heard < 152 * 240:
            heard += len(next(blocks))
        stream.append("0/0/1 ")
        stream.finish()
        assert heard + sum(map(len, blocks)) == 153 * 240


def test_stalled_readers_on_all_lanes_but_one(daemon: Daemon) -> None:
    alone = stream_tale(daemon)
    clients: list[Client] = [daemon.client() for _ in range(31)]
    stalled = [client.stream("0/0/1 " * 1000, voice="paced") for client in clients]
    for stream in stalled:
        next(iter(stream))
    np.testing.assert_array_equal(stream_tale(daemon), alone)
    for client in clients:
        client.close()
