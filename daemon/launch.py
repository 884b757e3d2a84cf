"""What started this daemon, for those who restart or end it."""

import os
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple


class Launch(NamedTuple):
    by: Literal["svctl", "systemd", ""]
    """Empty: a person or a program that runs ``svd`` itself."""
    unit: str = ""
    """The service's name, where systemd started it."""
    scope: Literal["user", "system", ""] = ""
    """Whose systemd."""


@cache
def launch() -> Launch:
    """Read it from the environment; what only this process is meant to see is removed there."""
    started_by = os.environ.pop("STEADYVOICE_STARTED_BY", "")
    if "NOTIFY_SOCKET" in os.environ and (unit := service(Path("/proc/self/cgroup"))):
        return Launch("systemd", unit, "user" if "MANAGERPID" in os.environ else "system")
    return Launch("svctl") if started_by == "svctl" else Launch("")


def service(cgroup: Path) -> str:
    """The service that a control group belongs to (cgroups(7)); empty where it is none."""
    try:
        path = cgroup.read_text().splitlines()[-1].rpartition(":")[2]
    except (OSError, IndexError):
        return ""
    return next((part for part in reversed(path.split("/")) if part.endswith(".service")), "")
