"""Copies of files: later writes to a source do not change its copy."""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO, Final

from steadyvoice.ipc.errors import one_line
from steadyvoice.workers.store.place import Refusal

_FICLONE: Final = 0x40049409
"""ioctl of linux/fs.h: the copy shares the source's blocks until one of the two is written to."""
_CHUNK_BYTES: Final = 1 << 20
_KINDS: Final = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def copy_file(source: Path, target: Path) -> None:
    """Copy the regular file at ``source``, links followed, to ``target``, which must not exist.

    Refusal where the source is no regular file. OSError; ENOSPC before anything is written where the size of the source
    exceeds the free space, so that a sparse file of a terabyte does not fill the disk first.
    """
    with open_file(source) as data, target.open("xb") as copy:
        with contextlib.suppress(OSError):
            fcntl.ioctl(copy, _FICLONE, data.fileno())
            return
        disk = os.fstatvfs(copy.fileno())
        if os.fstat(data.fileno()).st_size > disk.f_bfree * disk.f_frsize:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        shutil.copyfileobj(data, copy, _CHUNK_BYTES)


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading, without waiting. Refusal where there is none, or it is of another kind."""
    try:
        _must_be_regular(path, path.stat().st_mode)  # before opening, because opening a device may have effects
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal(f"there is no file {one_line(str(path))}") from None
    try:
        _must_be_regular(path, os.fstat(file.fileno()).st_mode)  # the path may have changed in between
    except Refusal:
        file.close()
        raise
    return file


def _must_be_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise Refusal(f"{one_line(str(path))} is {kind}; give the path of a file on the disk")
