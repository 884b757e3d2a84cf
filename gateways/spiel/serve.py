"""The Spiel gateway: a speech provider on the session bus, for programs that use libspiel."""

import asyncio
import contextlib
from typing import Final

from dbus_fast.aio import MessageBus

from steadyvoice.gateways import session_bus
from steadyvoice.gateways.process import Host
from steadyvoice.gateways.spiel.provider import Provider
from steadyvoice.ipc.errors import SteadyvoiceError

BUS_NAME: Final = "org.steadyvoice.Speech.Provider"
"""Clients look for names with this end, and for the object at the same path."""
_RETRY_S: Final = 2.0
"""Between two looks for a daemon, at the start."""


def check(host: Host) -> None:
    """NoBus if there is no session bus."""
    session_bus.address()


async def serve(host: Host) -> None:
    """Serve until cancelled. NoBus."""
    bus = await session_bus.connect()
    provider = Provider(host.daemon)
    bus.export(f"/{BUS_NAME.replace('.', '/')}", provider)
    try:
        await session_bus.run(bus, _answer(provider, bus))
    finally:
        await provider.close()


async def _answer(provider: Provider, bus: MessageBus) -> None:
    """Take the name when the voices are known: clients read them when it appears."""
    while True:
        with contextlib.suppress(SteadyvoiceError):
            await provider.refresh()
            break
        await asyncio.sleep(_RETRY_S)
    await session_bus.take_name(bus, BUS_NAME)
    await asyncio.Event().wait()
