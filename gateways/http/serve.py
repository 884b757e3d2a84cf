"""The HTTP gateway: its routes, on the sockets that its process listens on."""

import asyncio
from typing import Final

from aiohttp import web

from steadyvoice.gateways.http.context import CONTEXT, Context
from steadyvoice.gateways.http.streaming import routes as streaming
from steadyvoice.gateways.process import Host

_BODY_BYTES: Final = 1 << 20
_KEEPALIVE_S: Final = 150.0
"""LiveKit keeps an idle connection for 120 s."""


async def serve(host: Host) -> None:
    """Serve until cancelled."""
    runner = web.AppRunner(
        application(Context(host.daemon, host.settings.http)),
        access_log=None,
        handler_cancellation=True,  # a client that has left: its speech is cancelled before its first sample
        keepalive_timeout=_KEEPALIVE_S,
    )
    await runner.setup()
    try:
        for sock in host.sockets:
            await web.SockSite(runner, sock).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def application(context: Context) -> web.Application:
    app = web.Application(client_max_size=_BODY_BYTES)
    app[CONTEXT] = context
    app.add_routes(streaming.ROUTES)
    return app
