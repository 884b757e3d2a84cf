"""Cartesia's, ElevenLabs' and Deepgram's plain HTTP, by hand: audio, times, errors, a client that leaves."""

import base64
import json
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway
from support.http import Http

CONFIGURATION = 'audio.device = "null"\n'
TEXT = "Hello there. This is the end."
LONG = "One two three four five six seven eight nine ten. " * 60
ELEVENLABS = "/v1/text-to-speech/heart"


def spoken(daemon: Daemon, rate: int, format: Literal["s16", "f32"] = "s16") -> NDArray[Any]:
    """The samples by the daemon's own socket."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TEXT, format=format, sample_rate=rate)))


def cartesia(text: str, **output: object) -> dict[str, Any]:
    format = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000} | output
    return {"model_id": "sonic", "transcript": text, "voice": {"mode": "id", "id": "heart"}, "output_format": format}


PLAIN: list[tuple[str, dict[str, Any], int, Literal["s16", "f32"]]] = [
    ("/tts/bytes", cartesia(TEXT), 24000, "s16"),
    ("/tts/bytes", cartesia(TEXT, encoding="pcm_f32le", sample_rate=44100), 44100, "f32"),
    (f"{ELEVENLABS}?output_format=pcm_22050", {"text": TEXT}, 22050, "s16"),
    (f"{ELEVENLABS}/stream?output_format=pcm_16000", {"text": TEXT, "model_id": "eleven_flash_v2_5"}, 16000, "s16"),
    ("/v1/speak?encoding=linear16&container=none&model=aura-2-helena-en", {"text": TEXT}, 24000, "s16"),
]


@pytest.mark.parametrize(("path", "body", "rate", "format"), PLAIN)
def test_samples_are_the_daemons(
    gateway: Gateway, daemon: Daemon, path: str, body: dict[str, Any], rate: int, format: Literal["s16", "f32"]
) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("POST", path, body)
    assert (answer.status, answer.complete) == (200, True)
    assert answer.headers["content-type"] == "audio/pcm"
    assert answer.body == spoken(daemon, rate, format).tobytes()


@pytest.mark.parametrize(
    ("path", "body", "content_type", "begins"),
    [
        ("/tts/bytes", cartesia(TEXT, container="mp3", sample_rate=44100, bit_rate=64_000), "audio/mpeg", b"\xff"),
        ("/tts/bytes", cartesia(TEXT, container="wav"), "audio/wav", b"RIFF"),
        (f"{ELEVENLABS}", {"text": TEXT}, "audio/mpeg", b"\xff"),
        (f"{ELEVENLABS}/stream?output_format=opus_48000_32", {"text": TEXT}, "audio/ogg", b"OggS"),
        (f"{ELEVENLABS}/stream?output_format=ulaw_8000", {"text": TEXT}, "audio/PCMU", b""),
        ("/v1/speak", {"text": TEXT}, "audio/mpeg", b"\xff"),
        ("/v1/speak?encoding=mulaw", {"text": TEXT}, "audio/wav", b"RIFF"),
        ("/v1/speak?encoding=flac", {"text": TEXT}, "audio/flac", b"fLaC"),
    ],
)
def test_other_formats_have_their_type(
    gateway: Gateway, path: str, body: dict[str, Any], content_type: str, begins: bytes
) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("POST", path, body)
    assert (answer.status, answer.complete) == (200, True)
    assert answer.headers["content-type"] == content_type
    assert answer.body.startswith(begins)
    assert len(answer.body) > 4_000


def test_lines_of_elevenlabs_have_all_samples_and_the_time_of_each_character(gateway: Gateway, daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TEXT)
        list(stream)
        begins = {mark.start: mark.at_s for mark in stream.marks}
    with Http(gateway.port) as http:
        http.request("POST", f"{ELEVENLABS}/stream/with-timestamps?output_format=pcm_24000", {"text": TEXT})
        answer = http.answer()
    assert (answer.status, answer.complete) == (200, True)
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert b"".join(base64.b64decode(line["audio_base64"]) for line in lines) == spoken(daemon, 24000).tobytes()
    times = [line["alignment"] for line in lines if line["alignment"] is not None]
    starts = [at for each in times for at in each["character_start_times_seconds"]]
    ends = [at for each in times for at in each["character_end_times_seconds"]]
    assert "".join(char for each in times for char in each["characters"]) == TEXT
    assert {at: starts[at] for at in begins} == pytest.approx(begins)
    assert starts == sorted(starts)
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
    assert len(times) > 1  # with their samples, not all at the end


HERE = f"{ELEVENLABS}/stream"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/tts/bytes", cartesia(""), "text"),
    ("/tts/bytes", cartesia(TEXT, encoding="amr"), "pcm_s16le"),
    ("/tts/bytes", cartesia(TEXT) | {"voice": {"mode": "id", "id": "nobody"}}, "no voice 'nobody'; there are: heart"),
    ("/tts/bytes", cartesia(TEXT) | {"transcript": 3}, "transcript"),
    ("/tts/bytes", cartesia(TEXT) | {"generation_config": {"volume": -1}}, "volume"),
    (HERE, {"text": ""}, "text"),
    (f"{HERE}?output_format=amr_8000", {"text": TEXT}, "pcm_24000"),
    ("/v1/text-to-speech/nobody/stream", {"text": TEXT}, "no voice 'nobody'; there are: heart"),
    (HERE, {}, "text"),
    ("/v1/speak", {"text": ""}, "text"),
    ("/v1/speak?encoding=amr", {"text": TEXT}, "linear16"),
    ("/v1/speak?model=nobody", {"text": TEXT}, "no voice 'nobody'; there are: heart"),
    ("/v1/speak?speed=nan", {"text": TEXT}, "rate"),
    ("/v1/speak", {}, "text"),
]


def message(path: str, content: Any) -> str:
    """The text of an error in the shape of its provider."""
    if path.startswith("/tts"):
        return str(content["message"])
    return str(content["err_msg"] if path.startswith("/v1/speak") else content["detail"]["message"])


@pytest.mark.parametrize(("path", "body", "named"), WRONG)
def test_an_error_is_one_line_in_the_shape_of_the_provider(
    gateway: Gateway, path: str, body: dict[str, Any], named: str
) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("POST", path, body)
        assert answer.status == 400
        said = message(path, answer.json)
        assert named in said
        assert "\n" not in said
        assert http.ask("GET", "/v1/models").status == 200  # the connection lives


@pytest.mark.parametrize("path", ["/tts/bytes", HERE, "/v1/speak"])
def test_what_the_rules_refuse_has_that_shape_too(gateway: Gateway, path: str) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("POST", path, b"Hi", Content_Type="text/plain")
    assert answer.status == 415
    assert "application/json" in message(path, answer.json)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tts/bytes", cartesia(LONG)),
        (f"{ELEVENLABS}/stream?output_format=mp3_22050_32", {"text": LONG}),
        (f"{ELEVENLABS}/stream/with-timestamps?output_format=pcm_24000", {"text": LONG}),
        ("/v1/speak?encoding=linear16&container=none", {"text": LONG}),
    ],
)
def test_a_client_that_leaves_ends_its_speech(
    gateway: Gateway, daemon: Daemon, path: str, body: dict[str, Any]
) -> None:
    before = daemon.status()["utterances"]
    with Http(gateway.port, receive_bytes=4096) as http:
        http.request("POST", path, body)
        assert http.head()[0] == 200
        assert http.chunk()
        assert daemon.status()["utterances"]["active"] == 1
    eventually(lambda: idle(daemon.status()))
    after = daemon.status()["utterances"]
    assert after["cancelled"] == before["cancelled"] + 1
    assert after["finished"] == before["finished"]
