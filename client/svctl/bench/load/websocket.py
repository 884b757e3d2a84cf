"""A listener of Deepgram's protocol: a WebSocket of its own, ``Speak`` and ``Flush``, samples in binary messages.

The framing is that of RFC 6455: no extension, no message in several frames, which the gateway does not send.
"""

import asyncio
import base64
import os
from collections.abc import AsyncGenerator
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.bench.load.http import answer
from steadyvoice.client.svctl.bench.load.sources import Block, TurnedAway, came, closed

RATE: Final = 24000
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_FULL: Final = frozenset({"too_many_utterances", "too_many_clients", "too_many_connections"})


class WebSocket:
    """``/v1/speak``."""

    is_paced = False

    def __init__(self, host: str, port: int, voice: str) -> None:
        self._host, self._port, self._voice = host, port, voice

    async def blocks(self, text: str) -> AsyncGenerator[Block, None]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._opening())
            status, _ = await answer(reader)
            if status != 101:
                raise TurnedAway(f"status {status} in place of a WebSocket")
            for message in ({"type": "Speak", "text": text}, {"type": "Flush"}):
                writer.write(frame(_TEXT, msgspec.json.encode(message), os.urandom(4)))
            while (kind := (event := await _message(reader, writer))[0]) != "Flushed":
                if kind == "sound":
                    yield came(event[1], RATE)
            writer.write(frame(_TEXT, b'{"type":"Close"}', os.urandom(4)))
        except asyncio.IncompleteReadError as error:
            raise InputUnusable("the connection was cut off") from error
        finally:
            await closed(writer)

    def _opening(self) -> bytes:
        query = {"encoding": "linear16", "sample_rate": RATE} | ({"model": self._voice} if self._voice else {})
        lines = (
            f"GET /v1/speak?{urlencode(query)} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        )
        return "\r\n".join((*lines, "", "")).encode()


async def _message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """The next message: ``sound`` and its bytes, or its type. Pings are answered. TurnedAway, InputUnusable."""
    code, payload = await read_frame(reader)
    if code == _PING:
        writer.write(frame(_PONG, payload, os.urandom(4)))
    elif code == _BINARY:
        return "sound", len(payload)
    elif code == _CLOSE:
        raise InputUnusable(f"the gateway closed the connection: {payload[2:].decode(errors='replace')[:200]}")
    elif code == _TEXT:
        event: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        if event.get("type") == "Error":
            kind = TurnedAway if event.get("code") in _FULL else InputUnusable
            raise kind(str(event.get("description", "")))
        return str(event.get("type")), 0
    return "", 0


def frame(code: int, payload: bytes, mask: bytes) -> bytes:
    """A final frame from client to server, the payload of which is masked with these four bytes."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | code, 0x80 | size])
    elif size < 1 << 16:
        head = bytes([0x80 | code, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | code, 0x80 | 127]) + size.to_bytes(8, "big")
    whole = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return head + mask + whole.to_bytes(size, "big")


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The code and the payload of a frame from server to client. IncompleteReadError at the end of the connection."""
    first, size = await reader.readexactly(2)
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    return first & 0xF, await reader.readexactly(size)
