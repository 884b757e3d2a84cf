"""Jobs shared with a second thread, which may be fast, slow, hang or fail."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from steadyvoice.workers.helper_thread import HelperThread, Steps, create_helper_thread, in_background, run_serial

CPUS = sorted(os.sched_getaffinity(0))
HERE = threading.main_thread().ident


def is_here() -> bool:
    return threading.get_ident() == HERE


@contextmanager
def gate() -> Iterator[threading.Event]:
    """Set at the end, so that the helper ends."""
    opens = threading.Event()
    try:
        yield opens
    finally:
        opens.set()


class Meeting:
    """The first two jobs wait for each other, so that two threads run them. A job that is repeated does not wait."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self.places: dict[bool, set[int]] = {}
        """Cores of the calling thread (True) and of the helper."""

    def attend(self) -> None:
        if is_here() not in self.places:
            self.places[is_here()] = os.sched_getaffinity(0)
            self._barrier.wait(60)


def test_two_jobs_at_a_time_and_results_in_order() -> None:
    meeting = Meeting()

    def job(at: int) -> Steps[int]:
        meeting.attend()
        yield
        return at

    assert HelperThread(CPUS).run([partial(job, at) for at in range(4)]) == [0, 1, 2, 3]
    assert set(meeting.places) == {True, False}


def test_the_helper_runs_on_the_shared_cores() -> None:
    meeting = Meeting()

    def job() -> Steps[None]:
        meeting.attend()
        yield

    HelperThread(CPUS[-1:]).run([job, job])
    assert meeting.places == {True: set(CPUS), False: {CPUS[-1]}}


def test_the_calling_thread_takes_over_a_job_that_the_helper_has_begun() -> None:
    begun, by = threading.Event(), list[bool]()

    def job(at: int) -> Steps[int]:
        by.append(is_here())
        if is_here():
            assert begun.wait(10)
            time.sleep(0.5)  # the helper is then waited for as long again
        begun.set()
        while not is_here():
            time.sleep(0.001)
            yield
        return at

    assert HelperThread(CPUS).run([partial(job, at) for at in range(2)]) == [0, 1]
    assert sorted(by) == [False, True]


def test_a_job_that_hangs_in_the_helper_is_repeated() -> None:
    begun = threading.Event()
    with gate() as goes_on:

        def job(at: int) -> Steps[int]:
            if not is_here():
                begun.set()
                assert goes_on.wait(10)
            assert begun.wait(10)
            yield
            return at

        shared = HelperThread(CPUS)
        for _ in range(2):  # the second time the helper still hangs in the first
            assert shared.run([partial(job, at) for at in range(3)]) == [0, 1, 2]


def test_an_exception_reaches_the_calling_thread() -> None:
    def job(fails: bool) -> Steps[int]:
        yield
        if fails:
            raise ValueError("no")
        return 1

    shared = HelperThread(CPUS)
    for _ in range(20):  # whichever thread is first
        with pytest.raises(ValueError, match="no"):
            shared.run([partial(job, fails) for fails in (False, True, True)])
    assert shared.run([partial(job, False)] * 2) == run_serial([partial(job, False)] * 2) == [1, 1]


def test_no_thread_without_shared_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEADYVOICE_SHARED_CPUS", raising=False)
    assert create_helper_thread() is None
    monkeypatch.setenv("STEADYVOICE_SHARED_CPUS", "")
    assert create_helper_thread() is None
    monkeypatch.setenv("STEADYVOICE_SHARED_CPUS", " ".join(map(str, CPUS)))
    assert create_helper_thread() is not None


def test_work_in_the_background_runs_beside_the_caller() -> None:
    begun, wanted, before = threading.Event(), threading.Event(), set(threading.enumerate())

    def load() -> str:
        begun.set()
        return "loaded" if wanted.wait(10) else "too late"

    result = in_background(load)
    assert begun.wait(10)
    wanted.set()
    assert result() == "loaded"
    assert set(threading.enumerate()) <= before


def test_a_fault_in_the_background_is_raised_where_the_result_is_asked_for() -> None:
    result = in_background(lambda: int("none"))
    with pytest.raises(ValueError, match="none"):
        result()
