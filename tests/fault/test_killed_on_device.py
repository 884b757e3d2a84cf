"""A stage is killed while the sound device plays: not a sample more or less is played than without the fault."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually

from steadyvoice.client import Utterance
from steadyvoice.ipc import null_device_log

pytestmark = pytest.mark.realtime
TEXT = "It was late. Nobody in the village knows when it was built, and nobody asks. Then she left."
SECOND_SENTENCE = TEXT.index("Nobody")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "play.log"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, log: Path) -> Iterator[Daemon]:
    settings = f'lookahead_s = 0.5\naudio.device = "null:{log}"\n'
    with configured(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def undisturbed(daemon: Daemon, log: Path) -> tuple[int, float]:
    """Samples that the device plays of TEXT, and the duration that is reported."""
    with daemon.client() as client:
        utterance = client.speak(TEXT, rate=1.5)
        return played(utterance, log)


def played(utterance: Utterance, log: Path) -> tuple[int, float]:
    duration_s = utterance.wait().duration_s
    return sum(block.sounding for block in null_device_log.read(log)), duration_s


@pytest.mark.parametrize("stage", ["generator", "vocoder", "converter"])
def test_a_stage_killed_in_the_second_sentence(
    daemon: Daemon, log: Path, undisturbed: tuple[int, float], stage: str
) -> None:
    log.write_bytes(b"")
    pid = daemon.pids()[stage]
    with daemon.client() as client:
        utterance = client.speak(TEXT, rate=1.5)
        for event in utterance.events():
            if getattr(event, "start", 0) > SECOND_SENTENCE:
                break
        os.kill(pid, signal.SIGKILL)
        assert played(utterance, log) == undisturbed
    eventually(lambda: daemon.pids()[stage] not in (0, pid))
