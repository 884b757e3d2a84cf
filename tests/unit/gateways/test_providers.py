"""Requests over plain HTTP of Cartesia, ElevenLabs and Deepgram, and lines with times."""

import base64
import json
from typing import Any

import pytest

from steadyvoice.gateways.http.encoding.formats import Format, UnsupportedFormat
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.gateways.http.providers import cartesia, deepgram, elevenlabs
from steadyvoice.gateways.http.providers.elevenlabs import Timestamps
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import Word

PCM = Format("s16", 24000)
RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
FOREIGN = "f786b574-daa5-4673-aa0c-cbe3e8534c02"


def output(**changes: object) -> dict[str, object]:
    return {"output_format": RAW | changes}


@pytest.mark.parametrize(
    ("body", "speech"),
    [
        ({"output_format": RAW, "voice": {"mode": "id", "id": None}, "language": "en"}, Speech(PCM, language="en")),
        ({"voice": {"mode": "id", "id": FOREIGN}, "model_id": "sonic-3.6", "language": None}, Speech(PCM)),
        ({"voice": {"mode": "id", "id": "heart"}, "pronunciation_dict_id": "x"}, Speech(PCM, "heart")),
        ({"voice": {"mode": "embedding", "embedding": [0.5]}}, Speech(PCM)),
        ({"generation_config": {"speed": 1.2, "volume": 0.8, "emotion": "calm"}}, Speech(PCM, rate=1.2, volume=0.8)),
        (output(encoding="pcm_mulaw", sample_rate=8000), Speech(Format("mulaw", 8000))),
        (output(container="wav", encoding="pcm_f32le"), Speech(Format("f32", 24000, wav=True))),
        (output(container="mp3", sample_rate=44100, bit_rate=128_000), Speech(Format("mp3", 44100, 128))),
        (output(container="mp3", sample_rate=44100, bit_rate=None), Speech(Format("mp3", 44100))),
    ],
)
def test_a_request_of_cartesia(body: dict[str, Any], speech: Speech) -> None:
    assert cartesia.wanted(json.dumps({"transcript": "Hi", **body}).encode()) == Wanted("Hi", speech)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"container": "ogg"}, "raw, wav and mp3"),
        ({"encoding": "pcm_s24le"}, "pcm_s16le, pcm_f32le"),
        ({"container": "wav", "encoding": "opus"}, "pcm_s16le, pcm_f32le"),
        ({"sample_rate": 4000}, "8000 and 192000"),
        ({"container": "mp3", "sample_rate": 96000}, "44100, 48000"),
        ({"container": "mp3", "bit_rate": -5000}, "bit rate"),
    ],
)
def test_an_output_that_cartesias_route_has_not(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedFormat, match=named):
        cartesia.wanted(json.dumps({"transcript": "Hi", **output(**changes)}).encode())


@pytest.mark.parametrize(
    ("voice", "body", "query", "speech"),
    [
        ("heart", {}, {}, Speech(Format("mp3", 44100, 128), "heart")),
        ("heart", {"model_id": "x", "previous_text": "So."}, {"output_format": "pcm_24000"}, Speech(PCM, "heart")),
        ("bIHbv24MWmeRgasZH58o", {"language_code": "en"}, {"output_format": "pcm_24000"}, Speech(PCM, language="en")),
        ("heart", {"voice_settings": {"speed": 1.5}}, {"output_format": "pcm_24000"}, Speech(PCM, "heart", rate=1.5)),
        ("heart", {"voice_settings": None}, {"output_format": "pcm_24000"}, Speech(PCM, "heart")),
        ("heart", {}, {"output_format": "ulaw_8000"}, Speech(Format("mulaw", 8000), "heart")),
        ("heart", {}, {"output_format": "opus_48000_96"}, Speech(Format("opus", 48000, 96), "heart")),
    ],
)
@pytest.mark.parametrize("timestamps", [False, True])
def test_a_request_of_elevenlabs(
    voice: str, body: dict[str, Any], query: dict[str, str], speech: Speech, timestamps: bool
) -> None:
    wanted = elevenlabs.wanted(json.dumps({"text": "Hi", **body}).encode(), voice, query, timestamps=timestamps)
    assert wanted == Wanted("Hi", speech, Timestamps("Hi") if timestamps else None)


@pytest.mark.parametrize(
    ("query", "speech"),
    [
        ({}, Speech(Format("mp3", 22050))),
        ({"encoding": "linear16", "container": "none", "sample_rate": "24000"}, Speech(PCM)),
        ({"encoding": "linear16"}, Speech(Format("s16", 24000, wav=True))),
        ({"encoding": "mulaw"}, Speech(Format("mulaw", 8000, wav=True))),
        ({"encoding": "alaw", "container": "none"}, Speech(Format("alaw", 8000))),
        ({"encoding": "opus"}, Speech(Format("opus", 48000))),
        ({"encoding": "opus", "container": "ogg", "bit_rate": "32000"}, Speech(Format("opus", 48000, 32))),
        ({"encoding": "flac"}, Speech(Format("flac", 24000))),
        ({"encoding": "aac"}, Speech(Format("aac", 22050))),
        ({"model": "heart", "speed": "1.5"}, Speech(Format("mp3", 22050), "heart", rate=1.5)),
        ({"model": "aura-2-helena-en", "mip_opt_out": "false"}, Speech(Format("mp3", 22050), language="en")),
    ],
)
def test_a_request_of_deepgram(query: dict[str, str], speech: Speech) -> None:
    assert deepgram.wanted(b'{"text":"Hi"}', query) == Wanted("Hi", speech)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"encoding": "amr"}, "linear16, mulaw, alaw, mp3, opus, flac, aac"),
        ({"encoding": "linear16", "container": "ogg"}, "wav and none"),
        ({"encoding": "opus", "container": "none"}, "ogg"),
        ({"encoding": "mp3", "container": "wav"}, "none"),
        ({"encoding": "linear16", "sample_rate": "fast"}, "no number"),
        ({"encoding": "opus", "sample_rate": "44100"}, "24000, 48000"),
        ({"speed": "fast"}, "no number"),
    ],
)
def test_a_query_that_deepgrams_route_has_not(query: dict[str, str], named: str) -> None:
    with pytest.raises(UnsupportedFormat, match=named):
        deepgram.wanted(b'{"text":"Hi"}', query)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"text":3,"transcript":3}', b"\xff"])
def test_another_body_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        elevenlabs.wanted(body, "heart", {}, timestamps=False)
    with pytest.raises(Refused):
        deepgram.wanted(body, {})
    if body != b"{}":  # without a text, as the messages of its WebSocket
        with pytest.raises(Refused):
            cartesia.wanted(body)


def test_a_line_has_audio_and_the_time_of_each_character() -> None:
    content = json.loads(elevenlabs.line(b"\1\2", [Word("ab ", 0.5, 0.8), Word("c", 0.8, 0.9)]))
    assert base64.b64decode(content["audio_base64"]) == b"\1\2"
    times = content["alignment"]
    assert times == content["normalized_alignment"]
    assert times["characters"] == list("ab c")
    assert times["character_start_times_seconds"] == pytest.approx([0.5, 0.6, 0.7, 0.8])
    assert times["character_end_times_seconds"] == pytest.approx([0.6, 0.7, 0.8, 0.9])


def test_a_line_without_a_word_has_no_times() -> None:
    assert json.loads(elevenlabs.line(b"\1\2", []))["alignment"] is None
