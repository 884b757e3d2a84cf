"""OpenAI's SDK speaks through the HTTP gateway: all formats, streams, events, errors, early close."""

import base64
import io
import json
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway
from support.http import Http

if TYPE_CHECKING:
    import openai  # a second, which every process that collects tests would take

CONFIGURATION = 'audio.device = "null"\n'
TEXT = "Hello there. This is the end."
LONG = "One two three four five six seven eight nine ten. " * 60
Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
FORMATS: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


@pytest.fixture(scope="module")
def sdk(gateway: Gateway) -> "Iterator[openai.OpenAI]":
    import openai

    with openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def spoken(daemon: Daemon) -> NDArray[np.int16]:
    """The samples by the daemon's own socket."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TEXT, format="s16", sample_rate=24_000)))


def decoded(data: bytes) -> tuple[NDArray[np.int16], int]:
    resampler, parts, rate = av.AudioResampler("s16", "mono"), [], 0
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            rate = frame.sample_rate
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(parts), rate


def check(format: Format, data: bytes, spoken: NDArray[np.int16]) -> None:
    """All samples, and the last ones; of a format that keeps every bit, the same samples and nothing else."""
    if format == "pcm":
        assert data == spoken.tobytes()
        return
    if format == "wav":
        assert struct.unpack("<4sI", data[:8]) == (b"RIFF", 0xFFFFFFFF)
        assert struct.unpack("<4sI", data[36:44]) == (b"data", 0xFFFFFFFF)
        assert data[44:] == spoken.tobytes()
        return
    samples, rate = decoded(data)
    if format == "flac":
        assert np.array_equal(samples, spoken)
    elif format == "opus":
        assert len(samples) == len(spoken) * rate // 24_000
    else:
        assert len(spoken) < len(samples) < len(spoken) + 3_200
        loudness = np.abs(spoken[-12_000:].astype(float)).sum()
        delay = {"mp3": 1105, "aac": 1024}[format]
        end = samples[delay + len(spoken) - 12_000 : delay + len(spoken)].astype(float)
        assert 0.9 < np.abs(end).sum() / loudness < 1.1


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_its_type_and_all_samples(
    sdk: "openai.OpenAI", spoken: NDArray[np.int16], format: Format
) -> None:
    with sdk.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format=format, instructions="Speak slowly."
    ) as response:
        assert response.headers["content-type"] == FORMATS[format]
        check(format, b"".join(response.iter_bytes()), spoken)


@pytest.mark.parametrize("format", ["pcm", "mp3"])
def test_events_carry_the_bytes_of_the_format(
    sdk: "openai.OpenAI", spoken: NDArray[np.int16], format: Literal["pcm", "mp3"]
) -> None:
    events: list[Any] = []
    with sdk.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="nova", input=TEXT, response_format=format, stream_format="sse"
    ) as response:
        assert response.headers["content-type"] == "text/event-stream"
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    events = [json.loads(line) for line in lines]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["total_tokens"] == 0
    check(format, b"".join(base64.b64decode(event["audio"]) for event in events[:-1]), spoken)


def test_words_are_events_too_where_they_are_asked_for(gateway: Gateway, daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TEXT)
        list(stream)
        marks = [(mark.start, mark.end, mark.at_s) for mark in stream.marks]
    with Http(gateway.port) as http:
        wanted = {"input": TEXT, "response_format": "pcm", "stream_format": "sse", "marks": True}
        answer = http.ask("POST", "/v1/audio/speech", wanted)
    events = [json.loads(line.removeprefix("data: ")) for line in answer.body.decode().split("\n\n") if line]
    words = [event for event in events if event["type"] == "speech.audio.mark"]
    assert [(word["start"], word["end"], word["at_s"]) for word in words] == marks
    kinds = [event["type"].rpartition(".")[2] for event in events]
    assert kinds[0] == "delta"
    assert kinds.index("mark") < len(kinds) // 2  # with its samples, not at the end


def test_speed_and_voice_reach_the_daemon(sdk: "openai.OpenAI", spoken: NDArray[np.int16]) -> None:
    def length(**options: Any) -> int:
        return len(sdk.audio.speech.create(model="x", input=TEXT, response_format="pcm", **options).read()) // 2

    assert length(voice="heart", speed=2) < 0.7 * len(spoken)
    assert length(voice="heart", speed=4) == length(voice="HEART", speed=2)
    assert length(voice={"id": "heart"}) == len(spoken)


def test_models_and_voices_are_listed(sdk: "openai.OpenAI") -> None:
    assert [model.id for model in sdk.models.list()] == ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"]
    assert sdk.models.retrieve("anything").id == "anything"
    voices = sdk.get("/audio/voices", cast_to=dict[str, Any])["voices"]
    assert {"id": "heart", "name": "heart", "language": "en-US"} in voices
    assert all(voice["name"] for voice in voices)
    assert sum(voice["id"] != "heart" for voice in voices) == 13
    assert {model["id"] for model in sdk.get("/audio/models", cast_to=dict[str, Any])["models"]} >= {"tts-1"}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"voice": "nobody"}, "voice_not_found", "voice"),
        ({"input": ""}, "text_empty", "input"),
        ({"input": "a " * 200_001}, "text_too_long", "input"),
        ({"response_format": "midi"}, "invalid_request", "response_format"),
        ({"speed": "fast"}, "invalid_request", "speed"),
    ],
)
def test_an_error_of_the_request_names_its_field_and_is_not_repeated(
    sdk: "openai.OpenAI", changes: dict[str, Any], code: str, param: str
) -> None:
    import openai

    request: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": "Hi.", **changes}
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.audio.speech.create(**request)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_the_first_bytes_come_long_before_the_last_and_an_early_close_ends_the_speech(
    sdk: "openai.OpenAI", daemon: Daemon
) -> None:
    before = daemon.status()["utterances"]
    with sdk.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=LONG, response_format="pcm"
    ) as response:
        parts = response.iter_bytes(1024)  # closes the response when it is collected
        assert next(parts)
        assert daemon.status()["utterances"]["active"] == 1
    eventually(lambda: idle(daemon.status()))
    after = daemon.status()["utterances"]
    assert after["cancelled"] == before["cancelled"] + 1
    assert after["finished"] == before["finished"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", True),
        ("00-nonsense", False),  # ignored, as the specification of the header asks for
    ],
)
def test_the_trace_context_of_a_request_is_that_of_its_utterance(
    gateway: Gateway, daemon: Daemon, given: str, kept: bool
) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("POST", "/v1/audio/speech", {"input": TEXT, "response_format": "pcm"}, traceparent=given)
    assert answer.status == 200
    with daemon.client() as client:
        [utterance] = client.trace().utterances
    assert utterance.traceparent == (given if kept else "")
