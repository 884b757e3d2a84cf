"""Requests that are almost right: made by chance, the same for the same seed."""

import random
from collections.abc import Callable
from typing import Any, Final

import msgspec

Map = dict[str, Any]

IDS: Final = [0, 1, 2, 3, -1]
DEEP: Final = "@deep@"
"""In its place come so many levels of lists as no decoder may recurse into."""
VALUES: Final[list[Any]] = [
    *(None, True, False, 0, 1, -1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 10**30, -(10**300)),
    *(0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf")),
    *("", "a", "speak", "\0", "\x1b[31mred\x1b[0m", "one\nsvd: two\r\n", "\u2028\x85\u202e", "\ud800", "é漢🎉", DEEP),
    *([], [[]], {}, {"type": "speak"}, [1, "2", None], list(range(5000)), b"\xff\0", b""),
]
REQUESTS: Final[list[Map]] = [
    {"type": "hello", "version": 1, "program": "fuzz"},
    {"type": "speak", "text": "One.", "rate": 1.0, "volume": 1.0, "priority": "message", "sink": "device"},
    {"type": "speak", "text": "Two.", "detach": True, "replace": False, "voice": "heart"},
    {"type": "speak", "text": "Three.", "sink": "pcm", "inline": False, "sample_rate": 0, "format": "f32"},
    {"type": "speak", "text": "Four, ", "open": True, "sink": "pcm", "inline": True, "format": "s16"},
    {"type": "speak", "open": True},
    {"type": "append", "id": 1, "text": "and more. "},
    {"type": "finish", "id": 1},
    {"type": "cancel", "ids": [1, 2]},
    {"type": "cancel", "all": True},
    {"type": "pause"},
    {"type": "resume"},
    {"type": "skip", "to": "sentence"},
    {"type": "subscribe", "on": False},
    {"type": "status"},
    {"type": "voices"},
    {"type": "converters"},
]


class Mutants:
    """``last``: the number that the daemon gave last, as far as is known."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.last = 1

    def request(self, json: bool) -> bytes:
        """The body of a message in which one thing or more is wrong, mostly; in JSON, perhaps several lines."""
        chance = self.random
        request = self._strange(dict(chance.choice(REQUESTS))) if chance.random() < 0.7 else self._live()
        try:
            body = (_json if json else _msgpack)(request)
        except OverflowError:  # a number that msgpack does not have
            body = msgspec.msgpack.encode({"type": "status", "ref": 2**64 - 1})
        return self.broken(body) if chance.random() < 0.4 else body

    def _live(self) -> Map:
        """One that is right, and about an utterance that may be there."""
        request = dict(self.random.choice(REQUESTS))
        if "id" in request:
            request["id"] = self.last - self.random.randrange(3)
        if "ids" in request:
            request["ids"] = [self.last] * self.random.randrange(4)
        return request

    def _strange(self, request: Map) -> Map:
        chance = self.random
        for _ in range(chance.choice([1, 1, 2, 4])):
            key = chance.choice([*request, "ref", "ids", "tekst"])
            match chance.randrange(6):
                case 0:
                    request.pop(key, None)
                case 1:
                    request[chance.choice(["", "\x1b[2Jx", "new\nline", "x" * 3000, "Type"])] = chance.choice(VALUES)
                case 2:
                    request[key] = self.noise(60).decode("latin-1") * chance.choice([1, 1, 1, 1000])
                case _:
                    request[key] = chance.choice(VALUES)
        return request

    def broken(self, data: bytes) -> bytes:
        """The same bytes, with some of them flipped, missing, doubled, foreign, or cut off."""
        chance, made = self.random, bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8])):
            at = chance.randrange(len(made) + 1)
            to = min(len(made), at + chance.choice([1, 2, 8, 40]))
            match chance.randrange(5):
                case 0 if at < len(made):
                    made[at] ^= 1 << chance.randrange(8)
                case 1:
                    del made[at:to]
                case 2:
                    made[at:at] = made[at:to]
                case 3:
                    made[at:at] = self.noise(20)
                case 4:
                    del made[at:]
        return bytes(made)

    def noise(self, most: int) -> bytes:
        return self.random.randbytes(self.random.randrange(1, most + 1))

    def one_of(self, *ways: Callable[[], bytes]) -> bytes:
        return self.random.choice(ways)()


def _json(request: Map) -> bytes:
    import json

    body = json.dumps(request, default=lambda data: data.decode("latin-1")).encode()
    return body.replace(f'"{DEEP}"'.encode(), b"[" * 5000 + b"]" * 5000)


def _msgpack(request: Map) -> bytes:
    body = msgspec.msgpack.encode(_without_surrogates(request))
    return body.replace(b"\xa6" + DEEP.encode(), b"\x91" * 5000 + b"\xc0").replace(b"SURROGATE", b"\xed\xa0\x80AAAAAA")


def _without_surrogates(value: Any) -> Any:
    return {key: "SURROGATE" if each == "\ud800" else each for key, each in value.items()}
