"""ElevenLabs' protocol: contexts, their ends and interruptions, character times."""

from typing import Any

import pytest
from support.dialogue import Driver

from steadyvoice.gateways.http.encoding.formats import Format, UnsupportedFormat
from steadyvoice.gateways.http.streaming.actions import Cancel, Close, End, Say, Word
from steadyvoice.gateways.http.streaming.contexts import MAX_CONTEXTS
from steadyvoice.gateways.http.streaming.elevenlabs import ElevenLabs


def multi(voice: str = "heart", **query: str) -> Driver:
    return Driver(ElevenLabs(voice, {"output_format": "pcm_24000"} | query, single=False))


@pytest.fixture
def driver() -> Driver:
    return multi()


@pytest.fixture
def single() -> Driver:
    return Driver(ElevenLabs("heart", {"output_format": "pcm_24000"}, single=True))


def test_a_turn(driver: Driver) -> None:
    driver.json(text=" ", context_id="a", voice_settings={"stability": 0.5, "speed": 1.1})
    (say,) = driver.json(text="Hello there. ", context_id="a")
    assert isinstance(say, Say)
    assert (say.text, say.now, say.speech.rate, say.speech.voice) == ("Hello there. ", True, 1.1, "heart")
    driver.speak("a")
    assert driver.json(context_id="a", flush=True)[0] == Say("a", "", say.speech, now=True)
    assert driver.json(context_id="a", close_context=True) == [End("a")]
    driver.finish("a")
    assert [sorted(m) for m in driver.sent] == [
        ["audio", "contextId"],
        ["alignment", "contextId", "normalizedAlignment"],
        ["contextId", "isFinal"],
    ]
    assert not driver.live


@pytest.mark.parametrize(
    ("messages", "interrupted"),
    [
        ([{"text": "Hello. "}], True),
        ([{"text": "Hello. ", "flush": True}], False),
        ([{"text": "Hello. "}, {"flush": True}], False),
        ([{"text": "Hello. "}, {"text": "", "flush": True}], False),
        ([{"text": "Hello. ", "flush": True}, {"text": "More "}], True),
        ([{"text": "Hello. ", "flush": True}, {"text": " "}], False),
        ([{"text": " "}], False),
    ],
)
def test_a_context_that_is_closed_before_its_text_was_flushed_is_interrupted(
    driver: Driver, messages: list[dict[str, Any]], interrupted: bool
) -> None:
    for message in messages:
        driver.json(**message, context_id="a")
    actions = driver.json(context_id="a", close_context=True)
    assert actions[0] == (Cancel("a") if interrupted else End("a"))
    assert [m.get("isFinal") for m in driver.sent] == ([True] if interrupted else [])


def test_a_second_close_interrupts(driver: Driver) -> None:
    driver.json(text="Hello. ", flush=True, context_id="a")
    driver.json(context_id="a", close_context=True)
    assert driver.json(context_id="a", close_context=True)[0] == Cancel("a")
    assert driver.kinds("isFinal") == [True]
    assert driver.json(context_id="a", close_context=True) == []


@pytest.mark.parametrize(
    "message",
    [{"text": ""}, {"text": "", "context_id": "a"}, {"context_id": "a", "flush": True}, {"keep_alive": True}],
)
def test_a_message_that_only_keeps_alive_opens_no_context(driver: Driver, message: dict[str, Any]) -> None:
    assert driver.json(**message) == []
    assert not driver.live


def test_times_restart_with_each_message_and_add_up(driver: Driver) -> None:
    driver.json(text="Hi all. ", context_id="a")
    words = [[Word("Hi ", 0.1, 0.4)], [Word("all", 0.5, 0.53), Word(". ", 0.6, 0.64)]]
    for each in words:
        driver.do(driver.dialogue.words("a", each))
    first, second = (message["alignment"] for message in driver.sent)
    assert first == {"chars": list("Hi "), "charStartTimesMs": [100, 200, 300], "charDurationsMs": [100, 100, 100]}
    assert second["chars"] == list("all. ")
    assert second["charStartTimesMs"] == [100, 110, 120, 200, 220]  # after 400 ms
    assert second["charStartTimesMs"][-1] + second["charDurationsMs"][-1] == 240
    assert driver.sent[0]["normalizedAlignment"] == first


def test_the_last_word_ends_with_a_space(driver: Driver) -> None:
    driver.json(text="Hi.", context_id="a", flush=True)
    driver.do(driver.dialogue.words("a", [Word("Hi.", 0.1, 0.4)]))
    driver.json(context_id="a", close_context=True)
    driver.finish("a")
    assert [m.get("alignment", {}).get("chars") for m in driver.sent] == [list("Hi."), [" "], None]


def test_close_socket_waits_for_what_was_flushed(driver: Driver) -> None:
    driver.json(text="Hello. ", context_id="a", flush=True)
    driver.json(text="Hello. ", context_id="b")
    assert driver.json(close_socket=True)[0] == End("a")
    assert [(m["contextId"], m["isFinal"]) for m in driver.sent] == [("b", True)]
    assert driver.closed is None
    assert driver.json(text="More ", context_id="c") == []
    driver.finish("a")
    assert driver.closed == Close(1000)


def test_close_socket_without_contexts(driver: Driver) -> None:
    assert driver.json(close_socket=True) == [Close(1000)]


def test_contexts_over_the_limit_are_refused_and_the_connection_lives(driver: Driver) -> None:
    """livekit/agents-js#1985: there the provider closes the connection, and all speech with it."""
    for number in range(MAX_CONTEXTS + 1):
        driver.json(text="Hello. ", context_id=str(number))
    (error,) = driver.sent
    assert (error["contextId"], error["error"], error["code"]) == (str(MAX_CONTEXTS), "too_many_contexts", 429)
    assert driver.closed is None
    driver.json(context_id="0", close_context=True)  # an interrupted context makes room at once
    driver.json(text="Hello. ", context_id="a")
    assert "a" in driver.live


def test_an_idle_context_makes_room_and_its_client_is_told(driver: Driver) -> None:
    for number in range(MAX_CONTEXTS):
        driver.json(text="Hello. ", context_id=str(number))
    driver.pause("3")
    assert driver.json(text=" ", context_id="a")[0] == Cancel("3")
    assert driver.sent == [{"isFinal": True, "contextId": "3"}]
    assert driver.json(text=" ", context_id="b")[0] == Cancel("a")  # in which nothing was said


def test_contexts_that_have_ended_are_not_counted(driver: Driver) -> None:
    for number in range(2 * MAX_CONTEXTS):
        driver.json(text="Hello. ", context_id=str(number), flush=True, close_context=True)
        driver.finish(str(number))
    assert driver.kinds("isFinal") == [True] * 2 * MAX_CONTEXTS


def test_the_same_name_again_while_its_audio_ends(driver: Driver) -> None:
    for _ in range(2):
        driver.json(text="Hello. ", context_id="a", flush=True)
        driver.json(context_id="a", close_context=True)
    driver.finish("a")
    driver.speak("a")
    driver.finish("a")
    assert driver.kinds("isFinal") == [True, None, None, True]


def test_messages_without_context(driver: Driver) -> None:
    driver.json(text="Hello. ", flush=True)
    driver.json(close_context=True)
    driver.finish("")
    assert driver.sent == [{"isFinal": True, "contextId": None}]


def test_stream_input(single: Driver) -> None:
    single.json(text=" ", voice_settings={"stability": 1}, xi_api_key="any")
    single.json(text="Hello ", try_trigger_generation=True)
    single.speak("")
    assert single.json(text="") == [End("")]
    single.finish("")
    assert single.kinds("isFinal") == [None, None, True]
    assert single.closed == Close(1000)


def test_stream_input_without_text(single: Driver) -> None:
    single.json(text="")
    assert single.kinds("isFinal") == [True]
    assert single.closed == Close(1000)


def test_stream_input_that_fails_is_closed_with_the_reason(single: Driver) -> None:
    single.json(text="Hello ")
    single.fail("")
    assert single.closed == Close(1008, "the generator ended")


@pytest.mark.parametrize("message", ["", "[]", b"\0", '{"text":5}', '{"voice_settings":{"speed":"fast"}}'])
def test_no_message_of_the_protocol(driver: Driver, message: str | bytes) -> None:
    driver.receive(message)
    assert driver.kinds("error") == ["bad_message"]


@pytest.mark.parametrize(
    ("query", "format"),
    [
        ({}, Format("s16", 24000)),
        ({"output_format": "mp3_22050_32"}, Format("mp3", 22050, 32)),
        ({"output_format": "ulaw_8000"}, Format("mulaw", 8000)),
    ],
)
def test_the_format(query: dict[str, str], format: Format) -> None:
    (say,) = multi(**query).json(text="Hello. ", context_id="a")
    assert isinstance(say, Say)
    assert say.speech.format == format


def test_tags_only_if_asked(driver: Driver) -> None:
    for made, ssml in (driver, False), (multi(enable_ssml_parsing="true"), True):
        (say,) = made.json(text='Hello <break time="1s" /> there. ', context_id="a")
        assert isinstance(say, Say)
        assert say.speech.ssml is ssml


@pytest.mark.parametrize("name", ["opus_44100_32", "pcm_1", "mp3_12345", "", "pcm_24000 "])
def test_a_format_that_there_is_not(name: str) -> None:
    with pytest.raises(UnsupportedFormat):
        multi(output_format=name)


@pytest.mark.parametrize(("voice", "wanted"), [("heart", "heart"), ("bIHbv24MWmeRgasZH58o", "")])
def test_the_voice(voice: str, wanted: str) -> None:
    (say,) = multi(voice, language_code="en").json(text="Hello. ", context_id="a")
    assert isinstance(say, Say)
    assert (say.speech.voice, say.speech.language) == (wanted, "en")
