"""Readers that fall asleep, are stopped or die disturb nobody; little is made for them, and it waits for them."""

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

from steadyvoice.client import Client, Stream
from steadyvoice.daemon.config import Config
from steadyvoice.ipc import slot as s

pytestmark = pytest.mark.alone

TALE = "The keeper of the lighthouse, who is old, climbs the stairs every evening. He lights the lamp; ships pass. "
TEXTS = [TALE * 2, "Nobody in the village knows when it was built. " * 6, "Ships pass. " * 20, TALE * 3]
HOURS = TALE * 1000  # one argument of a program may have 128 KiB
CLAUSE = "0/0/2000 "
"""Of the voice ``paced``: 20 seconds that the engine yields as one array."""
AHEAD_S = Config().lookahead_s
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
    """What four readers hear while there is nobody else."""
    return hear(daemon)


@pytest.fixture(autouse=True)
def _nothing_goes_on(daemon: Daemon) -> Iterator[None]:
    """Who has left, one way or another, leaves nothing to be done; and no stage has died of it."""
    pids = daemon.pids()
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
    assert daemon.pids() == pids


def hear(daemon: Daemon, meanwhile: Callable[[], None] = lambda: None) -> list[Samples]:
    """Speak the four texts at the same time; when all have begun, something may happen; hear them to the end."""
    with daemon.client() as client:
        blocks = [iter(client.stream(text)) for text in TEXTS]
        first = [next(each) for each in blocks]
        meanwhile()
        return [np.concatenate([begun, *rest]) for begun, rest in zip(first, blocks, strict=True)]


def assert_same(heard: list[Samples], expected: list[Samples]) -> None:
    for one, other in zip(heard, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def fall_asleep(client: Client, text: str, voice: str = "") -> Stream:
    """A stream whose reader takes one block."""
    stream = client.stream(text, voice=voice)
    next(iter(stream))
    return stream


def made_s(stream: Stream) -> float:
    """Seconds that lie in the stream's ring."""
    ring = stream._ring
    assert ring is not None
    slots = [ring.slots[at % ring.size] for at in range(ring.tail, ring.head)]
    return sum(slot.words[s.COUNT] for slot in slots if slot.words[s.KIND] == s.PCM) / stream.sample_rate


def all_that_it_is_owed(*streams: Stream) -> None:
    eventually(lambda: min(map(made_s, streams)) > AHEAD_S - 0.1)


@contextmanager
def stopped(daemon: Daemon, text: str, count: int = 3) -> Iterator[list[Reader]]:
    """Programs that were stopped, by SIGSTOP, when each had read one block. Killed at the end."""
    command = [sys.executable, "-c", READER, str(daemon.socket), text]
    with ExitStack() as care:
        readers = []
        for _ in range(count):
            readers.append(care.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
            care.callback(readers[-1].kill)
        eventually(lambda: {state(reader.pid) for reader in readers} == {"T"})
        yield readers


def state(pid: int) -> str:
    """R running, S sleeping, T stopped, Z dead."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]


def test_readers_that_sleep_disturb_nobody(daemon: Daemon, alone: list[Samples]) -> None:
    with daemon.client() as client:
        sleepers = [fall_asleep(client, HOURS) for _ in range(16)]
        assert_same(hear(daemon), alone)
        all_that_it_is_owed(*sleepers)
        assert_same(hear(daemon), alone)


def test_programs_that_are_stopped_disturb_nobody(daemon: Daemon, alone: list[Samples]) -> None:
    with stopped(daemon, HOURS):
        assert_same(hear(daemon), alone)


def test_readers_killed_with_their_rings_full_disturb_nobody(daemon: Daemon, alone: list[Samples]) -> None:
    with stopped(daemon, HOURS) as readers:
        hear(daemon)  # whoever is owed more before they end has had it

        def kill() -> None:
            for reader in readers:
                reader.send_signal(signal.SIGKILL)
            eventually(lambda: daemon.status()["utterances"]["active"] == len(TEXTS))

        assert_same(hear(daemon, meanwhile=kill), alone)


@pytest.mark.parametrize(("text", "voice"), [(HOURS, ""), (CLAUSE * 100, "paced")], ids=["frames", "whole clauses"])
def test_what_is_made_for_a_sleeping_reader_stays_little(
    daemon: Daemon, alone: list[Samples], text: str, voice: str
) -> None:
    """However long the text is, and however much the engine yields at once."""
    with daemon.client() as client:
        sleeper = fall_asleep(client, text, voice)
        all_that_it_is_owed(sleeper)
        assert_same(hear(daemon), alone)
        made = made_s(sleeper)
        before = {stage["name"]: stage["rss_bytes"] for stage in daemon.status()["stages"]}
        assert_same(hear(daemon), alone)
        assert made_s(sleeper) == made < AHEAD_S + 1
        assert all(ring["fill"] == 0 for ring in daemon.status()["rings"])
        after = {stage["name"]: stage["rss_bytes"] for stage in daemon.status()["stages"]}
        assert all(after[name] - size < 4 << 20 for name, size in before.items()), (before, after)


def test_a_reader_that_reads_gets_little_ahead_of_an_engine_that_yields_whole_clauses(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(CLAUSE * 3, voice="paced")
        made = [made_s(stream) for _ in stream]
    assert max(made) < AHEAD_S + 1
    assert len(made) * 1024 >= 3 * 20 * stream.sample_rate


@pytest.mark.parametrize("greedy", [1, 4])
def test_who_reads_faster_than_it_plays_keeps_nobody_waiting(daemon: Daemon, greedy: int) -> None:
    """A second stream has begun and ended while hours are still taken as fast as they are made."""
    over = threading.Event()

    def take(client: Client) -> int:
        taken = 0
        for block in client.stream(HOURS):
            taken += len(block)
            if over.is_set():
                client.cancel()
        return taken

    with ExitStack() as care, ThreadPoolExecutor(greedy) as pool:
        care.callback(over.set)
        readers = [pool.submit(take, care.enter_context(daemon.client())) for _ in range(greedy)]
        eventually(lambda: daemon.status()["utterances"]["active"] == greedy)
        hear(daemon)
        assert not any(reader.done() for reader in readers)
        over.set()
        assert min(reader.result() for reader in readers) > 0


@pytest.mark.parametrize(("text", "voice"), [(TALE * 6, ""), (CLAUSE * 3, "paced")], ids=["frames", "whole clauses"])
def test_who_wakes_up_hears_every_sample(daemon: Daemon, text: str, voice: str) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(text, voice=voice)))
        sleeper = client.stream(text, voice=voice)
        first = next(iter(sleeper))
        all_that_it_is_owed(sleeper)
        for _ in range(3):
            hear(daemon)
        np.testing.assert_array_equal(np.concatenate([first, *sleeper]), whole)


def test_a_program_that_is_continued_hears_every_sample(daemon: Daemon) -> None:
    text = TALE * 6
    with daemon.client() as client:
        whole = hashlib.sha256(np.concatenate(list(client.stream(text))).tobytes()).hexdigest()
    with stopped(daemon, text) as readers:
        hear(daemon)
        for reader in readers:
            reader.send_signal(signal.SIGCONT)
        assert [reader.communicate()[0].strip() for reader in readers] == [whole] * len(readers)
