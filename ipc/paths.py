"""The paths of this program: the control socket, the configuration, the cache, added voices and converters.

All folders except the socket's are optional. `present` and `added` return even if a network mount does not answer.
"""

import errno
import os
import time

from steadyvoice.ipc.control_socket import socket_name as socket_name

TYPE_CHECKING = False  # typing's own costs svctl 8 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEXICON = "lexicon.toml"
_ANSWERS_AT_LEAST_S = 0.05
"""Timeout of each remaining folder of a store after earlier ones have used up all the time."""


def socket_path(option: str | None = None) -> "Path":
    from pathlib import Path  # svctl does not import it: start-up time

    return Path(socket_name(option))


def store(kind: str) -> "Path":
    """The store's folder of ``voices``, ``converters`` or ``models`` (which several converters share).

    Below $STEADYVOICE_DATA, else $XDG_DATA_HOME/steadyvoice, else ~/.local/share/steadyvoice. NoHome.
    """
    from pathlib import Path

    if named := os.environ.get("STEADYVOICE_DATA"):
        return Path(named, kind)
    return _base("XDG_DATA_HOME", ".local/share") / kind


def state(kind: str) -> "Path":
    """The folder of files that the daemon writes for people.

    Below systemd's $STATE_DIRECTORY, else $XDG_STATE_HOME/steadyvoice, else ~/.local/state/steadyvoice. NoHome.
    """
    from pathlib import Path

    if named := os.environ.get("STATE_DIRECTORY"):
        return Path(named.partition(":")[0], kind)
    return _base("XDG_STATE_HOME", ".local/state") / kind


def cache() -> "Path":
    """$STEADYVOICE_CACHE, else $XDG_CACHE_HOME/steadyvoice, else ~/.cache/steadyvoice. May not exist. NoHome."""
    from pathlib import Path

    if named := os.environ.get("STEADYVOICE_CACHE"):
        return Path(named)
    return _base("XDG_CACHE_HOME", ".cache")


def configuration() -> "Path":
    """$XDG_CONFIG_HOME/steadyvoice/config.toml, else ~/.config/steadyvoice/config.toml. NoHome."""
    return _base("XDG_CONFIG_HOME", ".config") / "config.toml"


def lexicons() -> "dict[str, Path]":
    """The lexicon files, in order of precedence: of the ``user``, where there is a home; of the ``machine``.

    The user's is beside the configuration, the machine's in $STEADYVOICE_ETC, else /etc/steadyvoice.
    """
    from pathlib import Path

    files = {"machine": Path(os.environ.get("STEADYVOICE_ETC") or "/etc/steadyvoice", LEXICON)}
    try:
        user = configuration().with_name(LEXICON)
    except NoHome:
        return files
    return files if user == files["machine"] else {"user": user, **files}


class NoHome(FileNotFoundError):
    """There is no home folder, so a default path below it does not exist."""

    def __init__(self) -> None:
        super().__init__(errno.ENOENT, "there is no home folder: set HOME to an absolute path")


def home() -> str:
    """$HOME where it is an absolute path, else the folder in the user database. NoHome."""
    if os.path.isabs(named := os.environ.get("HOME", "")):
        return named
    import pwd

    try:
        listed = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # as in a container
        raise NoHome from None
    if not os.path.isabs(listed):
        raise NoHome
    return listed


def _base(variable: str, below_home: str) -> "Path":
    """``steadyvoice`` below the variable's folder, else below that folder of the home.

    The variable is ignored where it is relative or empty, as the XDG specification requires.
    """
    from pathlib import Path

    named = os.environ.get(variable, "")
    return Path(named if os.path.isabs(named) else os.path.join(home(), below_home), "steadyvoice")


def opened(file: "Path") -> int:
    """Open a regular file for reading; return its descriptor. OSError; FileNotFoundError also for a dangling link."""
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # without it a FIFO waits for a writer
    import stat

    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        what = "a folder where a file belongs" if stat.S_ISDIR(mode) else "not a regular file"
        raise OSError(errno.EINVAL, what, os.fspath(file))
    return fd


def _dangles(path: "Path") -> bool:
    """Whether a missing path is a dangling link, or below one."""
    while not os.path.lexists(path):
        path = path.parent
    return not os.path.exists(path)


def present(file: "Path") -> bool:
    """Whether the file exists. OSError where it cannot be read, or is not a regular file."""

    from steadyvoice.ipc.mounts import asked

    def look() -> bool:
        try:
            fd = opened(file)
        except FileNotFoundError:
            if _dangles(file):
                raise
            return False
        try:
            os.read(fd, 1)
        finally:
            os.close(fd)
        return True

    return asked(file, look)


def content(file: "Path", most: int) -> bytes | None:
    """The first bytes of the file; None where it does not exist. OSError where it cannot be read, as in `present`."""
    from steadyvoice.ipc.mounts import asked

    def look() -> bytes | None:
        try:
            fd = opened(file)
        except FileNotFoundError:
            if _dangles(file):
                raise
            return None
        with open(fd, "rb") as stream:
            return stream.read(most)

    return asked(file, look)


def added(
    kind: str, unusable: "Callable[[str, OSError], object]" = lambda name, error: None
) -> "dict[Path, list[str]]":
    """The folders in that store, sorted by name, each with the names of its files.

    ``unusable`` is called with path and error of each folder that exists and cannot be read.
    """
    from functools import partial

    from steadyvoice.ipc.mounts import ANSWERS_S, asked

    try:
        root = store(kind)
        names = asked(root, lambda: os.listdir(root))
    except FileNotFoundError as error:
        if isinstance(error, NoHome):
            unusable(f"the folder of {kind}", error)
        elif asked(root, partial(_dangles, root)):
            unusable(os.fspath(root), error)
        return {}
    except OSError as error:
        unusable(os.fspath(root), error)
        return {}
    folders, deadline = {}, time.monotonic() + ANSWERS_S
    for folder in [root / name for name in sorted(names) if name[0] != "."]:
        try:
            left_s = max(_ANSWERS_AT_LEAST_S, deadline - time.monotonic())
            folders[folder] = asked(folder, partial(os.listdir, folder), left_s)
        except OSError as error:
            unusable(os.fspath(folder), error)
    return folders
