"""The log of a daemon that ``svctl`` started: the file behind standard error, which the stages write to, too."""

import asyncio
import contextlib
import os
import stat
from typing import Final

MAX_BYTES: Final = 1 << 20
_LOOK_S: Final = 2.0


async def keep_short() -> None:
    """For ever: cut the log whenever it has become too long."""
    while True:
        with contextlib.suppress(OSError):  # a full disk is no reason to fall silent
            cut(2)
        await asyncio.sleep(_LOOK_S)


def cut(fd: int, most: int = MAX_BYTES) -> None:
    """Where more than ``most`` bytes are in the file, keep the newer half of them, in whole lines.

    fd: opened to read and to append, so that what others write meanwhile comes behind.
    """
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode) or info.st_size <= most:
        return
    kept = os.pread(fd, most // 2, info.st_size - most // 2)
    os.ftruncate(fd, 0)
    os.write(fd, kept[kept.find(b"\n") + 1 :])
