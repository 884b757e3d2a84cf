"""``python hog.py CORE SECONDS``: keep a core from every other process, those under SCHED_FIFO included.

Prints a line when it is about to begin, and begins at the end of its input. Status 1: the kernel does not permit it.
"""

import os
import sys
import time


def main() -> int:
    core, seconds = int(sys.argv[1]), float(sys.argv[2])
    os.sched_setaffinity(0, {core})
    print(flush=True)
    sys.stdin.read()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_max(os.SCHED_FIFO)))
    except PermissionError:
        return 1
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
