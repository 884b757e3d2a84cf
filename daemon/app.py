"""The daemon put together: configuration, socket, supervisor and desk; from the first signal to the last."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from steadyvoice.daemon import log_file, systemd
from steadyvoice.daemon.config import Config, ConfigError, first
from steadyvoice.daemon.control.handlers import Handlers
from steadyvoice.daemon.control.server import Server
from steadyvoice.daemon.control.socket_path import Address
from steadyvoice.daemon.launch import launch
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision import watchdog
from steadyvoice.daemon.supervision.supervisor import Supervisor

log = logging.getLogger("svd")


async def serve(load: Callable[[], Config], path: Path) -> None:
    """Serve until SIGTERM or SIGINT; at SIGHUP ``load`` again. AddressTaken where the socket cannot be had."""
    config = first(load)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    address = Address(path)
    activated = systemd.activated_socket()
    try:
        sock = activated or address.listen()
        supervisor = Supervisor(config, address.instance)
        utterances = UtteranceService(supervisor)
        server = Server(sock, Handlers(supervisor, utterances), config.limits, check_uid=activated is None)
        hang_up = stop.set if _has_terminal() else lambda: _reload(load, supervisor, server)
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        systemd.status("starting the stages")
        supervisor.start(utterances.lifecycle, utterances.recovery)
        chores = [loop.create_task(watchdog.feed(lambda: supervisor.fresh))]
        if launch().by == "svctl":
            chores.append(loop.create_task(log_file.keep_short()))
        await stop.wait()
        systemd.status("stopping", "STOPPING=1")
        for chore in chores:
            chore.cancel()
        await server.stop()
        await supervisor.stop()
    finally:
        address.release()


def _has_terminal() -> bool:
    """Whether a terminal's end is this process's end, too."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _reload(load: Callable[[], Config], supervisor: Supervisor, server: Server) -> None:
    """Go on with the configuration as it is now; with the old one where that cannot be used."""
    was_ready = supervisor.ready.is_set() and not supervisor.given_up
    if was_ready:
        systemd.reloading()
    try:
        config = load()
    except ConfigError as error:
        said = f"the old configuration stays: {error}"
        log.error(said)
    else:
        server.limits = config.limits
        supervisor.reconfigure(config)
        said = "the configuration was read again"
        log.info(said)
    systemd.status(said, *(["READY=1"] if was_ready else []))  # else the desk will say so, when it is
