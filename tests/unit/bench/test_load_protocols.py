"""HTTP and WebSocket as a listener of the benchmark speaks them: what a server may answer."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.client.svctl.bench.load.http import Http
from steadyvoice.client.svctl.bench.load.sources import TurnedAway, host_and_port
from steadyvoice.client.svctl.bench.load.websocket import WebSocket, frame, read_frame
from steadyvoice.ipc.errors import SteadyvoiceError

CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


async def heard(kind: type[Http] | type[WebSocket], answer: bytes) -> float:
    """Seconds of sound in what a server sends before it closes the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        served.set()

    served = asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            return sum([block.seconds async for block in kind("127.0.0.1", port, "").blocks("Hello there.")])
        finally:
            await served.wait()


def sent(code: int, payload: bytes) -> bytes:
    """A frame of a server."""
    size = len(payload)
    return bytes([0x80 | code]) + (bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")) + payload


SECOND = sent(2, bytes(24000)) * 2
FLUSHED = sent(1, b'{"type":"Flushed","sequence_id":0}')


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Http, CHUNKS + b"5dc0;x=1\r\n" + bytes(24000) + b"\r\n5dc0\r\n" + bytes(24000) + b"\r\n0\r\n\r\n"),
        (Http, b"HTTP/1.1 200 OK\r\nContent-Length: 48000\r\n\r\n" + bytes(48000)),
        (WebSocket, UPGRADED + sent(1, b'{"type":"Metadata"}') + sent(9, b"") + SECOND + FLUSHED),
    ],
)
def test_the_sound_of_an_answer_is_counted(kind: type[Http] | type[WebSocket], answer: bytes) -> None:
    assert asyncio.run(heard(kind, answer)) == 1.0


@pytest.mark.parametrize(
    ("kind", "answer", "error", "message"),
    [
        (Http, b"HTTP/1.1 503 Full\r\nContent-Length: 4\r\n\r\nfull", TurnedAway, "status 503: full"),
        (Http, b"HTTP/1.1 429 Many\r\n\r\nslow down", TurnedAway, "status 429: slow down"),
        (Http, b"HTTP/1.1 400 Bad\r\n\r\n", InputUnusable, "status 400"),
        (Http, b"220 mail\r\n", InputUnusable, "no HTTP is spoken"),
        (Http, b"", TurnedAway, "closed before an answer"),
        (Http, CHUNKS + b"5dc0\r\nxx", InputUnusable, "cut off"),
        (Http, CHUNKS, InputUnusable, "cut off"),
        (WebSocket, b"HTTP/1.1 503 Full\r\n\r\n", TurnedAway, "status 503"),
        (WebSocket, UPGRADED + SECOND, InputUnusable, "cut off"),
        (WebSocket, UPGRADED + sent(8, b"\x03\xe9the gateway stops"), InputUnusable, "the gateway stops"),
        (
            WebSocket,
            UPGRADED + sent(1, b'{"type":"Error","code":"too_many_utterances","description":"many"}'),
            TurnedAway,
            "many",
        ),
        (WebSocket, UPGRADED + sent(1, b'{"type":"Error","code":"x","description":"y"}'), InputUnusable, "y"),
    ],
)
def test_a_refusal_is_no_error_and_an_error_no_end(
    kind: type[Http] | type[WebSocket], answer: bytes, error: type[SteadyvoiceError], message: str
) -> None:
    with pytest.raises(error, match=message):
        asyncio.run(heard(kind, answer))


@given(st.sampled_from([0, 1, 125, 126, 65535, 65536]), st.binary(min_size=4, max_size=4))
def test_a_frame_is_masked_and_has_its_length(size: int, mask: bytes) -> None:
    payload = bytes(at % 251 for at in range(size))
    made = bytearray(frame(2, payload, mask))
    assert made[1] & 0x80
    at = len(made) - size
    assert made[at - 4 : at] == mask
    plain = bytes(byte ^ mask[number % 4] for number, byte in enumerate(made[at:]))
    assert plain == payload
    made[1] &= 0x7F

    async def read() -> tuple[int, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(bytes(made[: at - 4]) + plain)
        return await read_frame(reader)

    assert asyncio.run(read()) == (2, payload)


@pytest.mark.parametrize("address", ["localhost", ":8880", "localhost:x", "localhost:70000", ""])
def test_what_is_no_address_is_named(address: str) -> None:
    with pytest.raises(BenchFailed, match="give HOST:PORT"):
        host_and_port(address)


def test_an_address_may_be_of_either_family() -> None:
    assert (host_and_port("localhost:80"), host_and_port("[::1]:80")) == (("localhost", 80), ("::1", 80))
