"""Readers of samples that stall, are suspended or are killed delay no other client, and little audio is buffered."""

import hashlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.matrix import quick

from steadyvoice.client import Client, Stream
from steadyvoice.daemon.config import Config
from steadyvoice.ipc import slot as s

TALE = "The keeper of the lighthouse, an old man, climbs the stairs every evening. He lights the lamp; ships pass. "
TEXTS = [TALE[:72], "Nobody in the village knows when it was built. ", "Ships pass. " * 6, TALE]
HOURS = TALE * 1000  # one argument of a program may have 128 KiB
CLAUSE = "0/0/2000 "
"""Of the voice ``paced``: 20 seconds that the engine yields as one array."""
LOOKAHEAD_S = Config().lookahead_s
READER = """
import hashlib, os, signal, sys
from steadyvoice.client import Client
with Client(sys.argv[1]) as client:
    blocks = iter(client.stream(sys.argv[2]))
    heard = hashlib.sha256(next(blocks))
    os.kill(os.getpid(), signal.SIGSTOP)
    for block in blocks:
        heard.update(block)
    print(heard.hexdigest())
"""

Samples = NDArray[np.float32]
Reader = subprocess.Popen[str]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(
        tmp_path_factory.mktemp("user"), cache, 'engines = ["hibari", "paced"]\naudio.device = "null"\n'
    ) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def alone(daemon: Daemon) -> list[Samples]:
    """Samples of the four texts without any other client."""
    return stream_texts(daemon)


@pytest.fixture(autouse=True)
def _no_utterance_stays_active(daemon: Daemon) -> Iterator[None]:
    """After each test no utterance is active and all stages still have their process."""
    pids = daemon.pids()
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
    assert daemon.pids() == pids


def stream_texts(daemon: Daemon, meanwhile: Callable[[], None] = lambda: None) -> list[Samples]:
    """Stream the four texts at the same time; call ``meanwhile`` when all have begun; return all samples."""
    with daemon.client() as client:
        blocks = [iter(client.stream(text)) for text in TEXTS]
        first = [next(each) for each in blocks]
        meanwhile()
        return [np.concatenate([begun, *rest]) for begun, rest in zip(first, blocks, strict=True)]


def assert_same(heard: list[Samples], expected: list[Samples]) -> None:
    for one, other in zip(heard, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def stall(client: Client, text: str, voice: str = "") -> Stream:
    """A stream of which only the first block is read."""
    stream = client.stream(text, voice=voice)
    next(iter(stream))
    return stream


def buffered_s(stream: Stream) -> float:
    """Seconds of unread audio in the stream's ring."""
    ring = stream._ring
    assert ring is not None
    slots = [ring.slots[at % ring.size] for at in range(ring.tail, ring.head)]
    return sum(slot.words[s.COUNT] for slot in slots if slot.words[s.KIND] == s.PCM) / stream.sample_rate


def wait_for_full_lookahead(*streams: Stream) -> None:
    eventually(lambda: min(map(buffered_s, streams)) > LOOKAHEAD_S - 0.1)


@contextmanager
def stopped(daemon: Daemon, text: str, count: int = 3) -> Iterator[list[Reader]]:
    """Programs that have each read one block and then stopped themselves by SIGSTOP. They are killed at the end."""
    command = [sys.executable, "-c", READER, str(daemon.socket), text]
    with ExitStack() as stack:
        readers = []
        for _ in range(count):
            readers.append(stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
            stack.callback(readers[-1].kill)
        eventually(lambda: {state(reader.pid) for reader in readers} == {"T"})
        yield readers


def state(pid: int) -> str:
    """R running, S sleeping, T stopped, Z dead."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]


def test_stalled_readers_delay_no_other_client(daemon: Daemon, alone: list[Samples]) -> None:
    with daemon.client() as client:
        stalled = [stall(client, HOURS) for _ in range(16)]
        assert_same(stream_texts(daemon), alone)
        wait_for_full_lookahead(*stalled)
        assert_same(stream_texts(daemon), alone)


def test_stopped_programs_delay_no_other_client(daemon: Daemon, alone: list[Samples]) -> None:
    with stopped(daemon, HOURS):
        assert_same(stream_texts(daemon), alone)


def test_readers_killed_with_full_rings_delay_no_other_client(daemon: Daemon, alone: list[Samples]) -> None:
    with stopped(daemon, HOURS) as readers:
        for _ in range(2):  # until the rings of the stopped readers are filled
            stream_texts(daemon)

        def kill() -> None:
            for reader in readers:
                reader.send_signal(signal.SIGKILL)
            eventually(lambda: daemon.status()["utterances"]["active"] == len(TEXTS))

        assert_same(stream_texts(daemon, meanwhile=kill), alone)


@pytest.mark.parametrize(("text", "voice"), [(HOURS, ""), (CLAUSE * 100, "paced")], ids=["frames", "whole clauses"])
def test_audio_buffered_for_a_stalled_reader_is_limited(
    daemon: Daemon, alone: list[Samples], text: str, voice: str
) -> None:
    """The limit does not depend on the length of the text or of the arrays that the engine yields."""
    with daemon.client() as client:
        stalled = stall(client, text, voice)
        wait_for_full_lookahead(stalled)
        assert_same(stream_texts(daemon), alone)
        made = buffered_s(stalled)
        before = {stage["name"]: stage["rss_bytes"] for stage in daemon.status()["stages"]}
        assert_same(stream_texts(daemon), alone)
        assert buffered_s(stalled) == made < LOOKAHEAD_S + 1
        assert all(ring["fill"] == 0 for ring in daemon.status()["rings"])
        after = {stage["name"]: stage["rss_bytes"] for stage in daemon.status()["stages"]}
        assert all(after[name] - size < 4 << 20 for name, size in before.items()), (before, after)


def test_audio_buffered_from_an_engine_that_yields_whole_clauses_is_limited(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(CLAUSE * 3, voice="paced")
        made = [buffered_s(stream) for _ in stream]
    assert max(made) < LOOKAHEAD_S + 1
    assert len(made) * 1024 >= 3 * 20 * stream.sample_rate


@pytest.mark.parametrize("greedy", quick(1, [4, 1]))
def test_readers_faster_than_real_time_delay_no_other_client(daemon: Daemon, greedy: int) -> None:
    """Other streams begin and end while hours of speech are read as fast as they are generated."""
    over = threading.Event()

    def take(client: Client) -> int:
        taken = 0
        for block in client.stream(HOURS):
            taken += len(block)
            if over.is_set():
                client.cancel()
        return taken

    with ExitStack() as stack, ThreadPoolExecutor(greedy) as pool:
        stack.callback(over.set)
        readers = [pool.submit(take, stack.enter_context(daemon.client())) for _ in range(greedy)]
        eventually(lambda: daemon.status()["utterances"]["active"] == greedy)
        stream_texts(daemon)
        assert not any(reader.done() for reader in readers)
        over.set()
        assert min(reader.result() for reader in readers) > 0


@pytest.mark.parametrize(
    ("text", "voice"), quick(1, [(CLAUSE * 3, "paced"), (TALE * 6, "")]), ids=["whole clauses", "frames"]
)
def test_a_stalled_reader_that_resumes_receives_every_sample(daemon: Daemon, text: str, voice: str) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(text, voice=voice)))
        stalled = client.stream(text, voice=voice)
        first = next(iter(stalled))
        wait_for_full_lookahead(stalled)
        for _ in range(3):
            stream_texts(daemon)
        np.testing.assert_array_equal(np.concatenate([first, *stalled]), whole)


def test_a_continued_program_receives_every_sample(daemon: Daemon) -> None:
    text = TALE * 6
    with daemon.client() as client:
        whole = hashlib.sha256(np.concatenate(list(client.stream(text))).tobytes()).hexdigest()
    with stopped(daemon, text) as readers:
        stream_texts(daemon)
        for reader in readers:
            reader.send_signal(signal.SIGCONT)
        assert [reader.communicate()[0].strip() for reader in readers] == [whole] * len(readers)
