"""How a child process that runs a module of this package is started: nothing of the working directory is imported."""

import os
import sys
from collections.abc import Mapping


def command(module: str, *arguments: str) -> list[str]:
    """The command line of ``python -m MODULE``, without the working directory on the import path (-P)."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The same environment for a child and for the processes that it starts in turn.

    An empty entry of PYTHONPATH, as ``PYTHONPATH=$PYTHONPATH:/x`` leaves one, means the working directory to Python:
    it is left out. NOTIFY_SOCKET belongs to the service that this process is, which a child is not.
    """
    entries = [entry for entry in own.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = {key: value for key, value in own.items() if key not in ("PYTHONPATH", "NOTIFY_SOCKET")}
    path = {"PYTHONPATH": os.pathsep.join(entries)} if entries else {}
    return kept | path | {"PYTHONSAFEPATH": "1"}
