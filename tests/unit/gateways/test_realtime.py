"""OpenAI's realtime protocol as plain speech: the six events that Open WebUI waits for, and interruption."""

from typing import Any

import pytest
from support.dialogue import Driver

from steadyvoice.gateways.http.encoding.formats import Format
from steadyvoice.gateways.http.streaming.actions import Cancel, Heard, Say
from steadyvoice.gateways.http.streaming.contexts import MAX_CONTEXTS
from steadyvoice.gateways.http.streaming.realtime import Realtime


@pytest.fixture
def driver() -> Driver:
    driver = Driver(Realtime("gpt-realtime"))
    assert driver.kinds() == ["session.created"]
    return driver


def session(**output: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"output": output}}}


def create(*texts: str) -> dict[str, Any]:
    items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": each}]} for each in texts]
    return {"type": "response.create", "response": {"conversation": "none", "input": items}}


def started(driver: Driver) -> str:
    driver.json(**create("Hello there."))
    (name,) = driver.live
    return name


def test_the_six_events(driver: Driver) -> None:
    driver.json(**session(format={"type": "audio/pcm", "rate": 24000}, voice="marin"))
    say = driver.json(**create("Hello there."))[1]
    assert isinstance(say, Say)
    assert (say.text, say.speech.voice, say.speech.format) == ("Hello there.", "marin", Format("s16", 24000))
    driver.speak(say.context)
    driver.finish(say.context)
    updated, created, delta, done = driver.sent
    assert [m["type"] for m in driver.sent] == [
        "session.updated",
        "response.created",
        "response.output_audio.delta",
        "response.done",
    ]
    assert updated["session"]["model"] == "gpt-realtime"
    assert created["response"]["id"] == delta["response_id"] == done["response"]["id"] == say.context
    assert (delta["delta"], done["response"]["status"]) == ("AQI=", "completed")
    assert len({m["event_id"] for m in driver.sent}) == 4


def test_items_are_spoken_by_the_next_response(driver: Driver) -> None:
    for text in "One.", "Two.":
        driver.json(type="conversation.item.create", item={"content": [{"type": "input_text", "text": text}]})
    say = driver.json(type="response.create")[1]
    assert isinstance(say, Say)
    assert say.text == "One.Two."
    driver.json(type="response.create")
    assert driver.sent[-1]["error"]["code"] == "text_empty"


def test_cancel(driver: Driver) -> None:
    name = started(driver)
    assert driver.json(type="response.cancel", response_id=name)[0] == Cancel(name)
    assert driver.sent[-1]["response"] == {
        "object": "realtime.response",
        "id": name,
        "status": "cancelled",
        "output": [],
    }
    assert driver.json(type="response.cancel", response_id=name) == []
    assert driver.json(type="response.cancel") == []


def test_cancel_without_a_name(driver: Driver) -> None:
    name = started(driver)
    assert driver.json(type="response.cancel")[0] == Cancel(name)


def test_the_position_that_was_heard(driver: Driver) -> None:
    name = started(driver)
    actions = driver.json(type="conversation.item.truncate", item_id=f"item_{name}", content_index=0, audio_end_ms=1500)
    assert actions[0] == Heard(name, 1.5)
    assert driver.sent[-1]["type"] == "conversation.item.truncated"


def test_a_failed_response_is_done(driver: Driver) -> None:
    name = started(driver)
    driver.fail(name)
    assert [m["type"] for m in driver.sent[1:]] == ["error", "response.done"]
    assert driver.sent[-1]["response"]["status"] == "failed"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "invalid_event"),
        ({"type": "input_audio_buffer.append", "audio": ""}, "unknown_event"),
        (session(format={"type": "audio/opus"}), "invalid_value"),
        ({"type": "session.update", "session": []}, "invalid_event"),
        ({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": -1}, "invalid_event"),
        ({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 1e18}, "invalid_event"),
        (create(), "text_empty"),
        (create(" "), "text_empty"),
    ],
)
def test_what_is_refused(driver: Driver, message: dict[str, Any], code: str) -> None:
    driver.json(**message, event_id="mine")
    (error,) = driver.sent
    assert (error["type"], error["error"]["code"]) == ("error", code)
    assert error["error"]["event_id"] in ("mine", None)


def test_responses_that_have_ended_are_not_counted(driver: Driver) -> None:
    for _ in range(2 * MAX_CONTEXTS):
        driver.finish(started(driver))
    assert driver.kinds() == ["response.created", "response.done"] * 2 * MAX_CONTEXTS
    for _ in range(MAX_CONTEXTS + 1):
        driver.json(**create("Hello."))
    assert driver.kinds() == ["response.created"] * MAX_CONTEXTS + ["error"]


def test_a_voice_and_a_speed_of_one_response(driver: Driver) -> None:
    driver.json(**session(voice={"id": "heart"}, speed=1.5, format={"type": "audio/pcmu"}))
    say = driver.json(**create("Hello."))[1]
    assert isinstance(say, Say)
    assert (say.speech.voice, say.speech.rate, say.speech.format) == ("heart", 1.5, Format("mulaw", 8000))
