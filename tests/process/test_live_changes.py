"""Live sessions that are refused, changed, ended early or started again: nothing of one is left for the next."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import alive, eventually
from support.live_daemon import LiveDaemon, Samples, live_daemon, original
from support.matrix import quick

from steadyvoice.client import Client, RequestRefused, Utterance
from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.messages import Started

pytestmark = pytest.mark.realtime
SECOND = 48000
PLUGINS = {
    "slow": "import time\ntime.sleep(3)",
    "crash": "import os\nos.kill(os.getpid(), 11)",
    "never": "import time\ntime.sleep(3600)",
}
CLASS = "\nclass Any:\n    def process(self, block):\n        return block\n"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    for name, code in PLUGINS.items():
        (folder / f"{name}.py").write_text(code + CLASS)
    return folder


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, cache: Path, plugins: Path) -> Iterator[LiveDaemon]:
    files = ", ".join(f'"{plugins / name}.py"' for name in PLUGINS)
    with live_daemon(tmp_path_factory.mktemp("user"), cache, f"live.plugins = [{files}]\n") as daemon:
        yield daemon


@pytest.fixture
def client(live: LiveDaemon) -> Iterator[Client]:
    with live.daemon.client() as client:
        yield client
    eventually(lambda: not live.daemon.status()["live"])


def parameters(live: LiveDaemon) -> list[object]:
    return [each["parameters"] for each in live.session["through"]]


def taken(client: Client, seed: int) -> Samples:
    with client.live_stream(f"noise:{seed}") as stream:
        blocks: list[Samples] = []
        for block in stream:
            blocks.append(block)
            if sum(map(len, blocks)) > 20_000:
                break
    return np.concatenate(blocks)


def test_sound_for_a_client_is_not_played(live: LiveDaemon, client: Client) -> None:
    live.samples.write_bytes(b"")
    assert len(taken(client, 3)) > 20_000
    assert not np.fromfile(live.samples, np.float32).any()


def paused(live: LiveDaemon, client: Client) -> None:
    client.pause()
    live.wait_for_sound(4800)
    client.resume()


@pytest.mark.alone
def test_speech_that_is_paused_skipped_or_cancelled_leaves_live_sound_as_it_is(
    live: LiveDaemon, client: Client
) -> None:
    live.samples.write_bytes(b"")
    session = client.live("noise:5")
    live.wait_for_sound(4800)
    text = "When the rain had stopped, we walked home past the mill. "
    acts: list[Callable[[Utterance], object]] = [
        lambda speech: paused(live, client),
        lambda speech: client.skip(),
        lambda speech: client.skip("sentence"),
        lambda speech: speech.cancel(),
        lambda speech: client.speak("Hi.", priority="important").wait(30),
    ]
    for act in acts:
        speech = client.speak(2 * text)
        next(each for each in speech.events() if isinstance(each, Started))
        live.wait_for_sound(9600)
        act(speech)
        speech.wait(30)
    live.wait_for_sound(9600)
    status, heard = live.session, live.heard()
    session.cancel()
    assert (status["underruns"], status["lost"], status["inserted"]) == (0, 0, 0)
    assert np.array_equal(heard[-4800:], original(len(heard), 5)[-4800:]), "no sample was put in or left out"


@pytest.mark.parametrize("seconds", quick(1, [2, 8]))
def test_a_session_ends_for_a_client_that_reads_late(
    live: LiveDaemon, client: Client, tmp_path: Path, seconds: int
) -> None:
    soundfile = pytest.importorskip("soundfile")
    sound = original(seconds * SECOND, 3)
    soundfile.write(tmp_path / "x.wav", sound, SECOND, subtype="FLOAT")
    stream = client.live_stream(str(tmp_path / "x.wav"))
    eventually(lambda: blocks(live) >= len(sound) // LIVE_BLOCK)
    got = np.concatenate(list(stream))
    assert stream.finished is not None
    assert stream.finished.reason == "done"
    if seconds == 2:  # the ring has room for all of it
        assert np.array_equal(got[: len(sound)], sound)


def blocks(live: LiveDaemon) -> int:
    """That the plugins have processed."""
    return sum(stage["blocks"] for stage in live.daemon.status()["stages"] if stage["family"] == "live")


def test_paused_speech_does_not_silence_live_sound(live: LiveDaemon, client: Client) -> None:
    live.samples.write_bytes(b"")
    client.pause()
    session = client.live("noise:5")
    live.wait_for_sound(4800)
    session.cancel()
    client.resume()


def test_a_change_after_a_refused_one_is_used(live: LiveDaemon, client: Client) -> None:
    session = client.live("tone", "gain:db=-6")
    with pytest.raises(RequestRefused, match="nosuch"):
        client.change_live(session.id, "nosuch")
    assert parameters(live) == [{"db": -6.0}]
    client.change_live(session.id, "gain:db=-12")
    assert parameters(live) == [{"db": -12.0}]
    session.cancel()


def test_a_plugin_that_ends_the_process_when_it_is_opened_is_refused_and_the_old_ones_stay(
    live: LiveDaemon, client: Client, plugins: Path
) -> None:
    session = client.live("tone", "gain:db=-6")
    with pytest.raises(RequestRefused, match="SIGSEGV; the old plugins stay") as refused:
        client.change_live(session.id, str(plugins / "crash.py"))
    assert refused.value.code == "plugin_failed"
    eventually(lambda: parameters(live) == [{"db": -6.0}])
    eventually(lambda: not live.session["dry"])
    client.change_live(session.id, "gain:db=-12")
    assert parameters(live) == [{"db": -12.0}]
    session.cancel()


@pytest.mark.long
def test_a_plugin_that_is_never_open_is_refused_and_the_next_change_is_used(
    live: LiveDaemon, client: Client, plugins: Path
) -> None:
    session = client.live("tone", "gain:db=-6")
    with pytest.raises(RequestRefused, match="not ready within 15 seconds"):
        client.change_live(session.id, str(plugins / "never.py"))
    client.change_live(session.id, "gain:db=-12")
    assert parameters(live) == [{"db": -12.0}]
    session.cancel()


def test_a_client_that_leaves_while_plugins_are_opened_is_not_waited_for(
    live: LiveDaemon, client: Client, plugins: Path
) -> None:
    request = {"type": "live", "source": "tone", "through": str(plugins / "slow.py")}
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(str(live.daemon.socket))
        other.sendall(json.dumps(request).encode() + b"\n")
        eventually(lambda: live.daemon.status()["live"])
    session = client.live("silence")
    assert live.session["source"] == "silence"
    session.cancel()


def test_stop_ends_a_session_that_begins(live: LiveDaemon, client: Client, plugins: Path) -> None:
    arguments = ["live", "--from", "tone", "--through", str(plugins / "slow.py")]
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", *arguments]
    begins = subprocess.Popen(command, env=live.daemon.env, stderr=subprocess.PIPE, text=True)
    eventually(lambda: live.daemon.status()["live"])
    assert live.daemon.svctl("live", "--stop").returncode == 0
    assert begins.communicate(timeout=30)[1] == "svctl: live sound cannot start: it was cancelled\n"
    assert begins.returncode == 1


def test_a_recording_that_a_signal_ends_is_kept(live: LiveDaemon, client: Client, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "live", "--from", "noise:4", "--to", "x.raw"]
    recording = subprocess.Popen(command, env=live.daemon.env, cwd=tmp_path)
    eventually(lambda: any(part.stat().st_size > 20_000 for part in tmp_path.glob(".svctl-*.part")))
    recording.send_signal(signal.SIGTERM)
    assert recording.wait(30) == 128 + signal.SIGTERM
    got = np.fromfile(tmp_path / "x.raw", np.int16)
    assert np.array_equal(got, np.rint(original(len(got), 4) * np.float32(32767)).astype(np.int16))


def test_an_empty_name_is_no_microphone(live: LiveDaemon, client: Client) -> None:
    refused = live.daemon.svctl("live", "--from", "")
    assert refused.stderr == "svctl: live sound needs a source: mic, tone, or a file\n"


@pytest.mark.parametrize("number", quick(1, [signal.SIGKILL, signal.SIGTERM]))
def test_a_recording_that_the_daemon_leaves_is_kept(tmp_path: Path, cache: Path, number: signal.Signals) -> None:
    with live_daemon(tmp_path, cache) as live:
        command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "live", "--from", "tone", "--to", "x.raw"]
        recording = subprocess.Popen(command, env=live.daemon.env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        eventually(lambda: any(part.stat().st_size > 20_000 for part in tmp_path.glob(".svctl-*.part")))
        stages = [stage["pid"] for stage in live.daemon.status()["stages"]]
        live.daemon.process.send_signal(number)
        errors = recording.communicate(timeout=30)[1]
        assert recording.returncode == 3
        assert "x.raw has what came until then" in errors
        assert (tmp_path / "x.raw").stat().st_size > 20_000
        assert live.daemon.process.wait(30) == (0 if number == signal.SIGTERM else -number)
        eventually(lambda: not any(map(alive, stages)))
        live.daemon.start().ready()  # for the end of the block


def test_sessions_of_a_process_that_listening_keeps_have_nothing_of_each_other(tmp_path: Path, cache: Path) -> None:
    pytest.importorskip("pywebrtc_audio")
    settings = 'listen.mode = "cancel"\nlive.microphone = "null:signal=silence"\n'
    with live_daemon(tmp_path, cache, settings) as live, live.daemon.client() as client:
        eventually(lambda: live.pid("input"))
        before = live.pid("input"), live.pid("converter")
        for seed in (3, 4):
            got = taken(client, seed)
            assert np.array_equal(got, original(len(got), seed)), "from the source's first sample on"
        session = client.live("noise:7", "gain:db=-6")
        live.wait_for_sound(9600)
        assert live.session["times_dry"] == 0, "what is played is converted"
        session.cancel()
        with pytest.raises(RequestRefused, match="nosuch"):
            client.live("noise:7", "nosuch")
        with pytest.raises(RequestRefused, match="No such file"):
            client.live("/no/such/file.wav")
        assert (live.pid("input"), live.pid("converter")) == before
