"""What is heard of speech-dispatcher's messages at a real sound server, where svd plays and where the server plays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from support.daemon import Daemon, configured, eventually, idle
from support.recogniser import Recogniser, words
from support.sound import RATE, Recorder, SoundServer, expected
from support.speechd import Module, Server, module, server

pytestmark = pytest.mark.realtime

LONG = "One two three four five six seven. " * 20
SENTENCE = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, sound: SoundServer) -> Iterator[Daemon]:
    settings = 'audio.latency_ms = 80\n[gateways.speechd]\naudio = "server"\n'
    home = tmp_path_factory.mktemp("user")
    with configured(home, cache, settings, **sound.env) as daemon:
        (home / ".config" / "steadyvoice").mkdir(parents=True)
        (home / ".config" / "steadyvoice" / "config.toml").write_text(settings)
        yield daemon


@pytest.fixture(scope="module")
def own(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    """Without the setting: svd plays."""
    with module(daemon, XDG_CONFIG_HOME=str(tmp_path_factory.mktemp("config"))) as made:
        yield made


@pytest.fixture(scope="module")
def speechd(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that plays by itself; its configuration of svd is that of the daemon."""
    home = tmp_path_factory.mktemp("speechd")
    (home / ".config").mkdir()
    (home / ".config" / "steadyvoice").symlink_to(Path(daemon.env["HOME"], ".config", "steadyvoice"))
    with server(daemon, home) as made:
        yield made


def is_heard(recorder: Recorder) -> bool:
    return bool(np.abs(recorder.samples[-RATE // 10 :]).max(initial=0) > 0.05)


def test_own_audio_is_heard_whole_before_end(own: Module, recorder: Recorder, recogniser: Recogniser) -> None:
    own.said(f"<speak>{SENTENCE}</speak>")
    eventually(lambda: not is_heard(recorder))
    heard = recogniser.words(np.asarray(soxr.resample(recorder.samples, RATE, 16000), np.float32))
    assert heard == words(SENTENCE)


def test_own_audio_is_silent_after_stop_and_goes_on_with_the_next_message(
    own: Module, daemon: Daemon, recorder: Recorder
) -> None:
    own.speak(f"<speak>{LONG}</speak>")
    eventually(lambda: is_heard(recorder))
    own.command("STOP", "703 STOP")
    eventually(lambda: not is_heard(recorder))
    assert idle(daemon.status())
    own.said("b", "CHAR")
    assert np.abs(recorder.samples).max() > 0.05


def test_the_samples_of_server_audio_are_those_of_the_voice(daemon: Daemon) -> None:
    with module(daemon) as made:
        said = made.said('<speak><mark name="a"/>Hello <mark name="b"/>there.<mark name="c"/></speak>')
        assert [line[4:] for line in said if line.startswith("700-")] == ["a", "b", "c"]
        heard = np.frombuffer(bytes(made.audio), np.int16) / np.float32(32767)
        wanted = expected(daemon, "Hello there.")
        resampled = np.asarray(soxr.resample(heard, 24000, RATE), np.float32)
        assert len(resampled) == len(wanted)
        np.testing.assert_allclose(resampled, wanted, atol=2e-3)


def test_server_audio_is_generated_only_as_fast_as_it_is_read(daemon: Daemon) -> None:
    """While the server does not read, svd waits; STOP is answered all the same."""
    with module(daemon) as made:
        made.speak(f"<speak>{LONG}</speak>")
        made.expect("701 BEGIN")
        made.send("STOP\n")
        made.expect("703 STOP")
        taken_s = len(made.audio) / 2 / 24000
        assert taken_s < 60, "not all of the message was generated"
        eventually(lambda: idle(daemon.status()))
        made.audio.clear()
        made.said("<speak>Hi.</speak>")
        assert 0 < len(made.audio) < 4 * 24000


def test_the_server_plays_what_is_said(speechd: Server, recorder: Recorder, recogniser: Recogniser) -> None:
    script = f"""
speak("{SENTENCE}")
until("end")
done()
"""
    assert speechd.client(script) == ["begin", "end"]
    eventually(lambda: not is_heard(recorder))
    heard = recogniser.words(np.asarray(soxr.resample(recorder.samples, RATE, 16000), np.float32))
    assert heard == words(SENTENCE)


def test_the_server_pauses_resumes_and_cancels(speechd: Server, daemon: Daemon, recorder: Recorder) -> None:
    script = """
speak("One. " + "Two two two two two two. " * 4 + "Three.")
until("begin")
time.sleep(1.0)
client.pause()
until("pause")
client.resume()
until("end")
speak("One two three four five six seven. " * 20)
time.sleep(1.0)
client.cancel()
until("cancel")
done()
"""
    assert speechd.client(script) == ["begin", "pause", "resume", "end", "begin", "cancel"]
    eventually(lambda: idle(daemon.status()))
    eventually(lambda: not is_heard(recorder))
