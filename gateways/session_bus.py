"""The D-Bus of the user's session, for the gateways that serve desktop programs."""

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from typing import Any, Final

from dbus_fast import BusType, NameFlag, RequestNameReply
from dbus_fast.aio import MessageBus

from steadyvoice.ipc.errors import SteadyvoiceError

_VARIABLE: Final = "DBUS_SESSION_BUS_ADDRESS"


class NoBus(SteadyvoiceError):
    """There is no session bus, or it has ended, or another program has the name. Start the gateway in a session."""


def address() -> str:
    """Where the bus listens. NoBus."""
    if named := os.environ.get(_VARIABLE):
        return named
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "bus")
    if not os.path.exists(path):
        raise NoBus(f"there is no session bus: {_VARIABLE} is not set; start the gateway in a desktop's session")
    return f"unix:path={path}"


async def connect() -> MessageBus:
    """A connection to the bus. NoBus."""
    where = address()
    try:
        return await MessageBus(where, BusType.SESSION, negotiate_unix_fd=True).connect()
    except Exception as error:  # of every kind, by what the address is
        raise NoBus(f"cannot connect to the session bus at {where}: {error or type(error).__name__}") from error


async def run(bus: MessageBus, work: Coroutine[Any, Any, None]) -> None:
    """Run work, which does not return, until cancelled. NoBus if the bus ends. Disconnects at the end."""
    tasks = {asyncio.create_task(_until_lost(bus)), asyncio.create_task(work)}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        bus.disconnect()


async def take_name(bus: MessageBus, name: str) -> None:
    """NoBus if another program has it."""
    if await bus.request_name(name, NameFlag.DO_NOT_QUEUE) is not RequestNameReply.PRIMARY_OWNER:
        raise NoBus(f"another program is {name} on the session bus; end it first")


async def _until_lost(bus: MessageBus) -> None:
    with contextlib.suppress(OSError, EOFError):
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    raise NoBus("the session bus has ended")
