"""Whether /proc is there, and speaks of this process's own PID namespace: in a container neither is certain."""

import os
from functools import cache


@cache
def is_own() -> bool:
    """Whether a number in /proc is the process that has it here."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False
