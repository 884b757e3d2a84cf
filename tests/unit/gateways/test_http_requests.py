"""Requests to speak, and the errors that answer them."""

import json
import re
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.gateways.http.encoding import formats
from steadyvoice.gateways.http.encoding.formats import UnsupportedFormat
from steadyvoice.gateways.http.errors import Refused, refusal
from steadyvoice.gateways.http.requests import FORMATS, PiperText, SpeechRequest, decode
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.sse import Events
from steadyvoice.gateways.http.voice_names import OPENAI_VOICES, UnknownVoice, choose
from steadyvoice.ipc.errors import Code, NotInstalled, RequestRefused, SteadyvoiceError, UtteranceFailed
from steadyvoice.ipc.installing import install_command
from steadyvoice.ipc.messages import VoiceInfo


def wanted(kind: str, voice: str = "", *, rate: float = 1.0, framing: Events | None = None) -> Wanted:
    return Wanted("Hi", Speech(FORMATS[kind], voice, rate=rate), framing)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"input": "Hi"}, wanted("mp3")),
        ({"input": "Hi", "voice": "emma", "model": "tts-1"}, wanted("mp3", "emma")),
        ({"input": "Hi", "voice": {"id": "emma"}}, wanted("mp3", "emma")),
        ({"input": "Hi", "speed": 1.5, "response_format": "pcm"}, wanted("pcm", rate=1.5)),
        ({"input": "Hi", "stream_format": "sse"}, wanted("mp3", framing=Events(marks=False))),
        ({"input": "Hi", "stream_format": "sse", "marks": True}, wanted("mp3", framing=Events(marks=True))),
        ({"input": "Hi", "stream_format": "audio", "instructions": "Cheerful."}, wanted("mp3")),
        ({"input": "Hi", "voice": None, "speed": None, "stream_format": None, "marks": None}, wanted("mp3")),
        ({"input": "Hi", "stream": True, "lang_code": "a", "return_download_link": False, "x": [{}]}, wanted("mp3")),
    ],
)  # fmt: skip
def test_a_request_of_openai(body: object, expected: Wanted) -> None:
    assert decode(json.dumps(body).encode(), SpeechRequest).wanted() == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": "Hi"}, wanted("wav")),
        ({"text": "Hi", "voice": "emma", "noise_scale": 1}, wanted("wav", "emma")),
        ({"text": "Hi", "length_scale": 0.5}, wanted("wav", rate=2.0)),
        ({"text": "Hi", "length_scale": 0, "voice": None}, wanted("wav")),
        ({"text": "Hi", "length_scale": -1}, wanted("wav")),
    ],
)
def test_a_request_of_piper(body: object, expected: Wanted) -> None:
    assert decode(json.dumps(body).encode(), PiperText).wanted() == expected


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b"{}", "input"),
        (b'{"input":3}', "input"),
        (b'{"input":null}', "input"),
        (b'{"input":"a","voice":3}', "voice"),
        (b'{"input":"a","voice":{}}', "voice"),
        (b'{"input":"a","response_format":"ogg"}', "response_format"),
        (b'{"input":"a","stream_format":"x"}', "stream_format"),
        (b'{"input":"a","speed":"fast"}', "speed"),
        (b'{"input":"a","speed":1e999}', "speed"),
        (b'{"input":"\xff"}', None),
        (b'{"input":"\\ud800"}', None),
        (b'{"input":"a","x":' + b"[" * 100_000, None),
    ],
)
def test_another_body_is_refused_with_the_field_at_fault(body: bytes, param: str | None) -> None:
    with pytest.raises(Refused) as caught:
        decode(body, SpeechRequest)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200) | st.from_regex(rb'\{"(input|text|speed|voice)":[^\n]{0,30}\}', fullmatch=True))
def test_no_body_does_anything_else(body: bytes) -> None:
    with suppress(Refused):
        decode(body, SpeechRequest).wanted()
    with suppress(Refused):
        decode(body, PiperText).wanted()


def refused(code: Code, *, retryable: bool = False, field: str = "") -> RequestRefused:
    return RequestRefused(code, "no", retryable=retryable, field=field)


@pytest.mark.parametrize(
    ("error", "status", "code", "param", "retry"),
    [
        (refused("unknown_voice"), 400, "voice_not_found", "voice", False),
        (refused("voice_not_installed"), 400, "voice_not_installed", "voice", False),
        (refused("text_empty"), 400, "text_empty", "input", False),
        (refused("text_too_long"), 400, "text_too_long", "input", False),
        (refused("out_of_range", field="rate"), 400, "out_of_range", "speed", False),
        (refused("too_many_utterances", retryable=True), 429, "too_many_utterances", None, True),
        (refused("too_many_clients", retryable=True), 503, "too_many_clients", None, True),
        (refused("stage_failed"), 500, "stage_failed", None, False),
        (UtteranceFailed("unsupported_text", "no"), 400, "unsupported_text", "input", False),
        (UtteranceFailed("stage_failed", "no"), 500, "stage_failed", None, False),
        (DaemonUnreachable("no"), 503, "not_ready", None, True),
        (NotInstalled("no"), 400, "unsupported_format", "response_format", False),
        (UnsupportedFormat("no"), 400, "unsupported_format", "response_format", False),
        (UnknownVoice("no"), 400, "voice_not_found", "voice", False),
        (SteadyvoiceError("no"), 500, "internal_error", None, False),
        (Refused(404, "not_found", "no"), 404, "not_found", None, False),
    ],
)
def test_an_error_says_whether_to_repeat_the_request(
    error: SteadyvoiceError, status: int, code: str, param: str | None, retry: bool
) -> None:
    answer = refusal(error)
    content = json.loads(answer.body())["error"]
    assert answer.status == status
    assert (content["code"], content["param"], content["message"]) == (code, param, "no")
    assert isinstance(content["type"], str)
    assert answer.headers["x-should-retry"] == str(retry).lower()
    assert ("Retry-After" in answer.headers) == retry


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/v1/audio/speech",
            {"error": {"message": "no", "type": "rate_limit_error", "param": "voice", "code": "many"}},
        ),
        ("/", {"error": {"message": "no", "type": "rate_limit_error", "param": "voice", "code": "many"}}),
        ("/tts/bytes", {"error_code": "many", "title": "Many", "message": "no", "request_id": "1"}),
        ("/v1/text-to-speech/heart/stream", {"detail": {"status": "many", "message": "no"}}),
        ("/v1/speak", {"err_code": "many", "err_msg": "no", "request_id": "1"}),
    ],
)
def test_an_error_has_the_shape_of_its_protocol(path: str, expected: dict[str, object]) -> None:
    content = json.loads(Refused(429, "many", "no", "voice").body(path))
    assert content | ({"request_id": "1"} if "request_id" in content else {}) == expected


def voice(name: str, *, installed: bool = True, default: bool = False) -> VoiceInfo:
    return VoiceInfo(name, "en-US", 24000, "Apache-2.0", installed, "hibari", default)


VOICES = [voice("Heart", default=True), voice("emma"), voice("gone", installed=False), voice("Nova")]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("", ""),
        ("heart", "Heart"),
        ("EMMA", "emma"),
        ("nova", "Nova"),  # an own voice before OpenAI's name
        ("alloy", ""),
        ("Shimmer", ""),
        ("sage", "emma"),  # an alias before OpenAI's name
        ("en", "emma"),
        ("broken", None),
        ("gone", None),
        ("nobody", None),
    ],
)
def test_a_voice_is_found_by_its_name_an_alias_or_one_of_openais(wanted: str, name: str | None) -> None:
    assert choose(wanted, VOICES, {"Sage": "Emma", "en": "emma", "broken": "nobody"}) == name


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    formats.check("aac")
    formats.check.cache_clear()
    monkeypatch.setitem(sys.modules, "av", None)  # as where the extra was not installed
    for _ in range(2):  # an error is not remembered
        with pytest.raises(NotInstalled, match=re.escape(install_command("aac"))):
            formats.check("aac")
    formats.check("s16")
    monkeypatch.undo()
    formats.check("aac")


def test_all_of_openais_names_are_there() -> None:
    assert len(set(OPENAI_VOICES)) == 13
