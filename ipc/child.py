"""Command line and environment of child processes, which import nothing from the working directory."""

import os
import sys
from collections.abc import Mapping


def command(module: str, *arguments: str) -> list[str]:
    """The command line of ``python -m MODULE``, without the working directory on the import path (-P)."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a child and of its own children: nothing is imported from the working directory.

    Removes empty entries of PYTHONPATH, as in ``PYTHONPATH=$PYTHONPATH:/x``, which mean the working directory, and
    NOTIFY_SOCKET, because a child is not the service.
    """
    entries = [entry for entry in own.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = {key: value for key, value in own.items() if key not in ("PYTHONPATH", "NOTIFY_SOCKET")}
    path = {"PYTHONPATH": os.pathsep.join(entries)} if entries else {}
    return kept | path | {"PYTHONSAFEPATH": "1"}
