"""Deepgram's protocol: every ``Flush`` and ``Clear`` is answered once, and nothing stale follows ``Cleared``."""

import pytest
from support.dialogue import Driver

from steadyvoice.gateways.http.encoding.formats import Format, UnsupportedFormat
from steadyvoice.gateways.http.streaming.actions import Cancel, Close, End, Say
from steadyvoice.gateways.http.streaming.deepgram import Deepgram


def driven(**query: str) -> Driver:
    return Driver(Deepgram(query))


@pytest.fixture
def driver() -> Driver:
    driver = driven(model="aura-2-helena-en")
    assert driver.kinds() == ["Metadata"]
    return driver


def test_a_turn(driver: Driver) -> None:
    (say,) = driver.json(type="Speak", text="Hello there. ")
    assert isinstance(say, Say)
    assert (say.text, say.now) == ("Hello there. ", True)
    driver.speak("")
    assert driver.json(type="Flush") == [End("")]
    driver.finish("")
    assert driver.sent == [b"\1\2", {"type": "Flushed", "sequence_id": 0}]


def test_clear(driver: Driver) -> None:
    driver.json(type="Speak", text="Hello there. ")
    driver.json(type="Flush")
    assert driver.json(type="Clear")[0] == Cancel("")
    assert driver.sent == [{"type": "Cleared", "sequence_id": 0}]
    driver.json(type="Speak", text="Again. ")
    driver.json(type="Flush")
    driver.finish("")
    assert driver.sent[1:] == [{"type": "Flushed", "sequence_id": 1}]


def test_close(driver: Driver) -> None:
    driver.json(type="Speak", text="Hello there. ")
    assert driver.json(type="Close") == [Cancel(""), Close(1000)]


def test_each_flush_of_a_failed_text_is_answered(driver: Driver) -> None:
    driver.json(type="Speak", text="Hello there. ")
    driver.json(type="Flush")
    driver.fail("")
    assert driver.kinds() == ["Error", "Flushed"]
    driver.json(type="Flush")
    driver.finish("")
    assert driver.kinds() == ["Flushed"]
    driver.json(type="Speak", text="Hello there. ")
    driver.fail("")
    assert driver.kinds() == ["Error"]


@pytest.mark.parametrize("message", ["", "[]", b"\0", "{}", '{"type":"Sing"}', '{"type":"Speak","text":5}'])
def test_no_message_of_the_protocol(driver: Driver, message: str | bytes) -> None:
    driver.receive(message)
    assert driver.kinds() == ["Warning"]
    assert driver.closed is None


@pytest.mark.parametrize(
    ("query", "voice", "language", "format"),
    [
        ({}, "", "", Format("s16", 24000)),
        ({"model": "heart"}, "heart", "", Format("s16", 24000)),
        ({"model": "aura-2-helena-en"}, "", "en", Format("s16", 24000)),
        ({"model": "aura-2-nestor-es"}, "", "es", Format("s16", 24000)),
        ({"encoding": "mulaw", "sample_rate": "8000"}, "", "", Format("mulaw", 8000)),
        ({"encoding": "alaw", "sample_rate": "16000"}, "", "", Format("alaw", 16000)),
    ],
)
def test_the_query(query: dict[str, str], voice: str, language: str, format: Format) -> None:
    (say,) = driven(**query, speed="1.25").json(type="Speak", text="Hello.")
    assert isinstance(say, Say)
    assert (say.speech.voice, say.speech.language, say.speech.format) == (voice, language, format)
    assert say.speech.rate == 1.25


@pytest.mark.parametrize(
    "query",
    [{"encoding": "mp3"}, {"container": "wav"}, {"sample_rate": "x"}, {"sample_rate": "1"}, {"speed": "fast"}],
)
def test_a_query_that_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(UnsupportedFormat):
        driven(**query)
