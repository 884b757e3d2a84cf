"""Creates the parts of the daemon, connects them, handles signals, and stops everything in order."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from steadyvoice.daemon import log_file
from steadyvoice.daemon.config import Config, load_or_defaults
from steadyvoice.daemon.control.handlers import Handlers
from steadyvoice.daemon.control.server import Server
from steadyvoice.daemon.control.socket_path import Address
from steadyvoice.daemon.control.trace_source import TraceSource
from steadyvoice.daemon.launch import launch
from steadyvoice.daemon.live.listening import Listening
from steadyvoice.daemon.live.routing import StageReports
from steadyvoice.daemon.live.service import LiveService
from steadyvoice.daemon.metrics.endpoints import Endpoints
from steadyvoice.daemon.metrics.metrics import Metrics
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision import watchdog
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.tracing.service import Tracing
from steadyvoice.ipc import systemd
from steadyvoice.ipc.config_file import ConfigError

log = logging.getLogger("svd")


async def serve(load: Callable[[], Config], path: Path) -> None:
    """Serve until SIGTERM or SIGINT; reload at SIGHUP. AddressTaken if the socket cannot be created."""
    config = load_or_defaults(load)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    address = Address(path)
    activated = next(iter(systemd.activated_sockets()), None)
    try:
        sock = activated or address.listen()
        supervisor = Supervisor(config, address.instance)
        utterances = UtteranceService(supervisor)
        live = LiveService(supervisor, utterances.lifecycle.recent)
        utterances.events.follow(live.ducking, on=True)
        listening = Listening(supervisor, utterances, live)
        metrics = Metrics(supervisor, utterances)
        tracing = Tracing(TraceSource(supervisor, utterances), config.trace)
        utterances.lifecycle.on_ended, utterances.lifecycle.on_underrun = tracing.ended, tracing.underrun
        handlers = Handlers(supervisor, utterances, live, listening, metrics, tracing)
        server = Server(sock, handlers, config.limits, metrics.refused, check_uid=activated is None)
        endpoints = Endpoints(address.path.parent, metrics.text)
        await endpoints.configure(config.metrics)

        def apply(changed: Config) -> None:
            server.limits = changed.limits
            supervisor.reconfigure(changed)
            listening.configure(changed.listen)
            tracing.configure(changed.trace)
            background.append(loop.create_task(endpoints.configure(changed.metrics)))

        hang_up = stop.set if _has_terminal() else lambda: _reload(load, supervisor, apply)
        loop.add_signal_handler(signal.SIGHUP, hang_up)
        systemd.status("starting the stages")
        reports = StageReports(utterances.lifecycle, utterances.recovery, live, listening, tracing)
        supervisor.start(reports, reports)
        background = [loop.create_task(watchdog.feed(lambda: supervisor.is_healthy))]
        if launch().by == "svctl":
            background.append(loop.create_task(log_file.limit_size()))
        await stop.wait()
        systemd.status("stopping", "STOPPING=1")
        for task in background:
            task.cancel()
        await endpoints.close()
        await server.stop()
        await supervisor.stop()
    finally:
        address.release()


def _has_terminal() -> bool:
    """Whether this process has a controlling terminal; SIGHUP means then that the terminal was closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _reload(load: Callable[[], Config], supervisor: Supervisor, apply: Callable[[Config], None]) -> None:
    """Apply the configuration file as it is now; keep the old configuration if the file is not usable."""
    was_ready = supervisor.ready.is_set() and not supervisor.given_up
    if was_ready:
        systemd.reloading()
    try:
        config = load()
    except ConfigError as error:
        text = f"the old configuration stays: {error}"
        log.error(text)
    else:
        apply(config)
        text = "configuration reloaded"
        log.info(text)
    systemd.status(text, *(["READY=1"] if was_ready else []))  # else the scheduler reports READY once it is
