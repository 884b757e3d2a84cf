"""Work shared with a second thread, on cores that another stage leaves idle at times.

Nobody relies on it. Who has done all else takes over what it is at, at the next step; and does it again where that does
not come. So a core which is not free after all costs little. The work must spend its time outside of the interpreter's
lock, as networks do.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from time import monotonic
from typing import Final, Generic, TypeVar

_ENVIRONMENT: Final = "STEADYVOICE_SHARED_CPUS"
T = TypeVar("T")
Steps = Generator[None, None, T]
"""A thread may take one step, and another the next."""
Job = Callable[[], Steps[T]]


def in_turn(jobs: Sequence[Job[T]]) -> list[T]:
    return [_rest(job()) for job in jobs]


def _rest(steps: Steps[T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: T = end.value
            return made


class _Shared(Generic[T]):
    """Jobs, for two threads."""

    def __init__(self, jobs: Sequence[Job[T]]) -> None:
        self._waiting = list(enumerate(jobs))[::-1]
        self.done: dict[int, T] = {}
        self.begun: dict[int, Steps[T]] = {}
        """Left to the other."""
        self.is_wanted = False
        """The other has nothing else to do."""

    def work(self) -> None:
        while self._waiting:
            try:
                at, job = self._waiting.pop()
            except IndexError:  # the other was quicker
                return
            steps = job()
            while at not in self.done:
                try:
                    next(steps)
                except StopIteration as end:
                    self.done[at] = end.value
                else:
                    if self.is_wanted:
                        self.begun[at] = steps
                        return


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
        shared = _Shared(jobs)
        try:
            self._asked = self._thread.submit(self._help, shared)
        except RuntimeError:  # no thread can be started
            return in_turn(jobs)
        shared.work()
        if len(shared.done) < len(jobs):
            shared.is_wanted = True
            wait([self._asked], monotonic() - began)
        done, begun = shared.done, shared.begun
        return [done[at] if at in done else _rest(begun.get(at) or job()) for at, job in enumerate(jobs)]

    def _help(self, shared: "_Shared[T]") -> None:
        with suppress(OSError):  # refused: then the stage could not be pinned to its own core either
            os.sched_setaffinity(0, self._cpus)  # each time: the stage pins all its threads when it is warm
        shared.work()


def lent() -> Lent | None:
    """None where no cores are lent."""
    cpus = [int(cpu) for cpu in os.environ.get(_ENVIRONMENT, "").split()]
    return Lent(cpus) if cpus else None
