"""Responses of the HTTP gateway that do not end as planned: clients leave or stall, the daemon or an encoder ends."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.daemon import Daemon, alive, configured, eventually, idle
from support.gateway import Gateway, running, started
from support.http import Http
from support.matrix import quick

CONFIGURATION = 'audio.device = "null"\n'
SPEECH = "/v1/audio/speech"
TEXT = "Hello there. This is the end."
LONG = "One two three four five six seven eight nine ten. " * 300
"""Fifteen minutes of speech."""


@pytest.fixture(autouse=True)
def _nothing_is_left(daemon: Daemon, gateway: Gateway) -> Iterator[None]:
    """The encoding process runs from the beginning, and its socket is no leak."""
    ask(gateway, "mp3")
    eventually(lambda: idle(daemon.status()))
    before = gateway.descriptors()
    yield
    eventually(lambda: idle(daemon.status()))
    eventually(lambda: gateway.descriptors() <= before)


def encoders(gateway: Gateway) -> list[int]:
    """Pids of the gateway's child processes."""
    pid = gateway.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wanted(format: str, text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"input": text, "response_format": format, **more}


def ask(gateway: Gateway, format: str, text: str = TEXT) -> bytes:
    """A whole response."""
    with Http(gateway.port) as http:
        answer = http.ask("POST", SPEECH, wanted(format, text))
    assert (answer.status, answer.complete) == (200, True)
    return answer.body


def begin(http: Http, format: str, text: str = LONG) -> bytes:
    """Ask, and read the first chunk."""
    http.request("POST", SPEECH, wanted(format, text))
    assert http.head()[0] == 200
    return http.chunk() or b""


def rest(http: Http) -> tuple[bytes, bool]:
    """What comes, and whether it came to its end."""
    parts = []
    while chunk := http.chunk():
        parts.append(chunk)
    return b"".join(parts), chunk is not None


@pytest.mark.parametrize("format", ["pcm", "mp3"])
@pytest.mark.parametrize("asks_only", [True, False], ids=["before its first sample", "while it speaks"])
def test_a_client_that_leaves_ends_its_speech_and_no_other(
    daemon: Daemon, gateway: Gateway, format: str, asks_only: bool
) -> None:
    whole = ask(gateway, "pcm")
    before = daemon.status()["utterances"]["finished"]
    for _ in range(5):
        with Http(gateway.port) as http, Http(gateway.port) as other:
            other.request("POST", SPEECH, wanted("pcm"))
            if asks_only:
                http.request("POST", SPEECH, wanted(format, LONG))
            else:
                begin(http, format)
            http.close()
            assert other.answer().body == whole
    eventually(lambda: idle(daemon.status()))
    assert daemon.status()["utterances"]["finished"] == before + 5  # those of the others


@pytest.mark.parametrize("format", quick(1, ["flac", "pcm"]))
def test_a_client_that_stalls_stops_its_own_generation_takes_little_memory_and_loses_nothing(
    daemon: Daemon, gateway: Gateway, format: str
) -> None:
    text = LONG[:1500]
    reference = ask(gateway, "pcm", text)
    size = gateway.rss_bytes()
    with Http(gateway.port, receive_bytes=4096) as http:
        first = begin(http, format, text)
        counts: list[int] = []
        eventually(lambda: waits(counts, daemon))
        assert daemon.status()["utterances"]["active"] == 1
        assert ask(gateway, "pcm") == ask(gateway, "pcm")
        assert gateway.rss_bytes() - size < 4 << 20
        more, complete = rest(http)
    assert complete
    if format == "pcm":
        assert first + more == reference
    else:
        assert len(reference) // 4 < len(first + more) < len(reference)


def waits(counts: list[int], daemon: Daemon) -> bool:
    """The generator has produced nothing during the last twenty looks, as its client takes nothing."""
    counts.append(daemon.status()["stages"][0]["blocks"])
    return len(counts) > 20 and len(set(counts[-20:])) == 1


@pytest.mark.parametrize("format", ["pcm", "mp3"])
def test_speech_that_another_program_cancels_is_cut_and_not_taken_for_whole(
    daemon: Daemon, gateway: Gateway, format: str
) -> None:
    with Http(gateway.port) as http, daemon.client() as client:
        begin(http, format)
        client.cancel(everyone=True)
        assert not rest(http)[1]
    with Http(gateway.port) as http, daemon.client() as client:  # events too
        http.request("POST", SPEECH, wanted(format, LONG, stream_format="sse"))
        assert http.head()[0] == 200
        client.cancel(everyone=True)
        data, complete = rest(http)
        assert not complete
        assert b"speech.audio.done" not in data


def test_an_encoder_that_is_killed_takes_only_its_responses_with_it_and_is_replaced(gateway: Gateway) -> None:
    whole = ask(gateway, "mp3")
    [first] = encoders(gateway)
    with Http(gateway.port) as encoded, Http(gateway.port) as plain:
        begin(encoded, "mp3")
        head = begin(plain, "pcm", TEXT)
        os.kill(first, signal.SIGKILL)
        assert not rest(encoded)[1]
        data, complete = rest(plain)
        assert complete
        assert head + data == ask(gateway, "pcm")
    assert ask(gateway, "mp3") == whole
    [second] = encoders(gateway)
    assert second != first


def test_a_response_that_begins_as_an_encoder_dies_gets_the_next_one(gateway: Gateway) -> None:
    for _ in range(10):
        [doomed] = encoders(gateway)
        os.kill(doomed, signal.SIGKILL)
        assert ask(gateway, "mp3")


def test_an_encoder_that_hangs_is_ended_and_replaced(gateway: Gateway) -> None:
    [first] = encoders(gateway)
    with Http(gateway.port) as http, Http(gateway.port) as later:
        begin(http, "mp3")
        os.kill(first, signal.SIGSTOP)
        later.request("POST", SPEECH, wanted("mp3"))
        assert not rest(http)[1]
        assert ask(gateway, "mp3")
        assert (later.answer().status, alive(first)) == (200, False)


@pytest.mark.parametrize("number", quick(1, [signal.SIGKILL, signal.SIGTERM]))
def test_a_gateway_that_ends_leaves_nothing_and_disturbs_nobody(daemon: Daemon, number: signal.Signals) -> None:
    reference = heard(daemon)
    with ExitStack() as stack:
        doomed = stack.enter_context(started("http", daemon.env, "--listen", "127.0.0.1:0")).ready()
        pcm, mp3 = (stack.enter_context(Http(doomed.port)) for _ in range(2))
        client = stack.enter_context(daemon.client())
        begin(pcm, "pcm")
        begin(mp3, "mp3")
        children = encoders(doomed)
        assert len(children) == 1
        stream = client.stream(LONG[:1000], format="s16")
        blocks = [next(iter(stream))]
        doomed.process.send_signal(number)
        assert doomed.process.wait(20) == (-number if number == signal.SIGKILL else 0)
        blocks += list(stream)
        assert np.concatenate(blocks).tobytes() == reference
        assert not rest(pcm)[1]
    eventually(lambda: not any(alive(child) for child in children))
    eventually(lambda: idle(daemon.status()))
    with running("http", daemon, "--listen", f"127.0.0.1:{doomed.port}") as replacement:
        assert ask(replacement, "mp3")


def heard(daemon: Daemon) -> bytes:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(LONG[:1000], format="s16"))).tobytes()


def test_without_a_daemon_a_client_is_told_when_to_come_back(tmp_path: Path, cache: Path) -> None:
    with (
        configured(tmp_path, cache, CONFIGURATION) as daemon,
        running("http", daemon, "--listen", "127.0.0.1:0") as gateway,
    ):
        with Http(gateway.port) as http:
            begin(http, "pcm")
            daemon.process.kill()
            daemon.process.wait()
            assert not rest(http)[1]
        with Http(gateway.port) as http:
            answer = http.ask("POST", SPEECH, wanted("pcm"))
            assert (answer.status, answer.code) == (503, "not_ready")
            assert answer.headers["retry-after"]
            assert answer.headers["x-should-retry"] == "true"
            assert http.ask("GET", "/v1/audio/voices").status == 503
        daemon.start().ready()
        assert ask(gateway, "pcm")


def test_a_client_of_piper_gets_a_wav_file(gateway: Gateway) -> None:
    pcm = ask(gateway, "pcm")
    with Http(gateway.port) as http:
        for path in ("/", "/synthesize"):
            answer = http.ask("POST", path, {"text": TEXT, "voice": "heart"})
            assert answer.headers["content-type"] == "audio/wav"
            assert answer.body[:4] == b"RIFF"
            assert answer.body[44:] == pcm
        slow = http.ask("POST", "/", {"text": TEXT, "length_scale": 2}).body
        assert len(slow) > 1.5 * len(pcm)
        assert http.ask("POST", "/", {"text": TEXT, "voice": "en_US-nobody"}).code == "voice_not_found"
        assert http.ask("GET", "/voices").json["heart"]["language"]["code"] == "en_US"
