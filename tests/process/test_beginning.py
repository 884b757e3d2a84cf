"""``from_sample`` and ``from_char``: samples, marks and positions from there on are those of the whole stream."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.clients import NULL
from support.daemon import Daemon
from support.plain_client import PlainClient, Received

from steadyvoice.client import RequestRefused

CONFIGURATION = NULL
TEXT = "When the rain stopped, we walked. Then she laughed. Nobody knew why."
SSML = "<speak>One two. <break time='700ms'/> Four <mark name='x'/> five. <prosody pitch='+3st'>Six.</prosody></speak>"
WAYS: dict[str, tuple[bool, dict[str, Any]]] = {
    "ring": (False, {}),
    "msgpack": (False, {"inline": True}),
    "json": (True, {"format": "s16"}),
}


def speak(daemon: Daemon, text: str, *, json: bool = False, **how: Any) -> Received:
    with PlainClient(daemon.socket, json=json) as client:
        return client.speak_and_read(text, **how)


def samples(received: Received) -> NDArray[Any]:
    return np.frombuffer(received.data, "<i2" if received.started.get("format") == "s16" else "<f4")


def marks(received: Received) -> list[tuple[int, int, float, str]]:
    found = (event for event in received.events if event["type"] == "mark")
    return [(each["start"], each["end"], each["at_s"], each.get("name", "")) for each in found]


@pytest.mark.parametrize(
    ("way", "text", "how"),
    [
        ("ring", TEXT, {}),
        ("msgpack", TEXT, {}),
        ("json", TEXT, {}),
        pytest.param("ring", TEXT, {"sample_rate": 44_100, "volume": 0.5}, marks=pytest.mark.long),
        pytest.param("ring", TEXT, {"converter": "shift", "pitch": 3.0}, marks=pytest.mark.long),
        ("ring", SSML, {}),
    ],
    ids=["ring", "msgpack", "json", "resampled", "shifted", "ssml"],
)
def test_from_a_sample_on_a_stream_is_that_of_the_whole(
    daemon: Daemon, way: str, text: str, how: dict[str, Any]
) -> None:
    json, more = WAYS[way]
    how = how | more
    whole = speak(daemon, text, json=json, **how)
    all_samples, rate = samples(whole), whole.started["sample_rate"]
    for first in (len(all_samples) // 3, len(all_samples) - 1):
        rest = speak(daemon, text, json=json, from_sample=first, **how)
        np.testing.assert_array_equal(samples(rest), all_samples[first:])
        assert rest.indexes[0] == first
        assert rest.finished["duration_s"] == pytest.approx((len(all_samples) - first) / rate, abs=1e-4)
        assert rest.finished["heard_chars"] == len(text)
        assert marks(rest) == [mark for mark in marks(whole) if round(mark[2] * rate) >= first]


def test_at_the_end_there_are_no_samples_and_behind_it_is_an_error(daemon: Daemon) -> None:
    for way in ("ring", "json"):
        json, how = WAYS[way]
        whole = speak(daemon, TEXT, json=json, **how)
        end = len(samples(whole))
        at_end = speak(daemon, TEXT, json=json, from_sample=end, **how)
        assert (at_end.data, at_end.finished["reason"], at_end.finished["duration_s"]) == (b"", "done", 0.0)
        behind = speak(daemon, TEXT, json=json, from_sample=end + 1, **how).finished
        assert (behind["reason"], behind["code"], behind["duration_s"]) == ("error", "out_of_range", 0.0)
        assert f"from_sample {end + 1} is behind the end of the stream, which has {end} samples" in behind["message"]


def test_from_a_character_on_its_segment_is_the_first(daemon: Daemon) -> None:
    whole = speak(daemon, TEXT)
    for word in ("laughed", "why"):
        rest = speak(daemon, TEXT, from_char=TEXT.index(word))
        tail = samples(rest)
        np.testing.assert_array_equal(tail, samples(whole)[-len(tail) :])
        heard = [TEXT[start:end] for start, end, *_ in marks(rest)]
        expected = [TEXT[start:end] for start, end, *_ in marks(whole)]
        assert word in heard
        assert heard == expected[-len(heard) :]
        assert rest.indexes[0] == 0
        assert marks(rest)[0][2] < 0.1
        assert rest.finished["heard_chars"] == len(TEXT)
        later = speak(daemon, TEXT, from_char=TEXT.index(word), from_sample=5000)
        np.testing.assert_array_equal(samples(later), tail[5000:])
    nothing = speak(daemon, f"{TEXT}  ", from_char=len(TEXT) + 1)
    assert (nothing.data, nothing.finished["reason"]) == (b"", "done")


def test_open_text_may_begin_at_a_character_that_comes_later(daemon: Daemon) -> None:
    with daemon.client() as client:
        expected = np.concatenate(list(client.stream("Then she laughed.")))
        with client.open_stream(from_char=33) as stream:
            for piece in ("When the rain stopped, ", "we left. Then she ", "laughed."):
                stream.append(piece)
        np.testing.assert_array_equal(np.concatenate(list(stream)), expected)


@pytest.mark.realtime
def test_the_sound_device_too_begins_at_a_character(daemon: Daemon) -> None:
    with daemon.client() as client:
        whole = client.speak("Go on. Go on. Stop.").wait().duration_s
        rest = client.speak("Go on. Go on. Stop.", from_char=14).wait()
        assert 0 < rest.duration_s < whole * 0.6
        assert rest.heard_chars == 19
        assert client.speak("Go.  ", from_char=4).wait().reason == "done"  # nothing is left
        for options in ({"from_sample": 5}, {"from_char": 100}):
            with pytest.raises(RequestRefused):
                client.speak("Go on.", **options)  # type: ignore[arg-type]
