"""The HTTP gateway: its routes, on the sockets that its process listens on."""

import steadyvoice.gateways.http.without_certificates  # isort: skip  # noqa: F401 - before others import aiohttp

import asyncio
import logging
import socket
from typing import Final

from aiohttp import web

from steadyvoice.gateways.http import guard, health, limits, listing, openai, page, piper, token
from steadyvoice.gateways.http.connection import Connection, Full
from steadyvoice.gateways.http.context import CONTEXT, Context
from steadyvoice.gateways.http.limits import Connections
from steadyvoice.gateways.http.providers import routes as providers
from steadyvoice.gateways.http.streaming import routes as streaming
from steadyvoice.gateways.process import Host

_KEEPALIVE_S: Final = 150.0
"""LiveKit keeps an idle connection for 120 s."""
_STOP_S: Final = 0.5


def check(host: Host) -> None:
    """NoToken if other machines could speak without a token, or the token cannot be read."""
    token.check(host.sockets, token.read(host.settings.http.token_file))


async def serve(host: Host) -> None:
    """Serve until cancelled."""
    key = token.read(host.settings.http.token_file)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a line for whatever a client sends
    context = Context.of(host.daemon, host.settings.http, key)
    runner = web.AppRunner(
        application(context),
        handler_cancellation=True,  # a client that has left: its speech is cancelled before its first sample
        shutdown_timeout=_STOP_S,
    )
    await runner.setup()
    assert runner.server is not None
    most = host.settings.http.connections
    connections: Connections[Connection] = Connections(most)
    servers = [await _listen(runner.server, connections, most, sock) for sock in host.sockets]
    try:
        await asyncio.Event().wait()
    finally:
        for server in servers:
            server.close()
        await runner.cleanup()
        await context.encoders.close()


def application(context: Context) -> web.Application:
    app = web.Application(client_max_size=limits.BODY_BYTES, middlewares=[guard.guard])
    app[CONTEXT] = context
    app.on_response_prepare.append(guard.add_headers)
    for module in (health, listing, openai, page, piper, providers, streaming):
        app.add_routes(module.ROUTES)
    streaming.close_at_shutdown(app)
    return app


async def _listen(
    manager: web.Server, connections: Connections[Connection], most: int, sock: socket.socket
) -> asyncio.AbstractServer:
    loop = asyncio.get_running_loop()
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SEND_BUFFER)  # its connections inherit it

    def connect() -> asyncio.Protocol:
        if not connections.admit():
            return Full(most)
        options = {"keepalive_timeout": _KEEPALIVE_S, "access_log": None, "auto_decompress": False}
        return Connection(connections, manager, loop=loop, **options)

    return await loop.create_server(connect, sock=sock.dup())  # the process removes the file of its own
