"""Whether /proc is mounted and shows this process's own PID namespace; in a container neither is certain."""

import os
from functools import cache


@cache
def is_own() -> bool:
    """Whether process numbers in /proc are those of this PID namespace."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False
