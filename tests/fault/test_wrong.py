"""A stage fails in its engine or converter: its utterance continues or fails, and other clients lose no sample."""

import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import faulty
from support.daemon import Daemon, configured, eventually
from support.matrix import only, quick

from steadyvoice.client import UtteranceFailed

WORDS = "hum hum hum hum hum hum hum hum. " * 3
OTHER = "Nobody in the village knows when it was built. " * 4
DEADLY = ["kill", "stop", "exit", "loop", "block", "segv"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faulty")


@pytest.fixture(scope="module")
def daemon(place: Path, cache: Path) -> Iterator[Daemon]:
    settings = 'engines = ["hibari", "faulty"]\nconverters = ["wrong"]\naudio.device = "null"\nlimits.stage_mib = 900\n'
    settings += 'models.preload = ["faulty", "wrong"]\n'
    env = faulty.install(place) | {"XDG_STATE_HOME": str(place / "state")}
    with configured(place, cache, settings, **env) as daemon:
        yield daemon


def say(daemon: Daemon, text: str) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, voice="faulty", converter="wrong")))


class Neighbour(threading.Thread):
    """Another client, which streams the same text repeatedly during the test."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__()
        self._daemon = daemon
        self._over = threading.Event()
        self.heard: list[NDArray[np.float32]] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with self._daemon.client() as client:
                while not self._over.is_set() or not self.heard:
                    self.heard.append(np.concatenate(list(client.stream(OTHER))))
        except Exception as error:
            self.failure = error

    def __enter__(self) -> "Neighbour":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


@pytest.fixture(scope="module")
def undisturbed(daemon: Daemon) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(OTHER)))


def check(neighbour: Neighbour, undisturbed: NDArray[np.float32]) -> None:
    assert neighbour.failure is None
    for heard in neighbour.heard:
        np.testing.assert_array_equal(heard, undisturbed)


def _kept(stage: str, fault: str) -> bool:
    """Most faults, in one stage each; test_killed.py has each stage's recovery. A loop takes ten seconds of a core."""
    return (stage, fault) in {
        ("generator", "kill"), ("generator", "block"), ("vocoder", "stop"), ("vocoder", "exit"), ("converter", "segv"),
    }  # fmt: skip


@pytest.mark.parametrize(("stage", "fault"), only(_kept, product(faulty.STAGES, DEADLY)))
def test_a_single_fault_changes_no_sample(
    daemon: Daemon, place: Path, undisturbed: NDArray[np.float32], stage: str, fault: str
) -> None:
    """The samples equal those of the same text without the fault."""
    text = f"{WORDS} hum hum {stage}:{fault}:once hum. {WORDS}"
    whole = say(daemon, text)
    restarts = restarted(daemon, stage)
    (place / "once").touch()
    with Neighbour(daemon) as neighbour:
        heard = say(daemon, text)
    assert not (place / "once").exists()
    assert restarted(daemon, stage) == restarts + 1
    np.testing.assert_array_equal(heard, whole)
    check(neighbour, undisturbed)
    assert whole.any()


def restarted(daemon: Daemon, name: str) -> int:
    return sum(int(stage["restarts"]) for stage in daemon.status()["stages"] if stage["name"] == name)


@pytest.mark.parametrize("stage", faulty.STAGES)
def test_a_block_that_kills_the_stage_twice_fails_only_its_utterance(
    daemon: Daemon, place: Path, undisturbed: NDArray[np.float32], stage: str
) -> None:
    with Neighbour(daemon) as neighbour:
        with pytest.raises(UtteranceFailed, match="twice at the same block; the block is kept in ") as failed:
            say(daemon, f"{WORDS} hum {stage}:kill hum. {WORDS}")
        assert failed.value.code == "stage_failed"
    kept = Path(str(failed.value).rpartition(" ")[2])
    assert kept.is_relative_to(place / "state")
    assert kept.stat().st_mode & 0o777 == 0o600
    data = kept.read_bytes()
    assert f"{stage}:kill".encode() in data or np.frombuffer(data[256:], np.float32).any()
    check(neighbour, undisturbed)
    eventually(lambda: all(one["state"] in ("ready", "busy") for one in daemon.status()["stages"]))


@pytest.mark.parametrize(
    ("stage", "fault"),
    only(
        lambda stage, fault: fault == "raise" or (stage, fault) in {("generator", "memory"), ("vocoder", "nonsense")},
        product(faulty.STAGES, ["raise", "memory", "nonsense"]),
    ),
)
def test_an_error_that_the_stage_survives_fails_only_its_utterance(
    daemon: Daemon, undisturbed: NDArray[np.float32], stage: str, fault: str
) -> None:
    before = daemon.pids("faulty")
    with Neighbour(daemon) as neighbour:
        with pytest.raises(UtteranceFailed) as failed:
            say(daemon, f"{WORDS} hum {stage}:{fault} hum. {WORDS}")
        assert failed.value.code == "stage_failed"
        assert "\n" not in str(failed.value)
    assert daemon.pids("faulty") == before
    check(neighbour, undisturbed)


@pytest.mark.parametrize(
    ("stage", "fault"),
    quick(2, [("generator", "raise"), ("vocoder", "kill"), ("generator", "kill"), ("vocoder", "raise")]),
)
def test_the_fallback_voice_continues(tmp_path: Path, cache: Path, stage: str, fault: str) -> None:
    """The fallback voice speaks only the text that was not spoken yet, and ``finished`` names it."""
    settings = (
        'engines = ["hibari", "faulty"]\nfallback_voice = "heart"\naudio.device = "null"\nmodels.preload = ["faulty"]\n'
    )
    env = faulty.install(tmp_path) | {"XDG_STATE_HOME": str(tmp_path / "state")}
    text = f"hum hum hum hum. hum {stage}:{fault} hum hum. The old bridge by the mill."
    with configured(tmp_path, cache, settings, **env) as daemon, daemon.client() as client:
        rest = len(np.concatenate(list(client.stream("The old bridge by the mill."))))
        stream = client.stream(text, voice="faulty")
        heard = sum(map(len, stream))
        for finished in (stream.finished, client.speak(text, voice="faulty").wait()):
            assert finished is not None
            assert (finished.reason, finished.code, finished.fallback_voice) == ("done", None, "heart")
            assert finished.heard_chars == len(text)
            assert finished.duration_s > 4 * 0.05 + rest / 24000
        assert heard > 4 * faulty.WORD + rest
        assert "heart goes on" in daemon.log
