"""Every message, in both framings, in pieces of any size; and refusals, with their reasons."""

import itertools
import typing

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.message_strategies import structs

from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests, wire
from steadyvoice.ipc.errors import WireError

LIMIT = 1 << 20
Message = requests.Request | m.Event
FRAMINGS = pytest.mark.parametrize("json", [True, False], ids=["json", "msgpack"])

REQUESTS = typing.get_args(requests.Request)
EVENTS = typing.get_args(m.Event)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def cut(frames: wire.MessageReader, data: list[bytes]) -> list[bytes]:
    """All messages, each taken as soon as it is complete."""
    found: list[bytes] = []
    for piece in data:
        frames.feed(piece)
        found += iter(frames.next, None)
    return found


def decode(kind: object, data: bytes, json: bool) -> msgspec.Struct:
    if kind is requests.Request:
        return wire.decode_request(data, json=json)
    return msgspec.json.decode(data, type=m.Event) if json else wire.decode_event(data)


@FRAMINGS
@pytest.mark.parametrize(
    ("kind", "classes"), [(requests.Request, REQUESTS), (m.Event, EVENTS)], ids=["requests", "events"]
)
@given(data=st.data(), cuts=st.lists(st.integers(0, 1 << 20), max_size=20))
def test_round_trip(
    kind: object, classes: tuple[type[Message], ...], json: bool, data: st.DataObject, cuts: list[int]
) -> None:
    sent = data.draw(st.lists(st.sampled_from(classes).flatmap(structs), min_size=1, max_size=6))
    stream = b"".join(wire.encode(message, json=json) for message in sent)
    assume(json or stream[:2] != b"{\n")  # see test_length_that_looks_like_text
    frames = wire.MessageReader(LIMIT)
    got = cut(frames, pieces(stream, cuts))
    assert frames.json is json
    assert [decode(kind, message, json) for message in got] == sent
    assert frames.next() is None


@pytest.mark.parametrize("cls", REQUESTS + EVENTS, ids=lambda cls: cls.__name__)
@FRAMINGS
@given(data=st.data())
def test_every_message_alone(cls: type[Message], json: bool, data: st.DataObject) -> None:
    message = data.draw(structs(cls))
    body = wire.encode(message, json=json)
    body = body[:-1] if json else body[4:]
    assert decode(requests.Request if cls in REQUESTS else m.Event, body, json) == message
    assert not json or b"\n" not in body


@pytest.mark.parametrize(
    ("length", "first"),
    [
        (0x7B, 1),
        (0x7B, 4),
        (0x017B, 1),
        (0x017B, 2),
        (0x0A7B, 1),
        (0x0A7B, 4),
        pytest.param(0x0A7B, 2),
        pytest.param(0x0A7D7B, 3),
        (0x0A7D7B, 5),
    ],
)
def test_length_that_looks_like_text(length: int, first: int) -> None:
    """The first message's length begins with a brace, and its bytes arrive in pieces."""
    message = requests.Speak(text="a" * (length - 50))
    message = requests.Speak(text="a" * (length - 50 + 4 + length - len(wire.encode(message))))
    data = wire.encode(message)
    assert data[:4] == length.to_bytes(4, "little")
    frames = wire.MessageReader(LIMIT)
    got = cut(frames, [data[:first], data[first:]])
    assert not frames.json
    assert [wire.decode_request(each, json=False) for each in got] == [message]


@FRAMINGS
def test_half_a_message_is_none(json: bool) -> None:
    data = wire.encode(requests.Speak(text="half"), json=json)
    frames = wire.MessageReader(LIMIT)
    assert frames.next() is None
    frames.feed(b"")
    assert frames.json is None
    for at in range(len(data) - 1):
        frames.feed(data[at : at + 1])
        assert frames.next() is None
    frames.feed(data[-1:])
    assert frames.next() == (data[:-1] if json else data[4:])
    assert frames.next() is None


def test_framing_is_decided_once() -> None:
    frames = wire.MessageReader(LIMIT)
    frames.feed(b"{")
    assert frames.next() is None
    frames.feed(b'"type":"hello"}\n\x05\0\0\0')
    assert frames.next() == b'{"type":"hello"}'
    assert frames.json
    assert frames.next() is None
    frames.feed(b"\n")
    assert frames.next() == b"\x05\0\0\0"


def test_empty_lines_and_windows_ones() -> None:
    frames = wire.MessageReader(LIMIT)
    messages = cut(frames, [b'{"type":"hello"}\r\n\n\r\n  \n{"type":"status","ref":2}\n'])
    assert [message.strip() for message in messages] == [
        b'{"type":"hello"}',
        b"",
        b"",
        b"",
        b'{"type":"status","ref":2}',
    ]
    assert wire.decode_request(messages[0], json=True) == requests.Hello()
    assert wire.decode_request(messages[-1], json=True) == requests.Status(ref=2)


def test_empty_msgpack_message() -> None:
    assert cut(wire.MessageReader(LIMIT), [b"\0\0\0\0" * 2 + b"\x01\0\0\0x"]) == [b"", b"", b"x"]


def framed(body: bytes, json: bool) -> bytes:
    return body + b"\n" if json else len(body).to_bytes(4, "little") + body


@FRAMINGS
@pytest.mark.parametrize("limit", [16, 4096])
def test_limit_is_the_longest_that_passes(json: bool, limit: int) -> None:
    longest = b"{" * limit
    assert cut(wire.MessageReader(limit), [framed(longest, json)] * 3) == [longest] * 3
    for data in (framed(longest + b"{", json), framed(b"{", json) + framed(longest + b"{", json)):
        frames = wire.MessageReader(limit)
        with pytest.raises(WireError, match=str(limit)):
            cut(frames, [data])


@FRAMINGS
def test_a_line_that_arrives_byte_by_byte_is_searched_once(json: bool) -> None:
    """Else the time would be quadratic: minutes for a megabyte."""
    frames, body = wire.MessageReader(LIMIT), b"{" + b"x" * (LIMIT - 1)
    looks = 0

    class Counted(bytearray):
        def find(self, wanted: bytes, start: int = 0) -> int:  # type: ignore[override]
            nonlocal looks
            looks += len(self) - start
            return super().find(wanted, start)

    frames._buffer = Counted()
    stream = framed(body, json) * 2
    assert cut(frames, pieces(stream, list(range(0, len(stream), 4096)))) == [body] * 2
    assert looks <= len(stream) + 2 * 4096


@FRAMINGS
def test_a_message_above_the_limit_is_refused_before_it_is_complete(json: bool) -> None:
    frames = wire.MessageReader(4096)
    frames.feed(b"{" * 4096 if json else (4097).to_bytes(4, "little"))
    with pytest.raises(WireError, match="a message may have 4096 bytes"):
        cut(frames, [b"{"])


WRONG = [
    ({"type": "speak", "tekst": "a"}, "unknown field `tekst`"),
    ({"type": "speak", "text": "a", "Rate": 1}, "unknown field `Rate`"),
    ({"type": "hello", "text": "a"}, "unknown field `text`"),
    ({"type": "speak", "text": 3}, r"Expected `str`, got `int` - at `\$.text`"),
    ({"type": "speak", "text": "a", "rate": "fast"}, r"Expected `float`, got `str` - at `\$.rate`"),
    ({"type": "speak", "open": 1}, r"Expected `bool`, got `int` - at `\$.open`"),
    ({"type": "cancel", "ids": [1, "2"]}, r"Expected `int`, got `str` - at `\$.ids\[1\]`"),
    ({"type": "append", "id": 1}, "missing required field `text`"),
    ({"type": "finish"}, "missing required field `id`"),
    ({"type": "shout"}, r"Invalid value 'shout' - at `\$.type`"),
    ({"type": "welcome", "ref": 1}, r"Invalid value 'welcome' - at `\$.type`"),
    ({"ref": 1}, "missing required field `type`"),
    ({"type": "status", "ref": 1 << 63}, r"Expected `int` <= 9223372036854775807 - at `\$.ref`"),
    ({"type": "skip", "to": "word"}, r"Invalid enum value 'word' - at `\$.to`"),
    ({"type": "speak", "priority": 1}, r"Expected `str`, got `int` - at `\$.priority`"),
    ({"type": "speak", "sample_rate": 1.5}, r"Expected `int`, got `float` - at `\$.sample_rate`"),
    ([], "Expected `object`, got `array`"),
    (None, "Expected `object`, got `(null|None)`"),
]


@FRAMINGS
@pytest.mark.parametrize(("value", "why"), WRONG)
def test_a_refusal_names_the_invalid_field(json: bool, value: object, why: str) -> None:
    data = msgspec.json.encode(value) if json else msgspec.msgpack.encode(value)
    with pytest.raises(msgspec.ValidationError, match=why):
        wire.decode_request(data, json=json)


@FRAMINGS
def test_defaults_are_not_sent(json: bool) -> None:
    data = wire.encode(requests.Speak(text="a"), json=json)
    body = data[:-1] if json else data[4:]
    assert msgspec.json.decode(body) if json else msgspec.msgpack.decode(body) == {"type": "speak", "text": "a"}


@given(data=st.binary(max_size=60).map(lambda data: bytes(byte & 0x7F for byte in data)))
def test_noise_is_no_request(data: bytes) -> None:
    """Raises MsgspecError, which the daemon answers; any other error would close the connection without an answer."""
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_request(data, json=True)


PACKED = st.lists(st.integers(0, 0x9F) | st.integers(0xC0, 0xD8), max_size=60).map(bytes)


@given(data=PACKED)
def test_packed_noise_is_no_request(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_request(data, json=False)


@pytest.mark.parametrize(
    ("data", "json"),
    [
        pytest.param(b'{"type":"speak","text":"\xff"}', True),
        pytest.param(b"\x82\xa4type\xa5speak\xa4text\xa1\xff", False),
        pytest.param(b'{"x":' + b"[" * 100_000, True),
        pytest.param(b"\x81\xa1x" + b"\x91" * 100_000, False),
        (b'{"type":"speak","text":"\\ud800"}', True),
        (b'{"type":"speak","text":"\\ude00 and on"}', True),
    ],
    ids=["latin-1", "latin-1 msgpack", "deep", "deep msgpack", "high surrogate", "low surrogate"],
)
def test_text_that_is_none_is_no_request(data: bytes, json: bool) -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_request(data, json=json)
