"""The WebSocket routes, and the connection behind each."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from aiohttp import web

from steadyvoice.gateways.http import guard
from steadyvoice.gateways.http.context import CONTEXT
from steadyvoice.gateways.http.encoding.formats import UnsupportedFormat
from steadyvoice.gateways.http.streaming.actions import Dialogue
from steadyvoice.gateways.http.streaming.cartesia import Cartesia
from steadyvoice.gateways.http.streaming.connection import Connection
from steadyvoice.gateways.http.streaming.deepgram import Deepgram
from steadyvoice.gateways.http.streaming.elevenlabs import ElevenLabs
from steadyvoice.gateways.http.streaming.failure import failure_of, reason
from steadyvoice.gateways.http.streaming.realtime import Realtime

_MESSAGE_BYTES: Final = 1 << 20
"""A longer one ends the connection."""
_HEARTBEAT_S: Final = 30.0
"""A client that answers no ping for this long is gone."""

ROUTES: Final = web.RouteTableDef()
_CLOSE_S: Final = 1.0
_CONNECTIONS: Final = web.AppKey("websockets", set[Connection])


def close_at_shutdown(app: web.Application) -> None:
    """Clients of a gateway that stops are informed, and can go to its successor."""

    async def close(app: web.Application) -> None:
        for connection in app[_CONNECTIONS]:
            connection.close(1001, "the gateway stops")

    app[_CONNECTIONS] = set()
    app.on_shutdown.append(close)


@ROUTES.get("/tts/websocket")
async def cartesia(request: web.Request) -> web.StreamResponse:
    return await _serve(request, Cartesia)


@ROUTES.get("/v1/text-to-speech/{voice}/multi-stream-input")
async def multi_context(request: web.Request) -> web.StreamResponse:
    return await _serve(request, lambda: ElevenLabs(request.match_info["voice"], request.query, single=False))


@ROUTES.get("/v1/text-to-speech/{voice}/stream-input")
async def one_context(request: web.Request) -> web.StreamResponse:
    return await _serve(request, lambda: ElevenLabs(request.match_info["voice"], request.query, single=True))


@ROUTES.get("/v1/speak")
async def deepgram(request: web.Request) -> web.StreamResponse:
    return await _serve(request, lambda: Deepgram(request.query))


@ROUTES.get("/v1/realtime")
async def realtime(request: web.Request) -> web.StreamResponse:
    return await _serve(request, lambda: Realtime(request.query.get("model", "")))


async def _serve(request: web.Request, dialogue: Callable[[], Dialogue]) -> web.StreamResponse:
    socket = web.WebSocketResponse(compress=False, max_msg_size=_MESSAGE_BYTES, heartbeat=_HEARTBEAT_S)
    await socket.prepare(request)
    try:
        wanted = dialogue()
    except UnsupportedFormat as error:  # clients show the reason of a close, and not the body of a refused request
        await socket.close(code=1008, message=reason(failure_of(error)).encode())
        return socket
    connection = Connection(socket, request.app[CONTEXT], wanted, guard.user(request), guard.traceparent(request))
    request.app[_CONNECTIONS].add(connection)
    try:
        await connection.serve()
    finally:
        request.app[_CONNECTIONS].discard(connection)
        await _end(socket)
    return socket


async def _end(socket: web.WebSocketResponse) -> None:
    """Close the connection if that is still to be done, or it is lost: its timer would keep it, and what it holds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await socket.close()
