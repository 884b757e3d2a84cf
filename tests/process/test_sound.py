"""A real sound device: the samples that the monitor of a PulseAudio null sink records."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from support.daemon import Daemon, configured, eventually
from support.recogniser import Recogniser, words
from support.sound import RATE, Recorder, SoundServer, expected, place, wait_until_heard

pytestmark = pytest.mark.realtime

FOX = "The quick brown fox jumps over the lazy dog."
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill, and nobody said a "
    "word until we reached the bridge. Then she laughed."
)
LONG = "One two three four five six seven. " * 20


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, sound: SoundServer) -> Iterator[Daemon]:
    # ALSA's PulseAudio plug-in drops its buffer at an underrun, so the buffer is large enough for a busy machine.
    with configured(tmp_path_factory.mktemp("user"), cache, "audio.latency_ms = 80\n", **sound.env) as daemon:
        assert daemon.status()["audio"]["device"]
        yield daemon


def test_the_device_plays_every_sample(daemon: Daemon, recorder: Recorder, recogniser: Recogniser) -> None:
    done = daemon.svctl("speak", TALE, "--json")
    assert done.returncode == 0, done.stderr
    finished = json.loads(done.stdout.splitlines()[-1])
    wanted = expected(daemon, TALE)
    assert finished["duration_s"] == pytest.approx(len(wanted) / RATE, abs=1e-3)
    timings, played_ms = finished["timings"], finished["duration_s"] * 1000
    assert timings["generator.first"] < timings["output.first"] < timings["generator.last"] < timings["output.last"]
    assert played_ms - 4000 < timings["generator.last"] < played_ms, (
        "the last clause is generated while an earlier one plays"
    )
    heard = wait_until_heard(recorder, len(wanted) / RATE + 0.5)
    at = place(heard, wanted)
    np.testing.assert_allclose(heard[at : at + len(wanted)], wanted, atol=2e-3)
    assert daemon.status()["underruns"] == 0
    assert recogniser.words(np.asarray(soxr.resample(heard, RATE, 16000), np.float32)) == words(
        TALE.replace("past", "passed")
    )


def test_two_utterances_follow_without_a_gap(daemon: Daemon, recorder: Recorder) -> None:
    wanted = np.concatenate([expected(daemon, FOX), expected(daemon, "And then it sleeps.")])
    with daemon.client() as client:
        first, second = client.speak(FOX), client.speak("And then it sleeps.")
        assert [first.wait().reason, second.wait().reason] == ["done", "done"]
    heard = wait_until_heard(recorder, len(wanted) / RATE + 0.3)
    at = place(heard, wanted)
    np.testing.assert_allclose(heard[at : at + len(wanted)], wanted, atol=2e-3)


def test_cancel_fades_out_and_the_next_utterance_plays(daemon: Daemon, recorder: Recorder) -> None:
    with daemon.client() as client:
        utterance = client.speak(LONG)
        eventually(lambda: np.abs(recorder.samples[-RATE // 10 :]).max(initial=0) > 0.1)
        finished = utterance.cancel()
        assert finished.reason == "cancelled"
        assert 0 < finished.duration_s < 20
        cancelled = np.flatnonzero(recorder.samples)[0]
        heard = wait_until_heard(recorder, finished.duration_s + 0.5)
        sounding = np.flatnonzero(heard[cancelled:]) + cancelled
        steps = np.abs(np.diff(heard[sounding[0] : sounding[-1] + 2]))
        assert steps.max() < 0.1, "there is a click"
        assert steps[-20:].max() < 0.01, "there is no fade-out"
        assert client.speak(FOX).wait().reason == "done"


def test_stop_by_another_client_cancels_all_utterances(daemon: Daemon, recorder: Recorder) -> None:
    with daemon.client() as client:
        utterance = client.speak(LONG)
        queued = client.speak(LONG)
        eventually(lambda: len(np.flatnonzero(recorder.samples)) > RATE // 2)
        assert daemon.svctl("stop").returncode == 0
        assert utterance.wait().reason == queued.wait().reason == "cancelled"
        assert queued.finished is not None
        assert queued.finished.heard_chars == 0


def test_silence_while_the_text_is_incomplete_is_no_underrun(daemon: Daemon, recorder: Recorder) -> None:
    """The writer pauses for a second within the utterance."""
    before = daemon.status()["underruns"]
    with daemon.client() as client:
        with client.open() as utterance:
            utterance.append("Hello there. ")
            heard = len(expected(daemon, "Hello there.")) / RATE
            wait_until_heard(recorder, heard + 1)
            utterance.append("And on it goes.")
        assert utterance.wait().reason == "done"
    assert daemon.status()["underruns"] == before


def test_a_detached_utterance_outlives_its_client(daemon: Daemon, recorder: Recorder) -> None:
    assert daemon.svctl("speak", "--detach", FOX).returncode == 0
    wanted = expected(daemon, FOX)
    heard = wait_until_heard(recorder, len(wanted) / RATE + 0.3)
    at = place(heard, wanted)
    np.testing.assert_allclose(heard[at : at + len(wanted)], wanted, atol=2e-3)


def test_the_device_is_closed_when_idle(daemon: Daemon, sound: SoundServer) -> None:
    eventually(lambda: sound.players() == 0)
