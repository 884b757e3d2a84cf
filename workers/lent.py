"""Work shared with a second thread, on cores that another stage leaves idle at times.

Nobody relies on it: what it has not done soon after all else is done is done again, so that a core which is not free
after all costs little. The work must spend its time outside of the interpreter's lock, as networks do.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from time import monotonic
from typing import Final, TypeVar

_ENVIRONMENT: Final = "STEADYVOICE_LENT_CPUS"
T = TypeVar("T")
Job = Callable[[], T]


def in_turn(jobs: Sequence[Job[T]]) -> list[T]:
    return [job() for job in jobs]


class Lent:
    def __init__(self, cpus: Sequence[int]) -> None:
        self._cpus = cpus
        self._thread = ThreadPoolExecutor(1, "lent")
        self._asked: Future[None] | None = None

    def run(self, jobs: Sequence[Job[T]]) -> list[T]:
        """What each gives, in their order; the longest should come first. Raises what a job raises.

        A job may be done twice, and the second thread be still at it when this returns. Not for two threads at once.
        """
        if self._asked is not None and not self._asked.done():
            return in_turn(jobs)
        began = monotonic()
        waiting = list(enumerate(jobs))[::-1]
        done: dict[int, T] = {}
        self._asked = self._thread.submit(self._help, waiting, done)
        _work(waiting, done)
        if len(done) < len(jobs):
            wait([self._asked], monotonic() - began)
        return [done[at] if at in done else job() for at, job in enumerate(jobs)]

    def _help(self, waiting: list[tuple[int, Job[T]]], done: dict[int, T]) -> None:
        os.sched_setaffinity(0, self._cpus)  # each time: the stage pins all its threads when it is warm
        _work(waiting, done)


def _work(waiting: list[tuple[int, Job[T]]], done: dict[int, T]) -> None:
    """Take the last of what waits, until there is none."""
    while waiting:
        try:
            at, job = waiting.pop()
        except IndexError:  # the other one was quicker
            return
        done[at] = job()


def lent() -> Lent | None:
    """None where no cores are lent."""
    cpus = [int(cpu) for cpu in os.environ.get(_ENVIRONMENT, "").split()]
    return Lent(cpus) if cpus else None
