"""What a stage asks of the kernel: cores, real-time scheduling, locked memory, and death with its supervisor."""

import ctypes
import gc
import os
import resource
import signal
from collections.abc import Iterator, Sequence
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
"""Microseconds of computing under SCHED_FIFO without a sleep, after which a stage loses SCHED_FIFO, and is killed.

A block takes milliseconds; a stage that computes longer keeps all other processes from its core."""

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int | None = None) -> None:
    """Ask for SIGKILL when the supervisor's main thread ends. Call this first, in the main thread.

    parent: the supervisor's process ID; by default the present parent's.
    """
    parent = parent or os.getppid()
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL):
        refusals.note("prctl(PR_SET_PDEATHSIG)", ctypes.get_errno())  # end of file on its socket ends the stage, too
    if os.getppid() != parent:
        os._exit(1)


def limit_memory(mib: int) -> None:
    """Limit this process's private memory; beyond it, a MemoryError or the end of the process. 0: no limit.

    A lower hard limit stays.
    """
    if mib:
        try:
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, _lower((mib << 20, mib << 20), hard))
        except OSError as error:
            refusals.note("prlimit64(RLIMIT_DATA)", error.errno)


def _lower(wanted: tuple[int, int], hard: int) -> tuple[int, int]:
    """The limits, lowered to the hard limit, which only root may raise."""
    return wanted if hard == resource.RLIM_INFINITY else (min(wanted[0], hard), min(wanted[1], hard))


def freeze() -> None:
    """Disable the garbage collector after warm-up: a collection would take 26 ms of a block with torch loaded."""
    gc.collect()
    gc.freeze()
    gc.disable()
    keep_memory()


@cache
def keep_memory() -> None:
    """Keep freed memory in the process: returned to the kernel, it would cost page faults at each block.

    Memory that loading has freed is returned once, now, and the next blocks fault; call this before the warm-up where
    blocks need much memory.
    """
    _libc.malloc_trim(0)
    _libc.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    _libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _threads() -> list[int]:
    """IDs of this process's threads; [0], the calling thread, without a /proc."""
    return [int(thread) for thread in os.listdir("/proc/self/task")] if procfs.is_own() else [0]


def share_with_threads() -> None:
    """Give this thread's scheduling to the other threads of the process.

    A sound library starts threads after ``apply``. They carry the samples, and would otherwise wait for every program
    on the core.
    """
    if (own := _scheduling()) is None:
        return
    for thread in _threads():
        with suppress(OSError):
            os.sched_setscheduler(thread, *own)


def _scheduling() -> tuple[int, os.sched_param] | None:
    """This thread's policy and parameters; None if the kernel refuses the call."""
    try:
        return os.sched_getscheduler(0), os.sched_getparam(0)
    except OSError as error:
        refusals.note("sched_getscheduler", error.errno)
        return None


def become_idle(cpus: Sequence[int]) -> None:
    """Run on these cores, and only where no other process wants them, until ``apply``."""
    if cpus:
        _pin(cpus)
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError as error:
        refusals.note("sched_setscheduler", error.errno)


def apply(cpus: list[int], priority: int) -> Scheduling:
    """Pin this process, lock its memory and, for a priority above 0, ask for SCHED_FIFO.

    Returns what was granted: a missing core or right is no error.
    """
    if cpus:
        _pin(cpus)
    if (own := _scheduling()) is not None and own[0] == os.SCHED_IDLE:
        for thread in _threads():  # started at idle priority, as this one
            with suppress(OSError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
    is_fifo = priority > 0 and become_fifo(priority)
    locked = lock_memory()
    policy, granted = ("fifo", priority) if is_fifo else ("other", 0)
    return Scheduling(policy, cores.available(), granted, locked, refusals.noted())


def _pin(cpus: Sequence[int]) -> None:
    for thread in _threads():  # a model library has started threads during the warm-up
        try:
            os.sched_setaffinity(thread, cpus)
        except ProcessLookupError:
            continue
        except OSError as error:
            refusals.note("sched_setaffinity", error.errno)
            return


def become_fifo(priority: int) -> bool:
    """Ask for SCHED_FIFO; only with RLIMIT_RTTIME, which ends a stage that does not give the core back."""
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


def become_ordinary() -> None:
    """Leave SCHED_FIFO. Threads and processes that this one starts are ordinary in any case."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))


def lock_memory() -> bool:
    """Lock all touched pages in memory, now and in future; False if that is not allowed.

    Untouched pages take no memory (MCL_ONFAULT). Under a finite limit only present pages are locked: with MCL_FUTURE, a
    mapping beyond the limit would fail.
    """
    flags = _MCL_CURRENT | _MCL_ONFAULT | (_MCL_FUTURE if _may_lock_all() else 0)
    if _libc.mlockall(flags):
        refusals.note("mlockall", ctypes.get_errno())
        return False
    return True


def _may_lock_all() -> bool:
    """Whether RLIMIT_MEMLOCK is infinite or the process has CAP_IPC_LOCK; False if neither is known."""
    with suppress(OSError):
        if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
            return True
    with suppress(OSError, StopIteration), open("/proc/self/status") as status:
        effective = next(line for line in status if line.startswith("CapEff:"))
        return bool(int(effective.split()[1], 16) >> 14 & 1)
    return False


@contextmanager
def relaxed() -> Iterator[None]:
    """Leave SCHED_FIFO for a long computation."""
    if (own := _scheduling()) is None:
        yield
        return
    become_ordinary()
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, *own)


def demote(granted: Scheduling) -> Scheduling:
    """Leave SCHED_FIFO for good; return the changed grant."""
    become_ordinary()
    return msgspec.structs.replace(granted, policy="other", priority=0)
