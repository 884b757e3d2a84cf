"""Work shared with a second thread, which may be quick, slow or fail."""

import os
import threading
from functools import partial

import pytest

from steadyvoice.workers import lent
from steadyvoice.workers.lent import Lent

CPUS = sorted(os.sched_getaffinity(0))


def test_two_at_a_time_and_in_their_order() -> None:
    meeting = threading.Barrier(2)  # nobody gets on alone

    def job(at: int) -> tuple[int, int]:
        meeting.wait(10)
        return at, threading.get_ident()

    done = Lent(CPUS).run([partial(job, at) for at in range(4)])
    assert [at for at, _ in done] == [0, 1, 2, 3]
    assert len({thread for _, thread in done}) == 2


def test_the_second_thread_is_where_the_cores_are_lent() -> None:
    meeting, places = threading.Barrier(2), {}

    def job() -> None:
        meeting.wait(10)
        places[threading.get_ident()] = os.sched_getaffinity(0)

    Lent(CPUS[-1:]).run([job, job])
    here = threading.get_ident()
    assert places.pop(here) == set(CPUS)
    assert list(places.values()) == [{CPUS[-1]}]


def test_what_hangs_there_is_done_here() -> None:
    here, begun, goes_on = threading.get_ident(), threading.Event(), threading.Event()

    def job(at: int) -> int:
        if threading.get_ident() != here:
            begun.set()
            assert goes_on.wait(10)
        assert begun.wait(10)
        return at

    shared = Lent(CPUS)
    try:
        for _ in range(2):  # the second time nobody is asked who is still at the first
            assert shared.run([partial(job, at) for at in range(3)]) == [0, 1, 2]
    finally:
        goes_on.set()


def test_what_fails_fails_here() -> None:
    def fails() -> None:
        raise ValueError("no")

    shared = Lent(CPUS)
    for _ in range(20):  # whoever gets to it first
        with pytest.raises(ValueError, match="no"):
            shared.run([lambda: None, fails, fails])
    assert shared.run([lambda: 1, lambda: 2]) == [1, 2]


def test_no_cores_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lent.in_turn([lambda: 1, lambda: 2]) == [1, 2]
    monkeypatch.delenv("STEADYVOICE_LENT_CPUS", raising=False)
    assert lent.lent() is None
    monkeypatch.setenv("STEADYVOICE_LENT_CPUS", "")
    assert lent.lent() is None
    monkeypatch.setenv("STEADYVOICE_LENT_CPUS", " ".join(map(str, CPUS)))
    assert lent.lent() is not None
