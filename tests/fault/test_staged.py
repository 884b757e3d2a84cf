"""An engine of three stages: it speaks, and its samples are the same whatever ends, hangs or fails on the way."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from itertools import groupby, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import staged
from support.daemon import Daemon, alive, configured, eventually, user_env
from support.matrix import only, quick
from support.seccomp import IS_KNOWN, refusing, rules

from steadyvoice.client import Client, Utterance, UtteranceFailed
from steadyvoice.ipc.daemon_status import StageStatus

SENTENCE = "Nobody in the village knows when it was built, and nobody asks. "
TALE = ("One two three four five six seven. " + SENTENCE) * 6
"""17 s: more than may be ahead of a listener."""
WORDS = 6 * 19
BEFORE_OUTPUT = ["generator", "flow", "vocoder", "converter"]
SIGNALS = [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staged")


@pytest.fixture(scope="module")
def daemon(place: Path, cache: Path) -> Iterator[Daemon]:
    settings = 'engines = ["hibari", "staged"]\naudio.device = "null"\nmodels.preload = ["staged"]\nlookahead_s = 1.0\n'
    env = staged.install(place) | {"XDG_STATE_HOME": str(place / "state")}
    with configured(place, cache, settings, **env) as daemon:
        yield daemon
    assert daemon.names_in_shm() == []


def say(daemon: Daemon, text: str, voice: str = "staged") -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, voice=voice)))


@pytest.fixture(scope="module")
def whole(daemon: Daemon) -> NDArray[np.float32]:
    return say(daemon, TALE)


def disturbed(daemon: Daemon, at: int, stages: tuple[str, ...], number: signal.Signals) -> NDArray[np.float32]:
    """Signal each of these stages, when the one before has been replaced, once so many samples were read."""
    heard: list[NDArray[np.float32]] = []
    with daemon.client() as client:
        waiting = list(stages)
        for block in client.stream(TALE, voice="staged"):
            heard.append(block)
            while waiting and sum(map(len, heard)) >= at:
                end(daemon, waiting.pop(0), number)
    assert not waiting
    return np.concatenate(heard)


def end(daemon: Daemon, stage: str, number: signal.Signals) -> None:
    pid = daemon.pids("staged")[stage]
    os.kill(pid, number)
    eventually(lambda: daemon.pids("staged")[stage] not in (0, pid))
    assert not alive(pid)


def has_started(client: Client, utterance: Utterance) -> bool:
    client.receive(0.1)
    return utterance.started is not None


def test_it_speaks(daemon: Daemon, whole: NDArray[np.float32]) -> None:
    stages = [stage["name"] for stage in daemon.status()["stages"] if stage["engine"] == "staged"]
    assert stages == ["generator", "flow", "vocoder"]
    assert len(whole) == WORDS * staged.WORD
    with daemon.client() as client:
        stream = client.stream(SENTENCE, voice="staged")
        assert sum(map(len, stream)) == 12 * staged.WORD
        assert stream.finished is not None
        assert {"generator.first", "flow.first", "vocoder.first", "flow.last"} <= stream.finished.timings.keys()
        assert client.speak(SENTENCE, voice="staged").wait().duration_s == pytest.approx(12 * 0.04)


def test_segments_of_another_voice(daemon: Daemon) -> None:
    """Flow and vocoder learn of it, and go back to the utterance's voice."""
    before, middle, after = (say(daemon, text, voice=voice) for text, voice in
                             (("One two.", "staged"), ("Three four.", "other"), ("Five six.", "staged")))  # fmt: skip
    text = '<speak>One two. <voice name="other">Three four.</voice> Five six.</speak>'
    with daemon.client() as client:
        heard = np.concatenate(list(client.stream(text, voice="staged", ssml=True)))
    np.testing.assert_array_equal(heard, np.concatenate([before, middle, after]))


@pytest.mark.parametrize(
    ("stage", "number"),
    only(
        lambda stage, number: number == signal.SIGKILL or (stage, number) == ("flow", signal.SIGSTOP),
        product(BEFORE_OUTPUT, SIGNALS),
    ),
)
def test_a_stage_killed_while_speaking(
    daemon: Daemon, whole: NDArray[np.float32], stage: str, number: signal.Signals
) -> None:
    np.testing.assert_array_equal(disturbed(daemon, len(whole) // 2, (stage,), number), whole)


@pytest.mark.parametrize(
    "order",
    quick(2, ["flow generator vocoder", "vocoder flow generator", "generator vocoder flow", "vocoder generator flow"]),
)
def test_stages_killed_one_after_the_other(daemon: Daemon, whole: NDArray[np.float32], order: str) -> None:
    """So that a replay is itself interrupted."""
    np.testing.assert_array_equal(disturbed(daemon, len(whole) // 4, tuple(order.split()), signal.SIGKILL), whole)


@pytest.mark.parametrize("stage", ["generator", "flow", "vocoder"])
def test_a_crash_at_a_word_changes_no_sample(daemon: Daemon, place: Path, stage: str) -> None:
    text = f"{SENTENCE} And then {stage}:segv:once and later. {SENTENCE}"
    undisturbed = say(daemon, text)
    (place / "once").touch()
    np.testing.assert_array_equal(say(daemon, text), undisturbed)
    assert not (place / "once").exists()


def test_chunks_have_the_same_sizes_after_a_crash(daemon: Daemon, place: Path) -> None:
    """The flow now prefers other sizes, which it may use only after those chunks of which the client has samples."""
    with daemon.client() as client:
        stream = client.stream(" ".join(["word"] * 90), voice="chunked")
        heard = [next(iter(stream))]
        (place / "seven").touch()
        end(daemon, "flow", signal.SIGKILL)
        heard += stream
    (place / "seven").unlink()
    loudness = np.abs(np.concatenate(heard)).reshape(90, -1).max(axis=1) / 0.02
    sizes = np.rint(loudness).astype(int).tolist()
    runs = [(size, len(list(run))) for size, run in groupby(sizes)]
    assert [size for size, _ in runs[:2]] == [4, 7]
    assert all(length % size == 0 for size, length in runs), sizes


def test_a_block_that_kills_the_flow_twice_fails_its_utterance(daemon: Daemon) -> None:
    with pytest.raises(UtteranceFailed, match=r"stage flow staged .* twice at the same block; the block is kept in "):
        say(daemon, f"{SENTENCE} One flow:kill two. {SENTENCE}")
    assert len(say(daemon, SENTENCE)) == 12 * staged.WORD


def test_an_error_in_the_flow_fails_its_utterance(daemon: Daemon) -> None:
    pids = daemon.pids("staged")
    with pytest.raises(UtteranceFailed, match="RuntimeError: as the text says"):
        say(daemon, f"{SENTENCE} One flow:raise two. {SENTENCE}")
    assert daemon.pids("staged") == pids


def test_the_output_killed_while_the_device_plays(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(SENTENCE * 4, voice="staged")
        eventually(partial(has_started, client, utterance))
        end(daemon, "output", signal.SIGKILL)
        assert utterance.wait().duration_s == pytest.approx(4 * 12 * 0.04, abs=0.02)


def test_a_cancel_ends_the_flow_within_its_chunk(daemon: Daemon, place: Path) -> None:
    """The chunk takes a hundred steps; another utterance is spoken after a few of them."""
    steps, pids = place / "steps", daemon.pids("staged")
    with daemon.client() as client:
        stream = client.stream("One flow:steps two three four five.", voice="staged")
        eventually(lambda: steps.exists() and int(steps.read_text() or 0) >= 2)
        stream.cancel()
        assert len(say(daemon, SENTENCE)) == 12 * staged.WORD
    assert int(steps.read_text()) < staged.STEPS - 1
    assert daemon.pids("staged") == pids


def test_many_utterances_at_once(daemon: Daemon) -> None:
    texts = [f"{SENTENCE} {number} {SENTENCE}" for number in range(24)]
    alone = [say(daemon, text) for text in texts]
    with daemon.client() as client:
        streams = [client.stream(text, voice="staged") for text in texts]
        first = next(iter(streams[0]))
        end(daemon, "flow", signal.SIGKILL)
        heard = [np.concatenate([*([first] if stream is streams[0] else []), *stream]) for stream in streams]
    for one, other in zip(heard, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_unloaded_and_loaded(daemon: Daemon) -> None:
    pids = [stage["pid"] for stage in daemon.status()["stages"] if stage["engine"] == "staged"]
    assert daemon.svctl("models", "unload", "staged").returncode == 0
    assert not any(map(alive, pids))
    assert "staged" not in {stage["engine"] for stage in daemon.status()["stages"]}
    assert len(say(daemon, SENTENCE)) == 12 * staged.WORD
    assert daemon.svctl("models", "load", "staged").returncode == 0


@pytest.mark.skipif(not IS_KNOWN, reason="this machine's numbers of system calls are not known")
def test_without_a_forkserver_the_catalogue_reports_which_engines_have_a_flow(tmp_path: Path, cache: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('engines = ["staged"]\nvoice = "staged"\naudio.device = "null"\n')
    daemon = Daemon(user_env(tmp_path, cache, **staged.install(tmp_path)), ["--config", str(config)])
    daemon.command = [*refusing(*rules("prctl(PR_SET_CHILD_SUBREAPER)", "EPERM")), *daemon.command]
    try:
        assert len(say(daemon.start().ready(), SENTENCE)) == 12 * staged.WORD
    finally:
        status = daemon.stop()
    assert status == 0, daemon.log


def test_a_standby_of_the_flow_takes_over(tmp_path: Path, cache: Path, whole: NDArray[np.float32]) -> None:
    settings = 'engines = ["staged"]\nvoice = "staged"\naudio.device = "null"\nstandby = ["flow"]\nlookahead_s = 1.0\n'
    with configured(tmp_path, cache, settings, **staged.install(tmp_path)) as daemon:
        standby = eventually(lambda: flow_of(daemon)["standby"])
        np.testing.assert_array_equal(disturbed(daemon, len(whole) // 2, ("flow",), signal.SIGKILL), whole)
        assert flow_of(daemon)["pid"] == standby


def flow_of(daemon: Daemon) -> StageStatus:
    return next(stage for stage in daemon.status()["stages"] if stage["name"] == "flow")
