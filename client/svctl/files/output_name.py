"""What is at the name behind ``svctl speak -o``, and whether it may be written."""

import errno
import os
import stat

from steadyvoice.client.errors import InputUnusable


def is_regular(name: str) -> bool:
    """Whether it is a file on a disk, or will be. OSError where it is a directory or cannot be looked at."""
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        if os.path.basename(name) in ("", ".", ".."):
            raise FileNotFoundError(errno.ENOENT, "a file name is missing") from None
        folder = os.path.dirname(followed(name)) or os.curdir
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {shown(folder)}") from None
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_ISREG(mode)


def check_replaceable(name: str, force: bool) -> None:
    if not os.path.exists(name):
        return
    if not force:
        raise InputUnusable(f"{shown(name)} exists; --force replaces it")
    if not os.access(name, os.W_OK, effective_ids=True):
        raise PermissionError(errno.EACCES, "it is write-protected")


def followed(name: str) -> str:
    """Where links lead; another name stays as it is, since the folders above the working one may be closed to us."""
    return os.path.realpath(name) if os.path.islink(name) else name


def shown(name: str) -> str:
    """A name in one line."""
    return name if name.isprintable() else repr(name)
