"""A spare takes the dead one's place: the process that was there already."""

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
"""The vocoder has nearly always something at hand."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    settings = f'standby = {STAGES}\naudio.device = "null"\nengines = ["hibari", "paced"]\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon
        pids = [*daemon.pids().values(), *standbys(daemon).values()]
    assert not any(map(alive, pids))


def standbys(daemon: Daemon) -> dict[str, int]:
    return {stage["name"]: stage["standby"] for stage in daemon.status()["stages"]}


@pytest.mark.parametrize("stage", only(lambda stage: stage in ("vocoder", "output"), STAGES))
def test_it_goes_on_at_once(daemon: Daemon, stage: str) -> None:
    eventually(lambda: all(standbys(daemon).values()))
    spare = standbys(daemon)[stage]
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(TALE)))
        playing, blocks = client.speak(TALE[:34]), iter(client.stream(TALE))
        heard = [next(blocks)]
        while playing.started is None:
            client.receive()
        os.kill(daemon.pids()[stage], signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
        assert playing.wait().reason == "done"
    assert daemon.pids()[stage] == spare
    eventually(lambda: standbys(daemon)[stage] not in (0, spare))


def test_a_spare_that_dies_is_made_anew(daemon: Daemon) -> None:
    eventually(lambda: all(standbys(daemon).values()))
    before, pids = standbys(daemon), daemon.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: all(pid not in (0, before[stage]) for stage, pid in standbys(daemon).items()))
    assert daemon.pids() == pids


def test_a_spare_that_dies_with_its_stage(daemon: Daemon) -> None:
    """Nobody has heard of its death when it is wanted; nor has it died of the block that was at hand."""
    eventually(lambda: all(standbys(daemon).values()))
    stage, spare = daemon.pids()["vocoder"], standbys(daemon)["vocoder"]
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(SLOW, voice="paced")))
        blocks = iter(client.stream(SLOW, voice="paced"))
        heard = [next(blocks)]
        os.kill(spare, signal.SIGSTOP)
        os.kill(stage, signal.SIGKILL)
        eventually(lambda: daemon.pids()["vocoder"] not in (0, stage))
        with contextlib.suppress(ProcessLookupError):  # it was seen to hang already
            os.kill(spare, signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
