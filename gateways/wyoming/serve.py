"""The Wyoming gateway: a text-to-speech service for Home Assistant and other clients of its protocol."""

import asyncio
import contextlib
import logging
import socket
from typing import Final

from steadyvoice.gateways.process import Host
from steadyvoice.gateways.wyoming import access, announcement
from steadyvoice.gateways.wyoming.catalogue import Catalogue
from steadyvoice.gateways.wyoming.connection import Connection
from steadyvoice.gateways.wyoming.events import MAX_LINE

log = logging.getLogger("svgate")

_CONNECTIONS: Final = 32
"""Further clients are disconnected at once."""
_STALLED_MS: Final = 60_000
"""A client that takes nothing for so long, or has lost the network, is disconnected: its stream needs a lane."""


def check(host: Host) -> None:
    """BadAddress if other machines could connect and none is allowed, or none can and the gateway is announced."""
    settings = host.settings.wyoming
    access.check(host.sockets, access.networks(settings.clients))
    if settings.zeroconf:
        announcement.reachable(host.sockets)


async def serve(host: Host) -> None:
    """Serve until cancelled. BadAddress as ``check``."""
    check(host)
    settings = host.settings.wyoming
    allowed = access.networks(settings.clients)
    catalogue = Catalogue(host.daemon)
    connections: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            peer = _peer(writer)
            if not access.may_connect(peer, allowed):
                log.warning("refused a connection from %s, which [gateways.wyoming] clients does not name", peer)
            elif len(connections) > _CONNECTIONS:
                log.warning("refused a connection from %s: %d clients are connected", peer or "here", _CONNECTIONS)
            else:
                await Connection(
                    reader, writer, host.daemon, catalogue, peer or "local", settings.trailing_silence_ms
                ).run()
        except asyncio.CancelledError:
            pass  # asyncio's server would log it
        finally:
            connections.discard(task)
            writer.close()

    async with contextlib.AsyncExitStack() as cleanup:
        cleanup.push_async_callback(catalogue.close)
        cleanup.callback(lambda: [task.cancel() for task in connections])
        for sock in (sock.dup() for sock in host.sockets):  # a server closes its own
            if sock.family == socket.AF_UNIX:
                server = await asyncio.start_unix_server(client, sock=sock, limit=MAX_LINE)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # accepted sockets inherit both
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED_MS)
                server = await asyncio.start_server(client, sock=sock, limit=MAX_LINE)
            cleanup.callback(server.close)
        if settings.zeroconf:
            await cleanup.enter_async_context(announcement.announced(host.sockets))
        await asyncio.Event().wait()


def _peer(writer: asyncio.StreamWriter) -> str:
    """The client's IP address; "" through a Unix socket."""
    name = writer.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) else ""
