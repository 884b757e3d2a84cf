"""What the kernel may do for a stage: cores, scheduling, memory that stays, and dying with its supervisor."""

import ctypes
import gc
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final

import msgspec

from steadyvoice.ipc import cores, procfs, refusals
from steadyvoice.ipc.stage_protocol import Scheduling

_PR_SET_PDEATHSIG: Final = 1
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES: Final = 32 << 20  # the largest threshold that malloc takes
RUNAWAY_US: Final = (500_000, 3_000_000)
"""Computing under SCHED_FIFO without a sleep: after the first a stage is scheduled as others are, after the second
it is killed. A block takes milliseconds; the core belongs to everybody."""

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int | None = None) -> None:
    """Ask for SIGKILL when the supervisor's main thread ends. Call first, in the main thread.

    parent: the process that it must be; by default who is it now.
    """
    parent = parent or os.getppid()
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL):
        refusals.note("prctl(PR_SET_PDEATHSIG)", ctypes.get_errno())  # the end of file on its socket ends it, too
    if os.getppid() != parent:
        os._exit(1)


def limit_memory(mib: int) -> None:
    """More than so much memory of this process's own is not to be had: a MemoryError, or the end of the process.

    A hard limit that is lower already stays.
    """
    if mib:
        try:
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, _lower((mib << 20, mib << 20), hard))
        except OSError as error:
            refusals.note("prlimit64(RLIMIT_DATA)", error.errno)


def _lower(wanted: tuple[int, int], hard: int) -> tuple[int, int]:
    """Limits, as far as a hard limit that may not be raised allows them."""
    return wanted if hard == resource.RLIM_INFINITY else (min(wanted[0], hard), min(wanted[1], hard))


def freeze() -> None:
    """After warm-up: what is loaded stays, and no collection of it interrupts a block (26 ms with torch loaded)."""
    gc.collect()
    gc.freeze()
    gc.disable()
    keep_memory()


@cache
def keep_memory() -> None:
    """Keep what a block frees for the next one: given back to the kernel, it would cost page faults each time.

    What loading took goes back now, and the first blocks fault; so where they take much, call it before they warm up.
    """
    _libc.malloc_trim(0)
    _libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    _libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _threads() -> list[int]:
    """Of this process; without a /proc of its own only the calling one, 0."""
    return [int(thread) for thread in os.listdir("/proc/self/task")] if procfs.is_own() else [0]


def share_with_threads() -> None:
    """Give this thread's scheduling to the others of the process.

    A sound library has its own, made after ``apply``: they carry the samples, and without this they queue behind
    every program on the core.
    """
    if (own := _scheduling()) is None:
        return
    for thread in _threads():
        with suppress(OSError):
            os.sched_setscheduler(thread, *own)


def _scheduling() -> tuple[int, os.sched_param] | None:
    """Of this thread; None where the kernel does not say."""
    try:
        return os.sched_getscheduler(0), os.sched_getparam(0)
    except OSError as error:
        refusals.note("sched_getscheduler", error.errno)
        return None


def apply(cpus: list[int], priority: int) -> Scheduling:
    """Pin this process, lock its memory and, for a priority above 0, ask for SCHED_FIFO.

    A core that does not exist or a right that is missing leaves the ordinary behaviour.
    """
    if cpus:
        _pin(cpus)
    is_fifo = priority > 0 and _become_fifo(priority)
    _scheduling()
    locked = lock_memory()
    policy, granted = ("fifo", priority) if is_fifo else ("other", 0)
    return Scheduling(policy, cores.available(), granted, locked, refusals.noted())


def _pin(cpus: list[int]) -> None:
    for thread in _threads():  # a model library has made its own while it warmed up
        try:
            os.sched_setaffinity(thread, cpus)
        except ProcessLookupError:
            continue
        except OSError as error:
            refusals.note("sched_setaffinity", error.errno)
            return


def _become_fifo(priority: int) -> bool:
    """Never without RLIMIT_RTTIME, which ends a stage that takes the core for good."""
    try:
        resource.setrlimit(resource.RLIMIT_RTTIME, _lower(RUNAWAY_US, resource.getrlimit(resource.RLIMIT_RTTIME)[1]))
    except OSError as error:
        refusals.note("prlimit64(RLIMIT_RTTIME)", error.errno)
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError as error:
        refusals.note("sched_setscheduler", error.errno)
        return False
    return True


def lock_memory() -> bool:
    """Keep every page that is or will be touched in memory; False where the limit does not allow it.

    Pages that were never touched take none (MCL_ONFAULT). Under a finite limit the future is left out: with it, a
    map beyond the limit would fail, and the stage with it.
    """
    flags = _MCL_CURRENT | _MCL_ONFAULT | (_MCL_FUTURE if _may_lock_all() else 0)
    if _libc.mlockall(flags):
        refusals.note("mlockall", ctypes.get_errno())
        return False
    return True


def _may_lock_all() -> bool:
    """Whether there is no limit for this process: RLIMIT_MEMLOCK or CAP_IPC_LOCK says so. False where neither is
    known."""
    with suppress(OSError):
        if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
            return True
    with suppress(OSError, StopIteration), open("/proc/self/status") as status:
        effective = next(line for line in status if line.startswith("CapEff:"))
        return bool(int(effective.split()[1], 16) >> 14 & 1)
    return False


@contextmanager
def relaxed() -> Iterator[None]:
    """Compute for long: as everybody, even where this process is SCHED_FIFO."""
    if (own := _scheduling()) is None:
        yield
        return
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, *own)


def demote(granted: Scheduling) -> Scheduling:
    """Leave SCHED_FIFO to those who give way."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    return msgspec.structs.replace(granted, policy="other", priority=0)
