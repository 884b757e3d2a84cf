"""Orders of stage deaths and requests after which speech once did not continue as it should."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick

from steadyvoice.client import Client, Utterance, UtteranceFailed
from steadyvoice.ipc import ring
from steadyvoice.ipc.notifier import EventNotifier

BEFORE_OUTPUT = ["generator", "vocoder", "converter"]
TALE = "Nobody in the village knows when it was built, and nobody asks. " * 3
SHORT = "0/0/10 " * 20
"""Two seconds, generated without computing time."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    settings = 'engines = ["hibari", "paced"]\naudio.device = "null"\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon


def kill(daemon: Daemon, stage: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Kill the stage; return the pid of its replacement."""
    pid = daemon.pids()[stage]
    os.kill(pid, number)
    return eventually(lambda: daemon.pids()[stage] not in (0, pid) and daemon.pids()[stage])


def has_started(client: Client, utterance: Utterance) -> bool:
    client.receive(0.1)
    return utterance.started is not None


@pytest.mark.parametrize("stage", quick(1, BEFORE_OUTPUT))
def test_the_next_utterance_does_not_play_while_the_first_waits_for_text(daemon: Daemon, stage: str) -> None:
    """A stage dies while the first utterance waits for text; there is still no text when the replacement is ready."""
    with daemon.client() as client:
        first = client.open()
        first.append("One two three. ")
        eventually(partial(has_started, client, first))
        behind = client.speak("Four five six.")
        kill(daemon, stage)
        with daemon.client() as other:
            assert sum(map(len, other.stream(TALE))) > 0, "all stages must be ready and have worked"
        client.receive(0.1)
        assert behind.started is None
        first.append("And the rest.")
        first.finish()
        assert first.wait().reason == "done"
        assert behind.wait().reason == "done"


def test_audio_generated_ahead_is_not_played_within_another_utterance(daemon: Daemon) -> None:
    """A stage hangs near the end of one utterance, while the next one is being generated."""
    with daemon.client() as client:
        first, behind = client.speak(SHORT, voice="paced"), client.speak(SHORT, voice="paced")
        eventually(partial(has_started, client, first))
        kill(daemon, "converter", signal.SIGSTOP)
        assert first.wait().duration_s == pytest.approx(2.0, abs=1e-3)
        assert behind.wait().duration_s == pytest.approx(2.0, abs=1e-3)


def test_a_replacement_that_dies_before_it_is_ready(daemon: Daemon) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(SHORT, voice="paced")))
        stream = client.stream(SHORT, voice="paced")
        blocks = iter(stream)
        heard = [next(blocks)]
        for _ in range(3):
            kill(daemon, "converter")
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)


@pytest.mark.parametrize("invalid", ["generation", "lost slots"])
def test_invalid_counters_in_a_ring_stop_no_other_recovery(daemon: Daemon, invalid: str) -> None:
    with daemon.client() as bad, daemon.client() as good:
        whole = np.concatenate(list(good.stream(TALE)))
        stream = bad.stream(TALE * 9)
        next(iter(stream))
        assert stream._ring is not None
        words = stream._ring._words
        if invalid == "generation":
            words[ring._GENERATION] = (1 << 64) - 1
        else:
            words[ring._LOST : ring._LOST + 16] = memoryview(
                b"".join((at << 32 | 1).to_bytes(8, "little") for at in range(16))
            ).cast("Q")
        blocks = iter(good.stream(TALE))
        heard = [next(blocks)]
        kill(daemon, "converter")
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
        with pytest.raises(
            UtteranceFailed, match=r"invalid ring counters written by the client; see docs/protocol\.md"
        ):
            stream.wait()


def test_a_full_and_blocking_notifier_of_a_client_blocks_no_stage(daemon: Daemon) -> None:
    """The converter notifies it after each block."""
    pids = daemon.pids()
    with daemon.client() as bad, daemon.client() as good:
        stream = bad.stream(TALE)
        next(iter(stream))
        assert stream._filled is not None
        eventually(lambda: fill(stream._filled))
        os.set_blocking(stream._filled.fd, True)
        assert sum(map(len, good.stream(TALE))) > 0
    assert daemon.pids() == pids


def fill(notifier: EventNotifier | None) -> bool:
    """Fill the notifier, so that one more notification would block; False if one has arrived meanwhile."""
    assert notifier is not None
    notifier.clear()
    try:
        os.eventfd_write(notifier.fd, (1 << 64) - 2)
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("stage", quick(1, BEFORE_OUTPUT))
def test_a_death_before_or_behind_the_sample_at_which_a_stream_begins(daemon: Daemon, stage: str) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(TALE)))
        first = len(whole) * 3 // 4
        stream = client.stream(TALE, from_sample=first)
        kill(daemon, stage)  # while what precedes the sample is computed
        blocks = iter(stream)
        heard = [next(blocks)]
        kill(daemon, stage)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole[first:])
        second = np.concatenate(list(client.stream(TALE, from_char=64)))
        np.testing.assert_array_equal(second, whole[-len(second) :])
        stream = client.stream(TALE, from_char=64)
        kill(daemon, stage)
        np.testing.assert_array_equal(np.concatenate(list(stream)), second)
