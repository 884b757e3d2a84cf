"""Where the control socket is, for both ends, and where voices and converters that were added lie."""

import os

from steadyvoice.ipc.control_socket import socket_name as socket_name

TYPE_CHECKING = False  # typing's own costs svctl 8 ms
if TYPE_CHECKING:
    from pathlib import Path


def socket_path(option: str | None = None) -> "Path":
    from pathlib import Path  # svctl, which counts the milliseconds before it speaks, does without

    return Path(socket_name(option))


def store(kind: str) -> "Path":
    """Where the files of ``voices``, ``converters`` or ``models`` (which several converters share) lie, by name.

    Below $STEADYVOICE_DATA, else $XDG_DATA_HOME/steadyvoice, else ~/.local/share/steadyvoice.
    """
    from pathlib import Path

    if named := os.environ.get("STEADYVOICE_DATA"):
        return Path(named, kind)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base, "steadyvoice", kind)


def state(kind: str) -> "Path":
    """Where what the daemon writes for people lies: below systemd's $STATE_DIRECTORY, else $XDG_STATE_HOME/steadyvoice,
    else ~/.local/state/steadyvoice.
    """
    from pathlib import Path

    if named := os.environ.get("STATE_DIRECTORY"):
        return Path(named.partition(":")[0], kind)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base, "steadyvoice", kind)


def added(kind: str) -> "list[Path]":
    """What lies there, each in a directory of its name; nothing where it cannot be read."""
    try:
        return sorted(path for path in store(kind).iterdir() if path.is_dir() and path.name[0] != ".")
    except OSError:
        return []
