"""Speech over HTTP that goes on elsewhere: ``from_sample``, the error that says where audio ended, and
``ResumingHttpStream``."""

import json
import os
import signal
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.clients import TALE
from support.daemon import Daemon
from support.gateway import Gateway, running, started
from support.http import Http

from steadyvoice.client import DaemonUnreachable, ResumingHttpStream, SteadyvoiceError
from steadyvoice.client.chunked import ChunkedBody

CONFIGURATION = 'audio.device = "null"\n'
SPEECH = "/v1/audio/speech"
LONG = TALE * 3


def wanted(text: str = TALE, **more: Any) -> dict[str, Any]:
    return {"input": text, "response_format": "pcm", **more}


def url(gateway: Gateway) -> str:
    return f"http://127.0.0.1:{gateway.port}"


@pytest.fixture(scope="module")
def whole(gateway: Gateway) -> bytes:
    with Http(gateway.port) as http:
        return http.ask("POST", SPEECH, wanted()).body


@pytest.fixture(scope="module")
def all_of_it(gateway: Gateway) -> bytes:
    with Http(gateway.port) as http:
        return http.ask("POST", SPEECH, wanted(LONG)).body


@pytest.fixture
def doomed(make_daemon: Callable[..., Daemon], tmp_path: Path) -> Iterator[tuple[Daemon, Gateway]]:
    """A daemon that the test ends, and a gateway before it."""
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    daemon = make_daemon("--config", str(tmp_path / "config.toml")).ready()
    with running("http", daemon, "--listen", "127.0.0.1:0") as gateway:
        yield daemon, gateway


def test_a_request_may_begin_at_a_sample_or_a_character(gateway: Gateway, whole: bytes) -> None:
    with Http(gateway.port) as http:
        assert http.ask("POST", SPEECH, wanted(from_sample=12_345)).body == whole[2 * 12_345 :]
        assert http.ask("POST", SPEECH, wanted(from_sample=None, from_char=None)).body == whole
        assert http.ask("POST", SPEECH, wanted(from_sample=len(whole) // 2)).body == b""
        later = http.ask("POST", SPEECH, wanted(from_char=55)).body
        assert whole.endswith(later)
        assert 0 < len(later) < len(whole)
        wav = http.ask("POST", SPEECH, wanted(from_sample=12_345, response_format="wav")).body
        assert wav[44:] == whole[2 * 12_345 :]
        for field, value in (("from_sample", -1), ("from_char", 1000), ("from_sample", "x")):
            answer = http.ask("POST", SPEECH, wanted() | {field: value})
            assert (answer.status, answer.json["error"]["param"]) == (400, field)
        behind = http.ask("POST", SPEECH, wanted(from_sample=len(whole)))
        assert (behind.status, behind.code) == (400, "out_of_range")


@pytest.mark.long
def test_where_audio_ended_is_said_as_far_as_http_has_a_way(doomed: tuple[Daemon, Gateway]) -> None:
    daemon, gateway = doomed
    with ExitStack() as stack:
        plain, trailed, events = (stack.enter_context(Http(gateway.port)) for _ in range(3))
        plain.request("POST", SPEECH, wanted(LONG, from_sample=100))
        trailed.request("POST", SPEECH, wanted(LONG, from_sample=100), TE="trailers", Connection="TE")
        events.request("POST", SPEECH, wanted(LONG, stream_format="sse"))
        assert [each.head()[0] for each in (plain, events)] == [200, 200]
        assert trailed.head()[1]["trailer"] == "Steadyvoice-Error"
        daemon.process.kill()
        daemon.process.wait()
        assert b"" not in [*iter(plain.chunk, None)], "a client that knows no trailers must not take a part for all"
        body = ChunkedBody()
        audio = body.feed(trailed.received)
        while not body.has_ended:
            audio += body.feed(trailed.socket.recv(1 << 16))
        check(json.loads(body.trailer["steadyvoice-error"]), 100 + len(audio) // 2)
        assert trailed.is_closed()
        *deltas, last = [json.loads(each[6:]) for each in b"".join(iter(events.chunk, None)).split(b"\n\n")[:-1]]
        check(last, sum(len(b64decode(each["audio"])) for each in deltas) // 2)


def check(error: dict[str, Any], sample: int) -> None:
    assert (error["type"], error["sample"], error["retry"]) == ("error", sample, True)
    assert error["error"]["code"] == "not_ready"
    assert f"ended at sample {sample}" in error["error"]["message"]


@pytest.mark.long
def test_another_gateway_goes_on_where_a_daemon_was_killed(
    gateway: Gateway, doomed: tuple[Daemon, Gateway], all_of_it: bytes
) -> None:
    daemon, first = doomed
    stream = ResumingHttpStream([url(first), url(gateway)], LONG)
    heard = []
    for block in stream:
        heard.append(block)
        if len(heard) == 1:
            daemon.process.kill()
            daemon.process.wait()
    assert b"".join(heard) == all_of_it
    assert (stream.sample, stream.resumed) == (len(all_of_it) // 2, 1)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "silent"])
def test_another_gateway_goes_on_where_one_is_lost(
    daemon: Daemon, gateway: Gateway, all_of_it: bytes, number: signal.Signals
) -> None:
    with started("http", daemon.env, "--listen", "127.0.0.1:0") as lost:
        stream = ResumingHttpStream([url(lost.ready()), url(gateway)], LONG)
        heard = []
        for block in stream:
            heard.append(block)
            if len(heard) == 1:
                os.kill(lost.process.pid, number)
    assert b"".join(heard) == all_of_it
    assert stream.resumed == 1


def test_it_is_given_up_or_refused_with_one_line(gateway: Gateway) -> None:
    with pytest.raises(DaemonUnreachable, match=r"ended at sample 0: .*127\.0\.0\.1:1: .*refused"):
        list(ResumingHttpStream(["http://127.0.0.1:1"], TALE, give_up_s=0.0))
    with pytest.raises(SteadyvoiceError, match="no voice") as refused:
        list(ResumingHttpStream([url(gateway)], TALE, voice="nobody"))
    assert not isinstance(refused.value, DaemonUnreachable)
