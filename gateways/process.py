"""The process of a gateway: configuration, listening sockets, connection to the daemon, signals, systemd."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import uvloop

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.gateways import listening
from steadyvoice.ipc import addresses, config_file, systemd
from steadyvoice.ipc.addresses import Address
from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.ipc.gateway_settings import ConfigurationFile, Gateways
from steadyvoice.ipc.paths import socket_path

log = logging.getLogger("svgate")


@dataclass(frozen=True)
class Options:
    """Options that all gateways have."""

    config: Path | None = None
    socket: str | None = None
    """Path of the daemon's socket; None: the default."""
    listen: tuple[str, ...] = ()
    """Addresses in place of the configured ones."""
    autostart: bool = True
    """Start a daemon if none runs."""


@dataclass(frozen=True)
class Host:
    """What a gateway gets from its process."""

    daemon: AsyncClient
    settings: Gateways
    sockets: list[socket.socket]
    """Listening sockets; from systemd if it opened them."""


Serve = Callable[[Host], Awaitable[None]]
"""Serves until it is cancelled."""
Check = Callable[[Host], None]
"""Raises a SteadyvoiceError if the gateway must not start."""


def run(
    name: str,
    options: Options,
    listens: Callable[[Gateways], tuple[str, ...]],
    serve: Serve,
    check: Check = lambda host: None,
) -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, then exit with 0; with 1 and one line if it cannot.

    listens: the configured addresses. Those that are not loopback are the gateway's to refuse.
    """
    logging.basicConfig(format=f"svgate {name}: %(message)s", level=logging.INFO)
    try:
        settings = config_file.load(options.config, ConfigurationFile).gateways
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options, settings, listens(settings), serve, check))
    except SteadyvoiceError as error:
        print(f"svgate {name}: {one_line(str(error), 1000)}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)


async def _serve(options: Options, settings: Gateways, listens: tuple[str, ...], serve: Serve, check: Check) -> None:
    path = socket_path(options.socket)
    activated = systemd.activated_sockets()
    sockets = activated or listening.listen(map(addresses.parse, options.listen or listens))
    try:
        host = Host(AsyncClient(path), settings, sockets)
        check(host)
        if options.autostart:
            await asyncio.to_thread(_start_daemon, path)
        loop = asyncio.get_running_loop()
        task = loop.create_task(_announced(serve, host))

        def stop() -> None:
            if not task.cancelling():  # a second signal must not interrupt the orderly end
                task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await task
    finally:
        if not activated:
            listening.release(sockets)


async def _announced(serve: Serve, host: Host) -> None:
    where = ", ".join(map(_shown, host.sockets))
    log.info("serving%s", f" at {where}" if where else "")
    systemd.status(f"serving at {where}" if where else "serving", "READY=1")
    try:
        await serve(host)
    finally:
        systemd.status("stopping", "STOPPING=1")
        await host.daemon.close()


def _start_daemon(path: Path) -> None:
    from steadyvoice.client.svctl import autostart  # only where it may be needed: it takes memory

    connection, _ = autostart.start(str(path))
    connection.close()


def _shown(sock: socket.socket) -> str:
    name = sock.getsockname()
    return str(Address(path=name) if sock.family == socket.AF_UNIX else Address(name[0], name[1]))
