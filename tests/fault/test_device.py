"""The sound device or the output stage is lost in the middle of a word: the speech continues at the same place."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick
from support.sound import RATE, SoundServer, expected, seam

from steadyvoice.client import Client, Utterance, UtteranceFailed

pytestmark = pytest.mark.realtime

TALE = "Nobody said a word until we had reached the old bridge by the mill and the river."
SLACK = RATE // 25
"""40 ms: the replay begins at the time when the loss was noticed, and each interruption has a fade of 5 ms."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    server = SoundServer(tmp_path / "sound")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make(tmp_path: Path, cache: Path, server: SoundServer) -> Iterator[Callable[[str], Daemon]]:
    made = []

    def make(lines: str = "") -> Daemon:
        context = configured(tmp_path, cache, f"audio.latency_ms = 200\n{lines}", **server.env)
        made.append(context)
        return context.__enter__()

    yield make
    for context in made:
        context.__exit__(None, None, None)


def until_heard(client: Client, utterance: Utterance, seconds: float) -> None:
    while utterance.started is None:
        client.receive()
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > seconds)


@pytest.mark.parametrize("number", quick(1, [signal.SIGSTOP, signal.SIGKILL]))
def test_speech_continues_when_the_output_is_killed(
    make: Callable[[str], Daemon], server: SoundServer, number: signal.Signals
) -> None:
    daemon = make("")
    wanted = expected(daemon, TALE)
    with server.recorder() as recorder, daemon.client() as client:
        eventually(lambda: len(recorder.samples) > RATE)
        recorder.forget()
        utterance = client.speak(TALE)
        until_heard(client, utterance, 1.0)
        os.kill(daemon.pids()["output"], number)
        finished = utterance.wait()
        assert (finished.reason, finished.heard_chars) == ("done", len(TALE))
        eventually(lambda: np.any(recorder.samples) and not recorder.samples[-RATE // 2 :].any())
        stops, goes_on, gap = seam(recorder.samples, wanted)
    assert RATE // 2 < stops < len(wanted) - RATE
    assert abs(goes_on - stops) < SLACK, "samples were lost or repeated"
    assert gap > 0


def test_speech_continues_when_the_device_is_back(make: Callable[[str], Daemon], server: SoundServer) -> None:
    """Meanwhile streams of other clients continue."""
    daemon = make("")
    wanted = expected(daemon, TALE)
    with daemon.client() as client, daemon.client() as other:
        with server.recorder() as recorder:
            eventually(lambda: len(recorder.samples) > RATE)
            recorder.forget()
            utterance = client.speak(TALE)
            until_heard(client, utterance, 1.0)
            server.kill()
            killed_at = time.monotonic()
            before = recorder
        eventually(lambda: daemon.status()["audio"]["problem"])
        assert sum(map(len, other.stream("Still here."))) > 0
        server.start(for_programs=False)
        with server.recorder() as recorder:
            eventually(lambda: len(recorder.samples) > RATE)
            server.let_programs_in()
            finished = utterance.wait()
            assert (finished.reason, finished.heard_chars) == ("done", len(TALE))
            eventually(lambda: np.any(recorder.samples) and not recorder.samples[-RATE // 2 :].any())
            stops, goes_on, _ = seam(np.concatenate([before.samples, recorder.samples]), wanted)
    assert stops > RATE // 2
    assert goes_on > stops - SLACK, "samples were repeated"
    assert goes_on < stops + before.missing(killed_at) + SLACK, "samples were lost"
    assert daemon.status()["audio"]["problem"] == ""


def test_speech_that_waits_for_the_device_can_be_cancelled(make: Callable[[str], Daemon], server: SoundServer) -> None:
    daemon = make("")
    with daemon.client() as client:
        with server.recorder() as recorder:
            eventually(lambda: len(recorder.samples) > RATE)
            utterance = client.speak(TALE)
            until_heard(client, utterance, 0.5)
            server.kill()
        eventually(lambda: daemon.status()["audio"]["problem"])
        assert 0 < utterance.cancel().heard_chars < len(TALE)
        server.start()
        assert client.speak("Hello.").wait().reason == "done"


def test_speech_fails_after_the_device_timeout(make: Callable[[str], Daemon], server: SoundServer) -> None:
    daemon = make("audio.device_timeout_s = 0.5\n")
    with daemon.client() as client:
        utterance = client.speak(TALE)
        behind = client.speak("And another.")
        until_heard(client, utterance, 0.5)
        server.kill()
        for each in (utterance, behind):
            with pytest.raises(UtteranceFailed, match="sound device") as failed:
                each.wait()
            assert failed.value.code == "no_sound_device"
    server.start()
    spoken = daemon.svctl("speak", "Hello.", "--json")
    assert json.loads(spoken.stdout.splitlines()[-1])["reason"] == "done"
