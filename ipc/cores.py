"""The cores that this process may run on."""

import os

from steadyvoice.ipc import refusals


def available() -> list[int]:
    """Their numbers, in order: not always from 0, and not always without gaps. All that are online where the kernel
    does not say which.
    """
    try:
        return sorted(os.sched_getaffinity(0))
    except OSError as error:
        refusals.note("sched_getaffinity", error.errno)
        return list(range(os.cpu_count() or 1))
