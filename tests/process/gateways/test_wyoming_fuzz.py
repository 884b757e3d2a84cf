"""The Wyoming gateway and input that is almost right: each is answered or the connection ends, nothing grows."""

import asyncio
import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, running
from support.matrix import examples
from support.svctl import LIGHT, WORD
from support.wyoming_client import connected

CONFIGURATION = LIGHT
INPUTS: Final = 10_000
EVENTS: Final[list[dict[str, Any]]] = [
    {"type": "describe"},
    {"type": "ping", "data": {"text": "a"}},
    {"type": "synthesize", "data": {"text": WORD, "voice": {"name": "paced"}, "text_format": "ssml"}},
    {"type": "synthesize", "data": {"text": WORD, "voice": {"language": "en_US", "speaker": "b"}}},
    {"type": "synthesize-start", "data": {"voice": {"name": "paced"}, "context": {"a": 1}}},
    {"type": "synthesize-chunk", "data": {"text": WORD}},
    {"type": "synthesize-stop"},
    {"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}},
    {"type": "audio-chunk", "data": {"rate": 16000, "width": 2, "channels": 1}, "payload_length": 8},
    {"type": "transcribe", "data": {"language": "en"}},
]
VALUES: Final[list[Any]] = [
    *(None, True, 0, -1, 2**31, 2**63, 10**30, 0.5, float("nan"), "", "a", "\0", "\ud800", "é漢🎉", "x" * 70_000),
    *([], [[]], {}, {"name": 5}, {"type": "ping"}, list(range(5000))),
]


@pytest.fixture(scope="module")
def gateway(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    path = tmp_path_factory.mktemp("wyoming") / "socket"
    with running("wyoming", daemon, "--listen", "localhost:0", "--listen", f"unix:{path}") as gateway:
        gateway.path = path  # type: ignore[attr-defined]
        yield gateway


def mutant(chance: random.Random) -> bytes:
    """A few events; most have something wrong."""
    whole = b"".join(_event(chance) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.3:
        at = chance.randrange(len(whole))
        return whole[:at] + chance.choice([b"", chance.randbytes(3), b"\n", b'"', whole]) + whole[at + 1 :]
    return whole


def _event(chance: random.Random) -> bytes:
    event = json.loads(json.dumps(chance.choice(EVENTS)))
    kind = chance.random()
    if kind < 0.4:
        place = chance.choice([event, event.get("data", event)])
        place[chance.choice([*place, "data", "text", "data_length", "payload_length"])] = chance.choice(VALUES)
    data = b""
    if kind > 0.7 and isinstance(event.get("data"), dict):
        data = json.dumps(event.pop("data")).encode()
        event["data_length"] = len(data) + (chance.choice([-1, 1, 10**6, 10**12]) if kind > 0.95 else 0)
    return json.dumps(event).encode() + b"\n" + data + bytes(chance.choice([0, 0, 8]))


def answered(path: Path, data: bytes) -> None:
    """Sends the input, and its end; the gateway must read it, or close, and then end the connection too."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(str(path))
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass


@pytest.mark.timeout(900)
def test_input_that_is_almost_right(daemon: Daemon, gateway: Gateway) -> None:
    path: Path = gateway.path  # type: ignore[attr-defined]
    chance = random.Random(20_261_130)
    for _ in range(examples(1000)):
        answered(path, mutant(chance))
    before = gateway.rss_bytes()
    for _ in range(examples(INPUTS)):
        data = mutant(chance)
        answered(path, data)
        assert gateway.process.poll() is None, data
    assert gateway.rss_bytes() - before < 2 << 20
    eventually(lambda: idle(daemon.status()))

    async def main() -> None:
        async with connected(f"unix://{path}") as client:
            assert (await client.say(WORD)).ends == "audio-stop"

    asyncio.run(main())
    assert "Traceback" not in gateway.log


def test_a_length_that_is_promised_reserves_no_memory(gateway: Gateway) -> None:
    """Nor does a line without an end, for more than its limit."""
    path: Path = gateway.path  # type: ignore[attr-defined]
    before = gateway.rss_bytes()
    for data in (
        b'{"type":"ping","data_length":1048576}\n',
        b'{"type":"ping","data_length":99999999999}\n',
        b'{"type":"audio-chunk","payload_length":67108864}\n' + bytes(60 << 20),
        b"x" * (60 << 20),
    ):
        answered(path, data)
    assert gateway.rss_bytes() - before < 16 << 20


def test_more_clients_than_are_served(gateway: Gateway) -> None:
    """The last ones are disconnected; the first ones are served, and then others again."""
    path: Path = gateway.path  # type: ignore[attr-defined]

    async def main() -> None:
        opened = [await asyncio.open_unix_connection(path) for _ in range(40)]
        for _, writer in opened[:32]:
            writer.write(b'{"type":"ping"}\n')
        answers = [await asyncio.wait_for(reader.readline(), 60) for reader, _ in opened]
        assert [bool(answer) for answer in answers] == [True] * 32 + [False] * 8
        for _, writer in opened:
            writer.close()

    asyncio.run(main())

    async def again() -> bool:
        async with connected(f"unix://{path}") as client:
            return (await client.say(WORD)).ends == "audio-stop"

    eventually(lambda: asyncio.run(again()))
