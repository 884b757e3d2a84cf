"""The daemon put together: configuration, socket, supervisor and desk; from the first signal to the last."""

import asyncio
import signal
from pathlib import Path

from steadyvoice.daemon import systemd
from steadyvoice.daemon.address import Address
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.desk import Desk
from steadyvoice.daemon.handlers import Handlers
from steadyvoice.daemon.server import Server
from steadyvoice.daemon.supervisor import Supervisor


async def serve(config: Config, path: Path) -> None:
    """Serve until SIGTERM or SIGINT. AddressTaken where the socket cannot be had."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    address = Address(path)
    activated = systemd.activated_socket()
    try:
        sock = activated or address.listen()
        supervisor = Supervisor(config)
        desk = Desk(config, supervisor)
        server = Server(sock, Handlers(config, supervisor, desk), config.limits, check_uid=activated is None)
        supervisor.start(desk)
        await stop.wait()
        systemd.notify("STOPPING=1")
        await server.stop()
        await supervisor.stop()
    finally:
        address.release()
