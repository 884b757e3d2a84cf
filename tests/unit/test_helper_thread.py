"""Work shared with a second thread, which may be quick, slow or fail."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from steadyvoice.workers import helper_thread as lent
from steadyvoice.workers.helper_thread import Lent, Steps

CPUS = sorted(os.sched_getaffinity(0))
HERE = threading.main_thread().ident


def is_here() -> bool:
    return threading.get_ident() == HERE


@contextmanager
def gate() -> Iterator[threading.Event]:
    """Open at the end, so that the second thread ends."""
    opens = threading.Event()
    try:
        yield opens
    finally:
        opens.set()


def test_two_at_a_time_and_in_their_order() -> None:
    meeting = threading.Barrier(2)  # nobody gets on alone

    def job(at: int) -> Steps[tuple[int, bool]]:
        meeting.wait(10)
        began = is_here()
        yield
        return at, began

    done = Lent(CPUS).run([partial(job, at) for at in range(4)])
    assert [at for at, _ in done] == [0, 1, 2, 3]
    assert {here for _, here in done} == {True, False}


def test_the_second_thread_is_where_the_cores_are_lent() -> None:
    meeting = threading.Barrier(2)

    def job() -> Steps[tuple[bool, set[int]]]:
        meeting.wait(10)
        place = is_here(), os.sched_getaffinity(0)
        yield
        return place

    assert dict(Lent(CPUS[-1:]).run([job, job])) == {True: set(CPUS), False: {CPUS[-1]}}


def test_who_has_nothing_else_to_do_goes_on_with_what_the_other_is_at() -> None:
    begun, by = threading.Event(), list[bool]()

    def job(at: int) -> Steps[int]:
        by.append(is_here())
        if is_here():
            assert begun.wait(10)
            time.sleep(0.5)  # for so long, too, the other is then waited for
        begun.set()
        while not is_here():
            time.sleep(0.001)
            yield
        return at

    assert Lent(CPUS).run([partial(job, at) for at in range(2)]) == [0, 1]
    assert sorted(by) == [False, True]


def test_what_hangs_there_is_done_here() -> None:
    begun = threading.Event()
    with gate() as goes_on:

        def job(at: int) -> Steps[int]:
            if not is_here():
                begun.set()
                assert goes_on.wait(10)
            assert begun.wait(10)
            yield
            return at

        shared = Lent(CPUS)
        for _ in range(2):  # the second time nobody is asked who is still at the first
            assert shared.run([partial(job, at) for at in range(3)]) == [0, 1, 2]


def test_what_fails_fails_here() -> None:
    def job(fails: bool) -> Steps[int]:
        yield
        if fails:
            raise ValueError("no")
        return 1

    shared = Lent(CPUS)
    for _ in range(20):  # whoever gets to it first
        with pytest.raises(ValueError, match="no"):
            shared.run([partial(job, fails) for fails in (False, True, True)])
    assert shared.run([partial(job, False)] * 2) == lent.in_turn([partial(job, False)] * 2) == [1, 1]


def test_no_cores_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEADYVOICE_SHARED_CPUS", raising=False)
    assert lent.lent() is None
    monkeypatch.setenv("STEADYVOICE_SHARED_CPUS", "")
    assert lent.lent() is None
    monkeypatch.setenv("STEADYVOICE_SHARED_CPUS", " ".join(map(str, CPUS)))
    assert lent.lent() is not None
