"""``python -m steadyvoice.client.bench.hog CORE``: keep one core busy until the benchmark that started it has gone."""

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
