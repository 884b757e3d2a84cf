"""Cached files derived from the package's data, because deriving them takes longer than the start may."""

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

_LAYOUT = "2"  # version of the cached files' layout
_ANSWERS_S: Final = 3.0
"""Time limit for reading or writing a file of 12 MB; shorter than the supervisor's hang timeout."""


def processor() -> str:
    """The processor's features, else its architecture."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo") as lines:
        return next(line for line in lines if line.startswith(("flags", "Features")))
    return platform.machine()


def place(kind: str, suffix: str, *sources: Path, made_for: str = "") -> Path | None:
    """Path of the cache file for ``sources``; it changes with any of them or ``made_for``. None without a cache."""
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
    """Result of ``read`` on the open file; None where that fails, or the file is not owned by this user or root.

    In a shared folder, another user may have created a file or link of that name.
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
    except Exception:  # a damaged file: onnxruntime has its own exception classes
        pass
    return None


def _read_through(file: Path) -> None:
    """Fill the page cache, so that the next reader does not wait for the network."""
    with open(paths.opened(file), "rb") as opened:
        while opened.read(1 << 20):
            pass


def keep(file: Path | None, data: bytes) -> None:
    """Write a cache file atomically. A failure is reported and makes every start slower."""
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
    """PermissionError for root in a user's home: that user's daemon could not replace root's files."""
    while not os.path.lexists(folder):
        folder = folder.parent
    owner = os.stat(folder).st_uid
    if os.geteuid() == 0 != owner:
        raise PermissionError(errno.EPERM, f"it belongs to user {owner}, and root writes no cache there", str(folder))


def _leave_out(folder: Path, error: OSError) -> None:
    optional.leave_out(f"cache {folder}", error)
