"""Which program started this daemon. ``svctl`` restarts or ends the daemon accordingly."""

import os
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple


class Launch(NamedTuple):
    by: Literal["svctl", "systemd", ""]
    """Empty: a user or another program ran ``svd``."""
    unit: str = ""
    """Name of the systemd service; empty if systemd did not start the daemon."""
    scope: Literal["user", "system", ""] = ""
    """Which instance of systemd."""


@cache
def launch() -> Launch:
    """Read it from the environment once, and remove there the variable that child processes must not inherit."""
    started_by = os.environ.pop("STEADYVOICE_STARTED_BY", "")
    if "NOTIFY_SOCKET" in os.environ and (unit := service(Path("/proc/self/cgroup"))):
        return Launch("systemd", unit, "user" if "MANAGERPID" in os.environ else "system")
    return Launch("svctl") if started_by == "svctl" else Launch("")


def service(cgroup: Path) -> str:
    """The service that a control group (cgroups(7)) belongs to; empty if it belongs to none."""
    try:
        path = cgroup.read_text().splitlines()[-1].rpartition(":")[2]
    except (OSError, IndexError):
        return ""
    return next((part for part in reversed(path.split("/")) if part.endswith(".service")), "")
