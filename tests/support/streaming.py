"""A WebSocket client for the tests of streamed text: aiohttp's own."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

_ANSWER_S = 60.0

Message = dict[str, Any]


class Agent:
    """A connection to a gateway."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def next(self) -> Message | bytes | None:
        """The next message: JSON, or samples. None if the gateway has closed the connection."""
        message = await self.socket.receive(_ANSWER_S)
        if message.type is aiohttp.WSMsgType.TEXT:
            return dict(json.loads(message.data))
        return bytes(message.data) if message.type is aiohttp.WSMsgType.BINARY else None

    async def until(self, is_last: Callable[[Message], bool]) -> list[Message | bytes]:
        """All messages up to one of JSON for which ``is_last`` is true. AssertionError if there is none."""
        messages: list[Message | bytes] = []
        while True:
            message = await self.next()
            assert message is not None, (self.socket.close_code, messages[-3:])
            messages.append(message)
            if isinstance(message, dict) and is_last(message):
                return messages

    async def end(self) -> None:
        """Read until the gateway closes the connection."""
        while await self.next() is not None:
            pass


@asynccontextmanager
async def connected(port: int, path: str, **headers: str) -> AsyncIterator[Agent]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}{path}", headers=headers, max_msg_size=0) as socket,
    ):
        yield Agent(socket)


def run(main: Awaitable[None], seconds: float = 100) -> None:
    async def limited() -> None:
        async with asyncio.timeout(seconds):
            await main

    asyncio.run(limited())


def data(messages: list[Message | bytes], key: str) -> bytes:
    """The audio of the messages of JSON that have this key."""
    return b"".join(base64.b64decode(m[key]) for m in messages if isinstance(m, dict) and m.get(key))
