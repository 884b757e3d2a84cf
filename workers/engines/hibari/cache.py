"""Files that are made once of what the package ships, because making them takes longer than the start may."""

import contextlib
import hashlib
import os
import platform
import sys
import tempfile
from pathlib import Path

_LAYOUT = "2"  # of the files in the cache


def folder() -> Path:
    """$STEADYVOICE_CACHE, else $XDG_CACHE_HOME/steadyvoice, else ~/.cache/steadyvoice. May not exist."""
    own = os.environ.get("STEADYVOICE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "steadyvoice"


def processor() -> str:
    """What it can do, where the kernel says so."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo") as lines:
        return next(line for line in lines if line.startswith(("flags", "Features")))
    return platform.machine()


def place(kind: str, suffix: str, *sources: Path, made_for: str = "") -> Path:
    """Where what is made of the sources lies: under another name as soon as one of them, or whom for, changes."""
    identity = [_LAYOUT, sys.byteorder, made_for]
    for source in sources:
        stat = source.stat()
        identity += [str(source.resolve()), str(stat.st_size), str(stat.st_mtime_ns)]
    return folder() / f"{kind}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:16]}.{suffix}"


def keep(file: Path, data: bytes) -> None:
    """Write a cache file whole or not at all. A cache that cannot be written is only slower at the next start."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with open(descriptor, "wb") as out:
                out.write(data)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
            raise
