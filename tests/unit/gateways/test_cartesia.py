"""Cartesia's protocol: what each message of a client causes, and what is answered."""

import base64
from typing import Any

import pytest
from support.dialogue import Driver

from steadyvoice.gateways.http.encoding.formats import Format
from steadyvoice.gateways.http.streaming.actions import Cancel, End, Say, Word
from steadyvoice.gateways.http.streaming.cartesia import Cartesia
from steadyvoice.gateways.http.streaming.contexts import MAX_CONTEXTS

ASKED: dict[str, Any] = {
    "context_id": "a",
    "model_id": "sonic-3.5",
    "voice": {"mode": "id", "id": "heart"},
    "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000},
    "language": "en",
    "add_timestamps": True,
}


@pytest.fixture
def driver() -> Driver:
    return Driver(Cartesia())


def test_a_text_in_pieces(driver: Driver) -> None:
    said = driver.json(**ASKED, transcript="Hello ", **{"continue": True})
    assert isinstance(say := said[0], Say)
    assert (say.context, say.text, say.now, len(said)) == ("a", "Hello ", False, 1)
    assert (say.speech.voice, say.speech.language, say.speech.format) == ("heart", "en", Format("s16", 16000))
    driver.speak("a", "Hello ")
    assert driver.sent[0]["data"] == base64.b64encode(b"\1\2").decode()
    assert driver.sent[1]["word_timestamps"] == {"words": ["Hello"], "start": [0.3], "end": [0.4]}
    assert driver.json(**ASKED, transcript="there.", **{"continue": False})[1] == End("a")
    driver.finish("a")
    assert driver.kinds() == ["chunk", "timestamps", "done"]
    assert not driver.live


@pytest.mark.parametrize(
    ("text", "delay", "now"),
    [
        ("Hello there.", 0, True),
        ("Hello ", 0, True),
        ("Hel", 0, False),  # a word that may go on
        ("Hello there.", 3000, False),
        ("Hello there.", None, False),
    ],
)
def test_a_client_that_wants_no_buffer_is_spoken_at_once(
    driver: Driver, text: str, delay: int | None, now: bool
) -> None:
    asked = ASKED | {"transcript": text, "continue": True} | ({} if delay is None else {"max_buffer_delay_ms": delay})
    assert [a.now for a in driver.json(**asked) if isinstance(a, Say)] == [now]


def test_a_last_message_without_text_ends_the_context(driver: Driver) -> None:
    driver.json(**ASKED, transcript="Hello.", **{"continue": True})
    assert driver.json(**ASKED, transcript="", **{"continue": False}) == [End("a")]


def test_a_flush_is_answered_after_its_audio(driver: Driver) -> None:
    driver.json(**ASKED, transcript="One.", flush=True, **{"continue": True})
    driver.json(**ASKED, transcript="Two.", **{"continue": True})
    driver.json(**ASKED, transcript="", flush=True, **{"continue": True})
    driver.json(**ASKED, transcript="", **{"continue": False})
    for _ in range(3):
        driver.finish("a")
    assert [(m["type"], m.get("flush_id")) for m in driver.sent] == [
        ("flush_done", 1),
        ("flush_done", 2),
        ("done", None),
    ]


def test_cancel_is_answered_by_nothing(driver: Driver) -> None:
    driver.json(**ASKED, transcript="Hello.", **{"continue": True})
    assert driver.json(context_id="a", cancel=True) == [Cancel("a")]
    assert driver.json(context_id="a", cancel=True) == []
    assert driver.json(context_id="never", cancel=True) == []
    assert not driver.sent


def test_the_same_name_again_while_its_audio_ends(driver: Driver) -> None:
    for text in "One.", "Two.":
        driver.json(**ASKED, transcript=text)
    driver.finish("a")
    driver.speak("a")
    driver.finish("a")
    assert driver.kinds() == ["done", "chunk", "timestamps", "done"]


def test_timestamps_only_if_asked(driver: Driver) -> None:
    driver.json(**ASKED | {"add_timestamps": False}, transcript="Hello.")
    assert driver.dialogue.words("a", [Word("Hello.", 0, 1)]) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"output_format": {"container": "wav"}}, "unsupported_format"),
        ({"output_format": {"encoding": "pcm_s24le"}}, "unsupported_format"),
        ({"output_format": {"sample_rate": 44}}, "unsupported_format"),
        ({"transcript": 5}, "bad_message"),
        ({"voice": "heart"}, "bad_message"),
    ],
)
def test_what_is_refused(driver: Driver, change: dict[str, Any], code: str) -> None:
    driver.json(**ASKED | {"transcript": "Hello."} | change)
    (error,) = driver.sent
    assert (error["type"], error["error_code"], error["status_code"], error["done"]) == ("error", code, 400, True)
    assert error["message"]
    assert not driver.live


@pytest.mark.parametrize("message", ["", "{", "[]", "null", '"a"', b"\0", '{"context_id":{}}', "[" * 100_000])
def test_no_message_at_all(driver: Driver, message: str | bytes) -> None:
    driver.receive(message)
    assert driver.kinds() == ["error"]


def test_too_many_contexts_are_refused_and_the_others_go_on(driver: Driver) -> None:
    for number in range(MAX_CONTEXTS + 1):
        driver.json(**ASKED | {"context_id": str(number)}, transcript="Hello.", **{"continue": True})
    (error,) = driver.sent
    assert (error["context_id"], error["status_code"]) == (str(MAX_CONTEXTS), 429)
    driver.json(context_id="0", cancel=True)
    driver.json(**ASKED, transcript="Hello.")
    assert "a" in driver.live


def test_an_idle_context_makes_room(driver: Driver) -> None:
    """One that its client has left open, for instance because of an interruption."""
    for number in range(MAX_CONTEXTS):
        driver.json(**ASKED | {"context_id": str(number)}, transcript="Hello.", **{"continue": True})
    driver.pause("3")
    driver.pause("5")
    driver.json(**ASKED | {"context_id": "3"}, transcript="More.", **{"continue": True})
    assert driver.json(**ASKED, transcript="Hello.", **{"continue": True})[0] == Cancel("5")
    assert "a" in driver.live
    assert not driver.sent


def test_contexts_that_have_ended_are_not_counted(driver: Driver) -> None:
    for number in range(2 * MAX_CONTEXTS):
        driver.json(**ASKED | {"context_id": str(number)}, transcript="Hello.")
        driver.finish(str(number))
    assert driver.kinds() == ["done"] * 2 * MAX_CONTEXTS


@pytest.mark.parametrize(
    ("voice", "wanted"),
    [
        ({"mode": "id", "id": "heart"}, "heart"),
        ({"mode": "id", "id": "a0e99841-438c-4a64-b679-ae501e7d6091"}, ""),
        ({"mode": "id", "id": None}, ""),
        ({"mode": "embedding", "embedding": [0.1]}, ""),
        (None, ""),
    ],
)
def test_the_voice(driver: Driver, voice: Any, wanted: str) -> None:
    (say, _) = driver.json(**ASKED | {"voice": voice}, transcript="Hello.")
    assert isinstance(say, Say)
    assert say.speech.voice == wanted


def test_the_manner(driver: Driver) -> None:
    (say, _) = driver.json(**ASKED, transcript="Hello.", generation_config={"speed": 1.2, "volume": 0.5})
    assert isinstance(say, Say)
    assert (say.speech.rate, say.speech.volume) == (1.2, 0.5)


def test_a_message_without_context_gets_one(driver: Driver) -> None:
    driver.json(transcript="Hello.")
    driver.finish("context-1")
    assert driver.sent[0]["context_id"] == "context-1"


def test_a_failed_context_ends_with_its_error(driver: Driver) -> None:
    driver.json(**ASKED, transcript="Hello.", **{"continue": True})
    driver.fail("a")
    assert [(m["type"], m["error_code"], m["context_id"]) for m in driver.sent] == [("error", "stage_failed", "a")]
    driver.json(**ASKED, transcript="Again.", **{"continue": True})
    assert "a" in driver.live
