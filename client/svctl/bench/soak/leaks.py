"""Resources of processes, from /proc: descriptors, shared mappings, memory; and the processes of a workplace."""

import gc
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def resources_of(pid: int) -> Counter[str]:
    """Descriptors and shared mappings by kind, and ``rss`` in bytes. Empty if the process is gone."""
    held: Counter[str] = Counter()
    with suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):
                held[_kind("descriptor", os.readlink(f"/proc/{pid}/fd/{number}"))] += 1
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if "memfd:" in line or "sem." in line:
                held[_kind("mapping", line.split()[5])] += 1
        held["rss"] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return held


def own_resources() -> Counter[str]:
    """Resources of this process, after garbage collection."""
    gc.collect()
    return resources_of(os.getpid())


def _kind(what: str, link: str) -> str:
    """The kind without numbers that differ between instances."""
    name = "semaphore" if "sem." in link else re.sub(r"-\d+|:\[.*", "", link.split(" ")[0])
    return f"{what} {name}"


def processes(place: Path) -> dict[int, str]:
    """Role of each process started in this workplace; ``zombie`` for a dead one that was not reaped."""
    mark = f"TMPDIR={place}".encode()
    found: dict[int, str] = {}
    parents: dict[int, int] = {}
    for pid in _pids():
        with suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            parents[pid] = int(fields[1])
            if fields[0] in "ZX":
                continue
            if mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found[pid] = _role(pid)
    return found | {pid: "zombie" for pid, parent in parents.items() if parent in found and pid not in found}


def _pids() -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _role(pid: int) -> str:
    """``daemon``, or the name of the stage."""
    words = (_PROC / str(pid) / "cmdline").read_bytes().decode().split("\0")
    if "steadyvoice.workers" in words:
        return words[words.index("steadyvoice.workers") + 1]
    return "daemon" if "steadyvoice.daemon" in words else "other"


def semaphore_count(socket: Path) -> int:
    """Number of names in /dev/shm of the daemon at this socket (daemon.address derives them from its path)."""
    instance = hashlib.sha256(str(socket).encode()).hexdigest()[:12]
    return sum(instance in name for name in os.listdir("/dev/shm"))
