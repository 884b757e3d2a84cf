"""Where the control socket is, for both ends."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def socket_name(option: str | None = None) -> str:
    """The option, else $STEADYVOICE_SOCKET, else the user's runtime directory, else /run/steadyvoice."""
    if name := option or os.environ.get("STEADYVOICE_SOCKET"):
        return name
    return os.path.join(os.environ.get("XDG_RUNTIME_DIR") or "/run", "steadyvoice", "control.sock")


def socket_path(option: str | None = None) -> "Path":
    from pathlib import Path  # svctl, which counts the milliseconds before it speaks, does without

    return Path(socket_name(option))
