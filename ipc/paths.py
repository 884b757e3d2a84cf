"""Where the control socket is, for both ends."""

import os
from pathlib import Path


def socket_path(option: str | None = None) -> Path:
    """The option, else $STEADYVOICE_SOCKET, else the user's runtime directory, else /run/steadyvoice."""
    if option:
        return Path(option)
    if named := os.environ.get("STEADYVOICE_SOCKET"):
        return Path(named)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime or "/run", "steadyvoice", "control.sock")
