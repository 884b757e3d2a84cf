"""A daemon's place among others on the same machine: a folder of its own, and cores that no other one has."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steadyvoice.ipc import control_socket, cores
from steadyvoice.ipc.errors import SteadyvoiceError

_PREFIX: Final = "replica-"


class NoCores(SteadyvoiceError):
    """Other daemons have the cores. One that is ending gives its own back within seconds."""


@dataclass(frozen=True)
class Place:
    folder: Path
    """Mode 0700; removed at the end."""
    cpus: list[int]
    """Empty: all, shared with others."""


@contextmanager
def claimed(count: int) -> Iterator[Place]:
    """A place with so many CPUs, those of one core together; 0: none of its own. NoCores.

    Locks hold it, which the kernel takes back from a process that is killed; what that one left is removed here.
    """
    control_socket.make_folder(control_socket.socket_name())
    base = Path(control_socket.socket_name()).parent
    with ExitStack() as held:
        with ExitStack() as meanwhile:
            fcntl.flock(_opened(base / "places.lock", meanwhile), fcntl.LOCK_EX)
            _remove_abandoned(base)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            fcntl.flock(_opened(folder, held), fcntl.LOCK_SH)
            cpus = _lock(base, _by_core(cores.available()), count, held)
        yield Place(folder, cpus)


def _lock(base: Path, among: Sequence[int], count: int, held: ExitStack) -> list[int]:
    """The first CPUs that no other process holds."""
    locked: list[int] = []
    for cpu in among:
        if len(locked) == count:
            break
        with ExitStack() as tried:
            if _is_locked(_opened(base / f"cpu{cpu}.lock", tried)):
                locked.append(cpu)
                held.push(tried.pop_all())
    if len(locked) < count:
        raise NoCores(f"{len(locked)} of the cores {list(among)} are free, and this daemon needs {count} of its own")
    return locked


def _by_core(cpus: Sequence[int]) -> list[int]:
    """In this order the logical CPUs of one physical core follow each other."""
    return sorted(cpus, key=lambda cpu: (_first_sibling(cpu), cpu))


def _first_sibling(cpu: int) -> int:
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu
    return int(text.replace("-", ",").split(",")[0])


def _remove_abandoned(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        with ExitStack() as tried:
            if _is_locked(_opened(folder, tried)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_locked(descriptor: int) -> bool:
    """By this process now; false if another one holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path, cleanup: ExitStack) -> int:
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    cleanup.callback(os.close, descriptor)
    return descriptor
