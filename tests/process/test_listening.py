"""Barge-in by voice at a real sound server: speech into the microphone ends, pauses or lowers the machine's own."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.sound import RATE, SoundServer

from steadyvoice.client import Client, Utterance
from steadyvoice.ipc import messages as m

pytestmark = pytest.mark.alone  # a sound server, and models that listen
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill. "
    "Nobody said a word until we reached the bridge."
)


@contextmanager
def listening(home: Path, cache: Path, sound: SoundServer, mode: str) -> Iterator[Daemon]:
    env = sound.env | {"PULSE_SOURCE": "room.monitor"}
    settings = f'audio.latency_ms = 40\nlisten.mode = "{mode}"\n'
    with configured(home, cache, settings, **env) as daemon:
        eventually(
            lambda: "listen" in [each["name"] for each in daemon.status()["stages"] if each["state"] != "starting"]
        )
        eventually(lambda: not daemon.status()["listening"]["problem"])
        yield daemon


@pytest.fixture(scope="module", autouse=True)
def room(sound: SoundServer) -> Iterator[None]:
    """Another sink: its monitor is the microphone."""
    form = (f"rate={RATE}", "format=float32le", "channels=1")
    number = sound.pactl("load-module", "module-null-sink", "sink_name=room", *form)
    yield
    sound.pactl("unload-module", number)


@pytest.fixture(scope="module")
def user_speech(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> NDArray[np.float32]:
    """Two seconds of another speaker, as a microphone has them."""
    with (
        configured(tmp_path_factory.mktemp("other"), cache, 'audio.device = "null"\n') as other,
        other.client() as client,
    ):
        stream = client.stream("Stop, please. I would like to ask something else now.", pitch=-4)
        spoken = np.concatenate(list(stream))
        return np.asarray(soxr.resample(spoken, stream.sample_rate, RATE), np.float32)


def test_speech_into_the_microphone_cancels_what_is_said(
    tmp_path: Path, cache: Path, sound: SoundServer, user_speech: NDArray[np.float32]
) -> None:
    with listening(tmp_path, cache, sound, "cancel") as daemon, daemon.client() as client, daemon.client() as watcher:
        events = watcher.subscribe()
        utterance = client.speak(TALE)
        speaks(client, utterance)
        sound.play(user_speech, "room")
        finished = utterance.wait(30)
        assert finished.reason == "cancelled"
        assert 0 < finished.heard_chars < len(TALE)
        heard = until(events, m.SpeechEnded)
        started = next(each for each in heard if isinstance(each, m.SpeechStarted))
        assert started.id == utterance.id
        assert 0 < started.heard_chars <= finished.heard_chars
        ended = next(each for each in heard if isinstance(each, m.SpeechEnded))
        assert started.at_ns < ended.at_ns
        assert client.speak("Yes?").wait(30).reason == "done"


@pytest.mark.long
def test_speech_into_the_microphone_pauses_what_is_said_until_it_ends(
    tmp_path: Path, cache: Path, sound: SoundServer, user_speech: NDArray[np.float32]
) -> None:
    with listening(tmp_path, cache, sound, "pause") as daemon, daemon.client() as client, daemon.client() as watcher:
        events = watcher.subscribe()
        utterance = client.speak(TALE)
        speaks(client, utterance)
        sound.play(user_speech, "room")
        pauses = [each.paused for each in until(events, m.SpeechEnded) if isinstance(each, m.Paused)]
        assert pauses[0]
        assert utterance.wait(60).reason == "done"
        assert not daemon.status()["audio"]["paused"]


@pytest.mark.long
def test_its_own_voice_triggers_nothing(tmp_path: Path, cache: Path, sound: SoundServer) -> None:
    """The microphone hears the loudspeaker, at full level. The monitor alone would hear it before it is played."""
    words = ("source=out.monitor", "sink=room", "latency_msec=100", "adjust_time=0")
    echo = sound.pactl("load-module", "module-loopback", *words)
    try:
        with listening(tmp_path, cache, sound, "cancel") as daemon, daemon.client() as client:
            assert client.speak(TALE).wait(60).reason == "done"
            assert not daemon.status()["listening"]["speech"]
    finally:
        sound.pactl("unload-module", echo)


def test_a_killed_listen_stage_comes_back(tmp_path: Path, cache: Path, sound: SoundServer) -> None:
    with listening(tmp_path, cache, sound, "duck") as daemon:
        before = stage_pid(daemon)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: stage_pid(daemon) not in (0, before))
        with daemon.client() as client:
            assert client.speak("Here.").wait(30).reason == "done"


def speaks(client: Client, utterance: Utterance) -> None:
    """Wait until some words were heard."""
    while len(utterance.marks) < 6:
        client.receive(0.1)


def stage_pid(daemon: Daemon) -> int:
    return next(each["pid"] for each in daemon.status()["stages"] if each["name"] == "listen")


def until(events: "Iterator[m.Event]", last: type[m.Event]) -> list[m.Event]:
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, last):
            return seen
    raise AssertionError(seen)
