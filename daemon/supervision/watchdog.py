"""Lets the service manager end a daemon that cannot speak any more and does not see it."""

import asyncio
import logging
from collections.abc import Callable

from steadyvoice.daemon import systemd

log = logging.getLogger("svd")


async def feed(fresh: Callable[[], bool]) -> None:
    """Tell the manager that all is well, four times in the time that it waits for that, but only while ``fresh()``.

    Returns at once where nobody waits for it. A loop that hangs tells nothing either, which is the other half of it.
    """
    wait_s = systemd.watchdog_s()
    if wait_s is None:
        return
    fed = True
    while True:
        well = fresh()
        if well:
            systemd.notify("WATCHDOG=1")
        if fed and not well:
            log.error("a stage shows no sign of life: unless it does, the service manager ends all in %g s", wait_s)
        fed = well
        await asyncio.sleep(wait_s / 4)
