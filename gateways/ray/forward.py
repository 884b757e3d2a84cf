"""An ASGI application that passes requests and WebSockets on to the replica's HTTP gateway, and its answers back.

The gateway is a process of its own, as everywhere else: what it refuses, limits and counts is the same here.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import aiohttp
from yarl import URL

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_HOP: Final = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
"""Headers of one connection only."""
_OF_HANDSHAKE: Final = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
                        "sec-websocket-protocol"}  # fmt: skip
_NONE: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add."""
_BODY_BYTES: Final = 1 << 20
"""The gateway refuses more; of a longer body it gets enough for that."""
_NO_STATUS: Final = 1005
"""RFC 6455: a close without a code."""
_LOST: Final = 1006
"""The same: the connection has broken off. Neither is ever sent."""


class Gateway:
    """The gateway at this Unix socket. Use it from one event loop."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: aiohttp.ClientSession | None = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(self._path, limit=0, force_close=True),  # it may close an idle one
                auto_decompress=False,
                skip_auto_headers=_NONE,
                timeout=aiohttp.ClientTimeout(total=None),
                read_bufsize=1 << 16,
            )
        return self._opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. An answer that breaks off raises, so that the client's breaks off too."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        answering = asyncio.create_task(self._answer(scope, body, send))
        leaving = asyncio.create_task(_until(receive, "http.disconnect"))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
        finally:
            await _cancel(answering, leaving)

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        headers = _kept(scope["headers"], _HOP | {"content-length"})
        request = self._session.request(
            scope["method"], _url(scope), headers=headers, data=io.BytesIO(body) if body else None
        )
        async with request as answer:
            own = [(name.lower(), value) for name, value in answer.raw_headers if name.lower().decode() not in _HOP]
            await send({"type": "http.response.start", "status": answer.status, "headers": own})
            async for data in answer.content.iter_any():
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        try:
            gateway = await self._session.ws_connect(
                _url(scope),
                headers=_kept(scope["headers"], _HOP | _OF_HANDSHAKE),
                protocols=scope.get("subprotocols", ()),
                max_msg_size=0,
            )
        except aiohttp.WSServerHandshakeError as error:
            await _refuse(scope, send, error.status)
            return
        async with gateway:
            await send({"type": "websocket.accept", "subprotocol": gateway.protocol})
            up = asyncio.create_task(_to_gateway(receive, gateway))
            down = asyncio.create_task(_to_client(gateway, send))
            try:
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                for task in (up, down):
                    if task.done():
                        task.result()
            finally:
                await _cancel(up, down)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


async def _to_gateway(receive: Receive, gateway: aiohttp.ClientWebSocketResponse) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if message.get("text") is not None:
            await gateway.send_str(message["text"])
        else:
            await gateway.send_bytes(message["bytes"])
    await gateway.close(code=_sendable(message.get("code")))


async def _to_client(gateway: aiohttp.ClientWebSocketResponse, send: Send) -> None:
    async for message in gateway:
        if message.type is aiohttp.WSMsgType.TEXT:
            await send({"type": "websocket.send", "text": message.data})
        elif message.type is aiohttp.WSMsgType.BINARY:
            await send({"type": "websocket.send", "bytes": message.data})
    await send({"type": "websocket.close", "code": _sendable(gateway.close_code)})


def _sendable(code: int | None) -> int:
    """1011 for a connection that has broken off."""
    if code is None or code == _LOST:
        return 1011
    return 1000 if code == _NO_STATUS else code


async def _refuse(scope: Scope, send: Send, status: int) -> None:
    """With this status, where the server can send one; otherwise it is 403."""
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"", "more_body": False})
    else:
        await send({"type": "websocket.close", "code": 1008})


async def _body(receive: Receive) -> bytes:
    """Whole, as the gateway reads it whole, too. ConnectionResetError if the client leaves before its end."""
    body, more = bytearray(), True
    while more and len(body) <= _BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionResetError("the client has left")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[: _BODY_BYTES + 1])


async def _until(receive: Receive, kind: str) -> None:
    while (await receive())["type"] != kind:
        pass


async def _cancel(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _url(scope: Scope) -> URL:
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    target = path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return URL(f"http://localhost{target}", encoded=True)


def _kept(headers: Iterable[tuple[bytes, bytes]], without: set[str]) -> list[tuple[str, str]]:
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    return [(name, value) for name, value in pairs if name not in without]
