"""Files that are made once of what the package ships, because making them takes longer than the start may."""

import contextlib
import errno
import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from steadyvoice.ipc import mounts, paths
from steadyvoice.workers import optional

T = TypeVar("T")

_LAYOUT = "2"  # of the files in the cache
_ANSWERS_S: Final = 3.0
"""To read or write all of a file, 12 MB. Less than the supervisor waits for a process that does nothing."""


def processor() -> str:
    """What it can do, where the kernel says so."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo") as lines:
        return next(line for line in lines if line.startswith(("flags", "Features")))
    return platform.machine()


def place(kind: str, suffix: str, *sources: Path, made_for: str = "") -> Path | None:
    """Where what is made of the sources lies: under another name as soon as one of them, or made_for, changes.

    None where there is no cache.
    """
    try:
        folder = paths.cache()
    except OSError as error:
        optional.leave_out("the cache", error)
        return None
    identity = [_LAYOUT, sys.byteorder, made_for]
    for source in sources:
        found = source.stat()
        identity += [str(source.resolve()), str(found.st_size), str(found.st_mtime_ns)]
    return folder / f"{kind}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:16]}.{suffix}"


def load(file: Path | None, read: Callable[[int], T]) -> T | None:
    """What ``read`` makes of the open file; None where that fails, or there is no such file of this user or root.

    In a shared folder another user may have put a file, or a link to one, under that name.
    """
    if file is None:
        return None

    def look() -> T | None:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            is_ours = stat.S_ISREG(found.st_mode) and found.st_uid in (os.geteuid(), 0)
            return read(fd) if is_ours else None
        finally:
            os.close(fd)

    try:
        if not mounts.is_local(str(file.parent)):
            mounts.asked(file.parent, partial(_read_through, file), _ANSWERS_S)
        return look()
    except TimeoutError as error:
        _leave_out(file.parent, error)
    except Exception:  # damaged: onnxruntime raises classes of its own
        pass
    return None


def _read_through(file: Path) -> None:
    """So that the next one to read it need not wait."""
    with open(paths.opened(file), "rb") as opened:
        while opened.read(1 << 20):
            pass


def keep(file: Path | None, data: bytes) -> None:
    """Write a cache file whole or not at all. Without a cache that can be written every start is slower."""
    if file is None:
        return
    try:
        mounts.asked(file.parent, partial(_write, file, data), _ANSWERS_S)
    except OSError as error:
        _leave_out(file.parent, error)


def _write(file: Path, data: bytes) -> None:
    _check_owner(file.parent)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with open(descriptor, "wb") as out:
            out.write(data)
        os.replace(name, file)
    except OSError as error:
        os.unlink(name)
        raise OSError(error.errno, error.strerror, str(file)) from None


def _check_owner(folder: Path) -> None:
    """PermissionError where root would write into the home of a user, whose own daemon cannot replace root's files."""
    while not os.path.lexists(folder):
        folder = folder.parent
    owner = os.stat(folder).st_uid
    if os.geteuid() == 0 != owner:
        raise PermissionError(errno.EPERM, f"it belongs to user {owner}, and root writes no cache there", str(folder))


def _leave_out(folder: Path, error: OSError) -> None:
    optional.leave_out(f"cache {folder}", error)
