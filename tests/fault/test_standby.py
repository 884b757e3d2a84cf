"""A standby process takes over from a stage that died."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, alive, configured, eventually
from support.matrix import only

STAGES = ["generator", "vocoder", "converter", "output"]
TALE = "One two three four five six seven. Nobody in the village knows when it was built, and nobody asks."
SLOW = "0/300/30 " * 4
"""The vocoder nearly always works on a block."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    settings = f'standby = {STAGES}\naudio.device = "null"\nengines = ["hibari", "paced"]\n'
    settings += 'models.preload = ["hibari", "paced"]\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon
        pids = [*daemon.pids().values(), *standbys(daemon).values()]
    assert not any(map(alive, pids))


def standbys(daemon: Daemon, engine: str = "hibari") -> dict[str, int]:
    """Of the engine's line, the last converter and the output."""
    stages = [stage for stage in daemon.status()["stages"] if stage["engine"] in ("", engine)]
    return {stage["name"]: stage["standby"] for stage in stages}


def test_live_sound_renews_only_the_standby_of_the_output(daemon: Daemon) -> None:
    eventually(lambda: all(standbys(daemon).values()))
    before = standbys(daemon)
    with daemon.client() as client:
        session = client.live("silence")
        eventually(lambda: all(standbys(daemon).values()))
        during = standbys(daemon)
        session.cancel()
    eventually(lambda: not daemon.status()["live"] and all(standbys(daemon).values()))
    after = standbys(daemon)
    for stage in ("generator", "vocoder", "converter"):
        assert before[stage] == during[stage] == after[stage]
    assert len({before["output"], during["output"], after["output"]}) == 3


@pytest.mark.parametrize("stage", only(lambda stage: stage in ("vocoder", "output"), STAGES))
def test_the_standby_takes_over(daemon: Daemon, stage: str) -> None:
    eventually(lambda: all(standbys(daemon).values()))
    standby = standbys(daemon)[stage]
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(TALE)))
        playing, blocks = client.speak(TALE[:34]), iter(client.stream(TALE))
        heard = [next(blocks)]
        while playing.started is None:
            client.receive()
        os.kill(daemon.pids()[stage], signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
        assert playing.wait().reason == "done"
    assert daemon.pids()[stage] == standby
    eventually(lambda: standbys(daemon)[stage] not in (0, standby))


def test_a_standby_that_dies_is_replaced(daemon: Daemon) -> None:
    eventually(lambda: all(standbys(daemon).values()))
    before, pids = standbys(daemon), daemon.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: all(pid not in (0, before[stage]) for stage, pid in standbys(daemon).items()))
    assert daemon.pids() == pids


def test_a_standby_that_dies_together_with_its_stage(daemon: Daemon) -> None:
    """The daemon does not know of its death when it needs it. This death must not be blamed on the current block."""
    eventually(lambda: all(standbys(daemon, "paced").values()))
    stage, standby = daemon.pids("paced")["vocoder"], standbys(daemon, "paced")["vocoder"]
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(SLOW, voice="paced")))
        blocks = iter(client.stream(SLOW, voice="paced"))
        heard = [next(blocks)]
        os.kill(standby, signal.SIGSTOP)
        os.kill(stage, signal.SIGKILL)
        eventually(lambda: daemon.pids("paced")["vocoder"] not in (0, stage))
        with contextlib.suppress(ProcessLookupError):  # the daemon has found it hung, and killed it
            os.kill(standby, signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
