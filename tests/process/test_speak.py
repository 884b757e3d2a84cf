"""Text to speech through the real processes, as a user runs them."""

import io
import json
import os
import re
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from support.daemon import BIN, Daemon, eventually
from support.matrix import quick
from support.recogniser import Recogniser, words

from steadyvoice.client import RequestRefused, Stream
from steadyvoice.ipc.requests import Speak

FOX = "The quick brown fox jumps over the lazy dog."
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill, and nobody said a "
    "word until we reached the bridge. Then she laughed. It was the first time in weeks, and I did not know why. "
)


def samples(wav: bytes | Path) -> int:
    with wave.open(io.BytesIO(wav) if isinstance(wav, bytes) else str(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24000)
        return len(file.readframes(1 << 31)) // 2


def test_a_wav_says_the_text(daemon: Daemon, tmp_path: Path, recogniser: Recogniser) -> None:
    wav = tmp_path / "fox.wav"
    done = daemon.svctl("speak", FOX, "-o", wav)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert recogniser.words(str(wav)) == words(FOX)
    assert os.listdir(tmp_path) == ["fox.wav"]


def test_events_arrive_in_order(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.svctl("speak", FOX, "-o", tmp_path / "fox.wav", "--json")
    queued, started, *marks, finished = (json.loads(line) for line in done.stdout.splitlines())
    assert (queued["type"], started["type"], finished["type"]) == ("queued", "started", "finished")
    assert queued["id"] == started["id"] == finished["id"]
    assert [FOX[mark["start"] : mark["end"]] for mark in marks] == FOX.rstrip(".").split()
    assert finished["reason"] == "done"
    assert finished["heard_chars"] == len(FOX)
    assert finished["duration_s"] == pytest.approx(samples(tmp_path / "fox.wav") / 24000, abs=1e-3)
    times = finished["timings"]
    assert 0 < times["generator.first"] < times["vocoder.first"] < times["converter.first"] <= times["first_audio"]


def test_every_text_source_gives_the_same_samples(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "fox.txt").write_text(FOX)
    direct = daemon.svctl("speak", FOX, "-o", "-", text=False)
    from_file = daemon.svctl("speak", "-f", tmp_path / "fox.txt", "-o", "-", text=False)
    piped = daemon.svctl("speak", "-o", "-", input=FOX.encode(), text=False)
    dashed = daemon.svctl("speak", "-", "-o", "-", input=FOX.encode(), text=False)
    assert direct.returncode == from_file.returncode == piped.returncode == 0
    assert samples(direct.stdout) > 24000
    assert direct.stdout == from_file.stdout == piped.stdout == dashed.stdout


def test_slow_pipe_text_is_spoken_as_it_arrives(daemon: Daemon) -> None:
    """The first line is played while the writer still has the pipe open."""
    command: list[str | Path] = [BIN / "svctl", "speak", "-", "-o", "-"]
    with subprocess.Popen(command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as svctl:
        assert svctl.stdin is not None
        assert svctl.stdout is not None
        svctl.stdin.write(b"The first line is here.\n")
        svctl.stdin.flush()
        first = svctl.stdout.read(44 + 2 * 24000)
        svctl.stdin.write(b"And this is the second.\n")
        svctl.stdin.close()
        rest = svctl.stdout.read()
    assert svctl.returncode == 0
    assert samples(first + rest) > 2 * 24000


def test_rate_and_volume(daemon: Daemon) -> None:
    with daemon.client() as client:
        plain = np.concatenate(list(client.stream(FOX)))
        fast = np.concatenate(list(client.stream(FOX, rate=2.0)))
        quiet = np.concatenate(list(client.stream(FOX, volume=0.25)))
    assert len(fast) < 0.7 * len(plain)
    np.testing.assert_allclose(quiet, plain * 0.25, atol=1e-6)


@pytest.mark.parametrize("minutes", quick(1, [3, 10]))
def test_a_chapter_streams_in_bounded_memory(daemon: Daemon, minutes: int) -> None:
    """No stage grows, and the lookahead stays bounded."""
    with daemon.client() as client:
        list(client.stream(TALE * 4))
        before = {stage["name"]: stage["rss_bytes"] for stage in client.status()["stages"]}
        total = sum(len(block) for block in client.stream(TALE * 5 * minutes))
        after = {stage["name"]: stage["rss_bytes"] for stage in client.status()["stages"]}
    assert total / 24000 > 60 * minutes
    for name, size in before.items():
        assert after[name] - size < 20 << 20, name


def test_a_stopped_reader_delays_only_itself(daemon: Daemon) -> None:
    with daemon.client() as slow, daemon.client() as quick:
        stopped = slow.stream(TALE * 20)
        first = next(iter(stopped))
        assert len(first)
        for _ in range(3):
            assert sum(len(block) for block in quick.stream(TALE)) > 24000
        eventually(lambda: all(ring["fill"] == 0 for ring in daemon.status()["rings"]))
        stopped.cancel()


def test_text_in_pieces_is_the_same_as_text_at_once(daemon: Daemon) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(TALE)))
        with client.open_stream() as stream:
            for at in range(0, len(TALE), 7):
                stream.append(TALE[at : at + 7])
        pieces = np.concatenate(list(stream))
    np.testing.assert_array_equal(whole, pieces)


def test_a_slow_writer_is_not_affected_by_a_fast_one(daemon: Daemon) -> None:
    with daemon.client() as client:
        waiting = client.open_stream()
        assert sum(map(len, client.stream(FOX))) > 24000
        assert client.open_stream().cancel().reason == "cancelled"
        waiting.append(FOX)
        waiting.finish()
        assert sum(map(len, waiting)) > 24000


def test_an_open_utterance_without_text_blocks_no_other(daemon: Daemon) -> None:
    with daemon.client() as client, daemon.client() as other:
        silent = [client.open_stream() for _ in range(40)] + [client.open()]
        assert sum(map(len, other.stream(FOX))) > 24000
        assert {heard.id for heard in client.cancel()} == {each.id for each in silent}


def test_cancelling_twice(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE * 10)
        assert [heard.id for heard in client.cancel(stream.id, stream.id)] == [stream.id]


def test_a_wav_cancelled_by_another_program(daemon: Daemon, tmp_path: Path) -> None:
    command: list[str | Path] = [BIN / "svctl", "speak", "-", "-o", tmp_path / "fox.wav"]
    with subprocess.Popen(command, env=daemon.env, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as svctl:
        eventually(lambda: daemon.status()["utterances"]["queued"])
        daemon.svctl("stop")
        _, says = svctl.communicate()
    assert svctl.returncode == 1
    assert says == "svctl: cancelled by another program; nothing was kept\n"
    assert os.listdir(tmp_path) == []


def test_samples_cannot_be_detached(daemon: Daemon) -> None:
    with daemon.client() as client, pytest.raises(RequestRefused, match="cannot be detached"):
        client._submit(Speak(text=FOX, sink="pcm", detach=True), Stream)


def test_cancel_ends_a_stream_and_reports_what_was_heard(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE * 10)
        blocks = iter(stream)
        heard = 0
        while heard < 24000 * 12:
            heard += len(next(blocks))
        (cancelled,) = client.cancel()
        left = list(blocks)
        assert stream.finished is not None
    assert stream.finished.reason == "cancelled"
    assert sum(map(len, left)) < 24000 * 6
    assert re.fullmatch(r"\w\W", (TALE * 10)[cancelled.heard_chars - 1 :][:2]), "it ends with a word"
    assert 0 < cancelled.heard_chars < len(TALE) * 3


def test_disconnecting_cancels_a_clients_utterances(daemon: Daemon) -> None:
    client = daemon.client()
    next(iter(client.stream(TALE * 20)))
    client.close()
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)


def test_many_clients_at_once(daemon: Daemon) -> None:
    """More streams than lanes: all are served completely."""
    clients = [daemon.client() for _ in range(40)]
    streams = [client.stream(FOX) for client in clients]
    lengths = {sum(len(block) for block in stream) for stream in streams}
    for client in clients:
        client.close()
    assert len(lengths) == 1


def test_stop_cancels_all_clients_utterances(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE * 20)
        next(iter(stream))
        done = daemon.svctl("stop", "--json")
        assert done.returncode == 0
        assert [u["id"] for u in json.loads(done.stdout)["utterances"]] == [stream.id]
        list(stream)
        assert stream.finished is not None
        assert stream.finished.reason == "cancelled"


def test_five_processes_and_one_status(daemon: Daemon) -> None:
    status = json.loads(daemon.svctl("status", "--json").stdout)
    assert [stage["name"] for stage in status["stages"]] == ["generator", "vocoder", "converter", "output"]
    shown = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(status["pid"])], capture_output=True, text=True)
    for stage in status["stages"]:
        assert re.search(rf"^ *{stage['pid']} .*steadyvoice\.workers {stage['name']}\b", shown.stdout, re.MULTILINE)
    assert status["pid"] == daemon.process.pid
    text = daemon.svctl("status").stdout
    assert "ready" in text
    assert "generator" in text


def test_voices_are_listed(daemon: Daemon) -> None:
    voices = {voice["name"]: voice for voice in json.loads(daemon.svctl("voices", "--json").stdout)}
    assert voices["heart"]["default"]
    assert voices["heart"]["installed"]
    assert not voices["emma"]["installed"]
    assert "heart (default)" in daemon.svctl("voices").stdout
