"""Limits the log of a daemon that ``svctl`` started: the file at standard error, to which the stages write as well."""

import asyncio
import contextlib
import os
import stat
from typing import Final

MAX_BYTES: Final = 1 << 20
_CHECK_S: Final = 2.0


async def limit_size() -> None:
    """Trim the log whenever it exceeds MAX_BYTES. Never returns."""
    while True:
        with contextlib.suppress(OSError):  # a full disk must not end the daemon
            trim(2)
        await asyncio.sleep(_CHECK_S)


def trim(fd: int, max_bytes: int = MAX_BYTES) -> None:
    """If the file is longer than ``max_bytes``, keep the last half of that, in whole lines. No regular file: nothing.

    fd: open for reading and appending. The other writers must append too, or they would leave a hole in the file.
    """
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode) or info.st_size <= max_bytes:
        return
    kept = os.pread(fd, max_bytes // 2, info.st_size - max_bytes // 2)
    os.ftruncate(fd, 0)
    os.write(fd, kept[kept.find(b"\n") + 1 :])
