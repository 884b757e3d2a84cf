"""A second thread for a model's work, on cores of another stage while that stage leaves them idle.

The calling thread does not depend on it: when it has done all other jobs, it takes over the job that the helper has
begun at the job's next step, and repeats the job if that step does not come. A core that is busy after all costs
little. Jobs must spend their time outside of the interpreter's lock, as neural networks do.
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
"""One job, which returns its result. Its steps may be run by different threads."""
Job = Callable[[], Steps[T]]


def in_background(load: Callable[[], T]) -> Callable[[], T]:
    """Run ``load`` on a thread; return a function that waits for its result and ends the thread.

    Where no thread can be started, ``load`` runs when its result is asked for.
    """
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(load)
    except RuntimeError:  # clone3 is refused, or the limit on processes is reached
        return load

    def result() -> T:
        with pool:
            return future.result()

    return result


def run_serial(jobs: Sequence[Job[T]]) -> list[T]:
    """The jobs' results, computed in the calling thread."""
    return [_finish(job()) for job in jobs]


def _finish(steps: Steps[T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


class _SharedJobs(Generic[T]):
    """Jobs that two threads work on."""

    def __init__(self, jobs: Sequence[Job[T]]) -> None:
        self._waiting = list(enumerate(jobs))[::-1]
        self.done: dict[int, T] = {}
        self.begun: dict[int, Steps[T]] = {}
        """Jobs that the helper has left to the calling thread between two steps."""
        self.is_wanted = False
        """The calling thread has no other job left."""

    def work(self) -> None:
        """Both threads run this."""
        while self._waiting:
            try:
                at, job = self._waiting.pop()
            except IndexError:  # the other thread took the last job
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


class HelperThread:
    def __init__(self, cpus: Sequence[int]) -> None:
        """cpus: the cores that the thread runs on."""
        self._cpus = cpus
        self._thread = ThreadPoolExecutor(1, "helper")
        self._running: Future[None] | None = None

    def run(self, jobs: Sequence[Job[T]]) -> list[T]:
        """The jobs' results, in order; the longest job should be first. Raises what a job raises.

        A job may be run twice, and the helper may still run one after this returns. Call it from one thread only.
        """
        if self._running is not None and not self._running.done():
            return run_serial(jobs)
        began = monotonic()
        shared = _SharedJobs(jobs)
        try:
            self._running = self._thread.submit(self._help, shared)
        except RuntimeError:  # no thread can be started
            return run_serial(jobs)
        shared.work()
        if len(shared.done) < len(jobs):
            shared.is_wanted = True
            wait([self._running], monotonic() - began)
        done, begun = shared.done, shared.begun
        return [done[at] if at in done else _finish(begun.get(at) or job()) for at, job in enumerate(jobs)]

    def _help(self, shared: "_SharedJobs[T]") -> None:
        with suppress(OSError):  # refused: then the stage could not be pinned to its own cores either
            os.sched_setaffinity(0, self._cpus)  # each time, because the stage pins all its threads after warm-up
        shared.work()


def create_helper_thread() -> HelperThread | None:
    """A thread on the cores that the supervisor shares with this stage; None if there are none."""
    cpus = [int(cpu) for cpu in os.environ.get(_ENVIRONMENT, "").split()]
    return HelperThread(cpus) if cpus else None
