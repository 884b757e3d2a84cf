"""What was found by looking for it: orders of deaths and requests in which the speech did not go on as it should."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick

from steadyvoice.client import UtteranceFailed
from steadyvoice.ipc import ring
from steadyvoice.ipc.notifier import EventNotifier

MAKERS = ["generator", "vocoder", "converter"]
TALE = "Nobody in the village knows when it was built, and nobody asks. " * 3
SHORT = "0/0/10 " * 20
"""Two seconds, made at once."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    settings = 'engines = ["hibari", "paced"]\naudio.device = "null"\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon


def kill(daemon: Daemon, stage: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Return the successor's pid."""
    pid = daemon.pids()[stage]
    os.kill(pid, number)
    return eventually(lambda: daemon.pids()[stage] not in (0, pid) and daemon.pids()[stage])


@pytest.mark.parametrize("stage", quick(1, MAKERS))
def test_who_waits_does_not_speak_in_the_pause_of_another(daemon: Daemon, stage: str) -> None:
    """The first one waits for its writer when a stage dies, and has nothing to say yet when its successor is there."""
    with daemon.client() as client:
        first = client.open()
        first.append("One two three. ")
        eventually(lambda: client.receive(0.1) or first.started is not None)
        behind = client.speak("Four five six.")
        kill(daemon, stage)
        with daemon.client() as other:
            assert sum(map(len, other.stream(TALE))) > 0, "all stages are there, and have had their turn"
        client.receive(0.1)
        assert behind.started is None
        first.append("And the rest.")
        first.finish()
        assert first.wait().reason == "done"
        assert behind.wait().reason == "done"


def test_what_was_made_ahead_is_not_heard_in_between(daemon: Daemon) -> None:
    """A stage hangs near the end of one utterance, when the next one is being made already."""
    with daemon.client() as client:
        first, behind = client.speak(SHORT, voice="paced"), client.speak(SHORT, voice="paced")
        eventually(lambda: client.receive(0.1) or first.started is not None)
        kill(daemon, "converter", signal.SIGSTOP)
        assert first.wait().duration_s == pytest.approx(2.0, abs=1e-3)
        assert behind.wait().duration_s == pytest.approx(2.0, abs=1e-3)


def test_a_successor_that_dies_before_it_is_ready(daemon: Daemon) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(SHORT, voice="paced")))
        stream = client.stream(SHORT, voice="paced")
        blocks = iter(stream)
        heard = [next(blocks)]
        for _ in range(3):
            kill(daemon, "converter")
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)


@pytest.mark.parametrize("nonsense", ["generation", "slots"])
def test_nonsense_in_a_ring_stops_nobody_elses_recovery(daemon: Daemon, nonsense: str) -> None:
    with daemon.client() as bad, daemon.client() as good:
        whole = np.concatenate(list(good.stream(TALE)))
        stream = bad.stream(TALE * 9)
        next(iter(stream))
        assert stream._ring is not None
        words = stream._ring._words
        if nonsense == "generation":
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


def test_a_bell_that_a_client_has_filled_and_made_to_block(daemon: Daemon) -> None:
    """Whoever rings it is not held up."""
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
    """One ring more would have to wait, if nobody looked; False where one has come meanwhile."""
    assert notifier is not None
    notifier.clear()
    try:
        os.eventfd_write(notifier.fd, (1 << 64) - 2)
    except BlockingIOError:
        return False
    return True
