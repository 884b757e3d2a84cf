"""Random requests to the HTTP gateway: each is answered or its connection closed, and nothing of it is left."""

import json
import random
import string
from typing import Any

import pytest
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway
from support.http import Http
from support.matrix import examples
from support.svctl import LIGHT

CONFIGURATION = LIGHT
PATHS = ("/v1/audio/speech", "/audio/speech", "/", "/synthesize", "/v1/models", "/v1/audio/voices", "/voices", "/v1/",
         "/nothing", "/v1/models/%00", "/../etc/passwd", "*", "http://localhost/v1/", "//", "/?a=%ff", "")  # fmt: skip
SPEECH = ("/v1/audio/speech", "/tts/bytes", "/v1/text-to-speech/paced/stream?output_format=pcm_24000",
          "/v1/text-to-speech/x/stream/with-timestamps", "/v1/text-to-speech/%ff?output_format=opus_48000_1",
          "/v1/speak?encoding=linear16&model=paced", "/v1/speak?encoding=mulaw&bit_rate=x", "/v1/speak")  # fmt: skip
METHODS = ("POST", "POST", "POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "P\0ST", "post", "")
FIELDS = (
    "input", "text", "voice", "response_format", "speed", "stream_format", "model", "marks", "length_scale",
    "transcript", "output_format", "language", "language_code", "voice_settings", "generation_config",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    "0/0/5", "", " ", "alloy", "paced", "pcm", "mp3", "opus", "wav", "flac", "aac", "sse", "audio", "\0", "<speak>",
    "é", "\U0001f600", "../../etc/passwd", "http://127.0.0.1/", 0, 1, -1, 1e300, 0.5, True, None, [], {},
    {"id": "paced"}, {"id": 3}, {"container": "wav", "encoding": "pcm_f32le"},
    {"container": "mp3", "sample_rate": 8000}, {"container": "mp3", "bit_rate": 2**70},
    {"speed": 3, "volume": -1}, {"speed": "x"}, {"mode": 3}, [["a"]], 2**70,
)  # fmt: skip
HEADERS = ("Host", "Origin", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect",
           "Authorization", "xi-api-key", "Accept-Encoding", "Content-Encoding", "Range", "Cookie", "X-A",
           "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol")  # fmt: skip
HEADER_VALUES = ("localhost", "evil.example", "null", "application/json", "text/plain", "5", "-1", "0", "99999999999",
                 "chunked", "gzip", "gzip, chunked", "close", "keep-alive", "Upgrade", "websocket", "100-continue",
                 "Bearer x", "Token", "bytes=0-,0-,0-", "13", "\xff", "a" * 9000, "", " ", "b" * 300)  # fmt: skip


def some_json(pick: random.Random) -> bytes:
    fields = {name: pick.choice(VALUES) for name in pick.sample(FIELDS, pick.randint(0, 5))}
    if pick.random() < 0.7:
        fields["input"] = fields["text"] = fields["transcript"] = "0/0/5"
    data = json.dumps(fields).encode()
    if pick.random() < 0.2:
        at = pick.randrange(len(data) + 1)
        data = data[:at] + pick.randbytes(pick.randint(0, 4)) + data[at + pick.randint(0, 4) :]
    return data


def some_request(pick: random.Random) -> bytes:
    if pick.random() < 0.05:
        return pick.randbytes(pick.randint(0, 300))
    body = some_json(pick)
    headers = [("Host", "localhost"), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    for _ in range(pick.choice((0, 0, 0, 1, 2, 5))):
        headers.insert(pick.randint(0, len(headers)), (pick.choice(HEADERS), pick.choice(HEADER_VALUES)))
    if pick.random() < 0.1:
        headers.pop(pick.randrange(len(headers)))
    if pick.random() < 0.02:
        headers += [("X-" + "".join(pick.choices(string.ascii_letters, k=5)), "c") for _ in range(200)]
    path = pick.choice(PATHS) if pick.random() < 0.4 else pick.choice(SPEECH)
    method = pick.choice(METHODS) if pick.random() < 0.5 else "POST"
    lines = [f"{method} {path} HTTP/1.{pick.choice('1110')}", *(f"{name}: {value}" for name, value in headers), "", ""]
    data = "\r\n".join(lines).encode("latin-1") + body
    if pick.random() < 0.1:
        at = pick.randrange(len(data))
        data = data[:at] + pick.randbytes(pick.randint(0, 3)) + data[at + pick.randint(0, 3) :]
    if pick.random() < 0.1:
        data = data[: pick.randrange(len(data) + 1)]
    return data * pick.choice((1, 1, 1, 1, 2, 7))


def send(gateway: Gateway, pick: random.Random) -> None:
    """Either leave at once, or end the request and wait for the end of the connection."""
    with Http(gateway.port) as http:
        try:
            http.socket.sendall(some_request(pick))
            if pick.random() < 0.3:
                return
            http.socket.shutdown(1)
            while http.socket.recv(1 << 16):
                pass
        except TimeoutError:
            raise  # neither answered nor closed
        except OSError:
            pass  # closed before all was sent, or read


def speaks(gateway: Gateway) -> None:
    with Http(gateway.port) as http:
        for format in ("pcm", "mp3", "opus"):
            answer = http.ask("POST", "/v1/audio/speech", {"input": "0/0/5", "response_format": format})
            assert (answer.status, answer.complete) == (200, True)


@pytest.mark.timeout(900)
def test_any_bytes_are_answered_or_their_connection_closed_and_nothing_is_left(
    daemon: Daemon, gateway: Gateway
) -> None:
    count = examples(10_000) // (1 if examples(100) == 100 else 10)
    pick = random.Random(19)
    speaks(gateway)
    for _ in range(count // 5):  # the first ones fill caches
        send(gateway, pick)
    speaks(gateway)
    eventually(lambda: idle(daemon.status()))
    memory, files = gateway.rss_bytes(), gateway.descriptors()
    for _ in range(count):
        send(gateway, pick)
    speaks(gateway)
    eventually(lambda: idle(daemon.status()))
    eventually(lambda: gateway.descriptors() <= files)
    assert gateway.rss_bytes() - memory < 3 << 20
