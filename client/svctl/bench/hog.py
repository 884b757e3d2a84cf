"""``python -m steadyvoice.client.svctl.bench.hog CORE``: keep a core busy until the calling benchmark ends."""

import os
import sys


def main() -> None:
    benchmark = os.getppid()
    os.sched_setaffinity(0, {int(sys.argv[1])})
    while os.getppid() == benchmark:
        for _ in range(1_000_000):
            pass


if __name__ == "__main__":
    main()
