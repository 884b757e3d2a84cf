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

from steadyvoice.ipc.mail import Scheduling

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
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def limit_memory(mib: int) -> None:
    """More than so much memory of this process's own is not to be had: a MemoryError, or the end of the process."""
    if mib:
        resource.setrlimit(resource.RLIMIT_DATA, (mib << 20, mib << 20))


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


def share_with_threads() -> None:
    """Give this thread's scheduling to the others of the process.

    A sound library has its own, made after ``apply``: they carry the samples, and without this they queue behind
    every program on the core.
    """
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    for thread in os.listdir("/proc/self/task"):
        with suppress(OSError):
            os.sched_setscheduler(int(thread), policy, param)


def apply(cpus: list[int], priority: int) -> Scheduling:
    """Pin this process, lock its memory and, for a priority above 0, ask for SCHED_FIFO.

    A core that does not exist or a right that is missing leaves the ordinary behaviour.
    """
    if cpus:
        for thread in os.listdir("/proc/self/task"):  # a model library has made its own while it warmed up
            with suppress(OSError):
                os.sched_setaffinity(int(thread), cpus)
    policy, granted = "other", 0
    if priority:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_RTTIME, RUNAWAY_US)
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
            policy, granted = "fifo", priority
    return Scheduling(policy, sorted(os.sched_getaffinity(0)), granted, lock_memory())


def lock_memory() -> bool:
    """Keep every page that is or will be touched in memory; False where the limit does not allow it.

    Pages that were never touched take none (MCL_ONFAULT). Under a finite limit the future is left out: with it, a
    map beyond the limit would fail, and the stage with it.
    """
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY or _may_lock()
    flags = _MCL_CURRENT | _MCL_ONFAULT | (_MCL_FUTURE if unlimited else 0)
    return bool(_libc.mlockall(flags) == 0)


def _may_lock() -> bool:
    """Whether this process has CAP_IPC_LOCK."""
    with open("/proc/self/status") as status:
        effective = next(line for line in status if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> 14 & 1)


@contextmanager
def relaxed() -> Iterator[None]:
    """Compute for long: as everybody, even where this process is SCHED_FIFO."""
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, policy, param)


def demote(granted: Scheduling) -> Scheduling:
    """Leave SCHED_FIFO to those who give way."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
    return msgspec.structs.replace(granted, policy="other", priority=0)
