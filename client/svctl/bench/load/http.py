"""A listener of OpenAI's protocol: one request and one answer in chunks, over a connection of its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.bench.load.sources import Block, TurnedAway, came, closed

RATE: Final = 24000
"""Hertz of OpenAI's ``pcm``, 16 bits."""
_FULL: Final = (429, 503)
_MOST: Final = 1 << 12
"""Bytes of an error's message."""


class Http:
    """``POST /v1/audio/speech``."""

    is_paced = False

    def __init__(self, host: str, port: int, voice: str) -> None:
        self._host, self._port, self._voice = host, port, voice

    async def blocks(self, text: str) -> AsyncGenerator[Block, None]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._request(text))
            length = await _head(reader)
            if length is not None:
                while length > 0 and (data := await reader.read(length)):
                    length -= len(data)
                    yield came(len(data), RATE)
                return
            while size := int((await reader.readline()).split(b";")[0] or b"-", 16):
                await reader.readexactly(size)
                yield came(size, RATE)
                await reader.readexactly(2)
        except (ValueError, asyncio.IncompleteReadError) as error:
            raise InputUnusable("the answer was cut off") from error
        finally:
            await closed(writer)

    def _request(self, text: str) -> bytes:
        asked: dict[str, Any] = {"model": "tts-1", "input": text, "response_format": "pcm"}
        body = msgspec.json.encode(asked | ({"voice": self._voice} if self._voice else {}))
        lines = ("POST /v1/audio/speech HTTP/1.1", f"Host: {self._host}:{self._port}", "Content-Type: application/json")
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""))
        return head.encode() + body


async def _head(reader: asyncio.StreamReader) -> int | None:
    """Read to the end of the headers; return the length of the body, None if it comes in chunks.

    TurnedAway if the server is full, InputUnusable for another answer without sound.
    """
    status, headers = await answer(reader)
    length = headers.get("content-length")
    if status == 200:
        return None if length is None else int(length)
    why = ""
    with contextlib.suppress(ConnectionError):  # of a connection that was closed at once
        why = (await reader.read(_MOST)).decode(errors="replace").strip()
    kind = TurnedAway if status in _FULL else InputUnusable
    raise kind(f"status {status}: {' '.join(why.split())[:200]}")


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers, with names in lower case. InputUnusable if that is no HTTP.

    TurnedAway if the connection is closed before: a gateway that is full closes it without having read the request.
    """
    headers: dict[str, str] = {}
    try:
        if not (first := await reader.readline()):
            raise ConnectionError
        words = first.split()
        while line := (await reader.readline()).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
    except ConnectionError as error:
        raise TurnedAway("the connection was closed before an answer") from error
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise InputUnusable("no HTTP is spoken at this address")
    return int(words[1]), headers
