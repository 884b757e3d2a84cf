"""Reports to the service manager's watchdog, so that it restarts a daemon which can no longer speak."""

import asyncio
import logging
from collections.abc import Callable

from steadyvoice.ipc import systemd

log = logging.getLogger("svd")


async def feed(is_healthy: Callable[[], bool]) -> None:
    """Notify the watchdog four times per timeout, but only while ``is_healthy()``.

    Returns at once where no watchdog is configured. An event loop that hangs does not notify it either.
    """
    timeout_s = systemd.watchdog_s()
    if timeout_s is None:
        return
    was_healthy = True
    while True:
        healthy = is_healthy()
        if healthy:
            systemd.notify("WATCHDOG=1")
        if was_healthy and not healthy:
            text = "speech is not possible at present: the service manager ends svd in %g s if that does not change"
            log.error(text, timeout_s)
        was_healthy = healthy
        await asyncio.sleep(timeout_s / 4)
