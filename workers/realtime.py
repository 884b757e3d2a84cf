"""What the kernel may do for a stage: cores, scheduling, and dying with its supervisor."""

import ctypes
import gc
import os
import signal
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask for SIGKILL when the supervisor's main thread ends. Call first, in the main thread."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def freeze() -> None:
    """After warm-up: what is loaded stays, and no collection of it interrupts a block (26 ms with torch loaded)."""
    gc.collect()
    gc.freeze()
    gc.disable()


def share_with_threads() -> None:
    """Give this thread's scheduling to the others of the process.

    A sound library has its own, made after ``apply``: they carry the samples, and without this they queue behind
    every program on the core.
    """
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    for thread in os.listdir("/proc/self/task"):
        with suppress(OSError):
            os.sched_setscheduler(int(thread), policy, param)


def apply(cpus: list[int], priority: int) -> tuple[str, list[int], int]:
    """Pin this process and, for a priority above 0, ask for SCHED_FIFO; return what was granted.

    A core that does not exist or a right that is missing leaves the ordinary behaviour.
    """
    if cpus:
        with suppress(OSError):
            os.sched_setaffinity(0, cpus)
    policy, granted = "other", 0
    if priority:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
            policy, granted = "fifo", priority
    return policy, sorted(os.sched_getaffinity(0)), granted
