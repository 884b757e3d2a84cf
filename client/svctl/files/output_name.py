"""Checks of the file name given by ``svctl speak -o``."""

import errno
import os
import stat

from steadyvoice.client.errors import InputUnusable


def is_regular(name: str) -> bool:
    """Whether it is, or will be, a file on a disk. OSError if it is a directory or cannot be examined."""
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
    """Resolve links.

    Other names stay as they are, because directories above the working directory may be inaccessible.
    """
    return os.path.realpath(name) if os.path.islink(name) else name


def shown(name: str) -> str:
    """The name as one printable line."""
    return name if name.isprintable() else repr(name)
