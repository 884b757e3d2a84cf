"""The MPRIS gateway: media keys and ``playerctl`` pause, skip and stop the speech."""

import asyncio
import contextlib
from typing import Final

from dbus_fast.aio import MessageBus

from steadyvoice.gateways import session_bus
from steadyvoice.gateways.mpris.player import Application, Player
from steadyvoice.gateways.process import Host
from steadyvoice.ipc.errors import SteadyvoiceError

BUS_NAME: Final = "org.mpris.MediaPlayer2.steadyvoice"
_PATH: Final = "/org/mpris/MediaPlayer2"
_RETRY_S: Final = 2.0
"""Between two looks for a daemon that has gone."""


def check(host: Host) -> None:
    """NoBus if there is no session bus."""
    session_bus.address()


async def serve(host: Host) -> None:
    """Serve until cancelled. NoBus."""
    bus = await session_bus.connect()
    player = Player(host.daemon)
    bus.export(_PATH, Application())
    bus.export(_PATH, player)
    await session_bus.run(bus, _follow(host, player, bus))


async def _follow(host: Host, player: Player, bus: MessageBus) -> None:
    """Follow the events of the daemon, and of the one that replaces it."""
    await session_bus.take_name(bus, BUS_NAME)
    while True:
        with contextlib.suppress(SteadyvoiceError):
            async with await host.daemon.subscribe() as events:
                player.reset(paused=(await host.daemon.status())["audio"]["paused"])
                async for event in events:
                    player.on_event(event)
        player.reset()
        await asyncio.sleep(_RETRY_S)
