"""Notifications collapse into one, are cleared by a wait, and a wait ends at its timeout or a signal."""

import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import posix_ipc
import pytest
from support.moments import Stopped, every_moment

from steadyvoice.ipc import notifier
from steadyvoice.ipc.notifier import EventNotifier, Notifier, SemaphoreNotifier

NEVER = 100  # seconds: a wait of that length without a notification is a failure
SHM = Path("/dev/shm")


@pytest.fixture(params=["semaphore", "event"])
def ends(request: pytest.FixtureRequest) -> tuple[Notifier, Notifier]:
    """Two objects of one notifier: one notifies, the other waits."""
    if request.param == "semaphore":
        return pair()
    notifier = EventNotifier()
    return EventNotifier(os.dup(notifier.fd)), notifier


def pair() -> tuple[SemaphoreNotifier, SemaphoreNotifier]:
    notifier = SemaphoreNotifier()
    return notifier, SemaphoreNotifier(notifier.fd)


def test_an_earlier_notification_ends_one_wait_at_once(ends: tuple[Notifier, Notifier]) -> None:
    ringer, waiter = ends
    ringer.notify()
    assert waiter.wait(NEVER)
    assert not waiter.wait(0)


def test_many_notifications_are_one(ends: tuple[Notifier, Notifier]) -> None:
    ringer, waiter = ends
    for count in (2, 1000):
        for _ in range(count):
            ringer.notify()
        assert waiter.wait(NEVER)
        assert not waiter.wait(0)


@pytest.mark.parametrize("timeout", [0, 0.0001, 0.002])
def test_a_timeout_returns_false_and_changes_nothing(ends: tuple[Notifier, Notifier], timeout: float) -> None:
    ringer, waiter = ends
    assert not waiter.wait(timeout)
    assert not waiter.wait(timeout)
    ringer.notify()
    assert waiter.wait(NEVER)
    assert not waiter.wait(timeout)


def test_a_negative_timeout_is_no_error(ends: tuple[Notifier, Notifier]) -> None:
    """``deadline - now`` may be negative."""
    ringer, waiter = ends
    assert not waiter.wait(-0.5)
    ringer.notify()
    assert waiter.wait(-0.5)


@contextmanager
def alarms(handler: Callable[..., None]) -> Iterator[None]:
    """Signals at intervals, so that one arrives during the wait."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.timeout(NEVER - 10, method="thread")  # SIGALRM is this test's own
def test_signal_ends_a_wait() -> None:
    notifier, heard = SemaphoreNotifier(), []
    with alarms(lambda number, _: heard.append(number)):
        notifier.wait(NEVER)
    assert heard
    assert not notifier.wait(0)


@pytest.mark.timeout(NEVER - 10, method="thread")
def test_a_notification_in_a_signal_handler_ends_the_wait(ends: tuple[Notifier, Notifier]) -> None:
    """As a stage's SIGTERM handler does."""
    ringer, waiter = ends
    with alarms(lambda *_: ringer.notify()):
        assert waiter.wait(NEVER)


@pytest.mark.timeout(NEVER - 10, method="thread")
def test_a_signal_handler_that_raises_leaves_the_notifier_usable(ends: tuple[Notifier, Notifier]) -> None:
    ringer, waiter = ends

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), alarms(stop):
        waiter.wait(NEVER)
    assert not waiter.wait(0)
    ringer.notify()
    assert waiter.wait(NEVER)


@pytest.mark.timeout(30)  # else a wait has no end
def test_a_second_waiter_may_take_a_notification_but_costs_no_time() -> None:
    """A stopped process that resumes waits on the same notifier as its replacement, and may take its notifications."""
    waiter, other = pair()

    def scene(notified: bool, moment: int) -> bool:
        if notified:
            other.notify()
        with Stopped(lambda: waiter.wait(0.001), notifier, moment) as waiting:
            other.wait(0.001)
            waiting.go_on()
        other.wait(0)
        return waiting.over

    every_moment(partial(scene, False))
    every_moment(partial(scene, True))
    waiter.notify()
    assert other.wait(NEVER)


def test_event_notifier_clear() -> None:
    notifier = EventNotifier()
    assert not notifier.clear()
    notifier.notify()
    notifier.notify()
    assert notifier.clear()
    assert not notifier.clear()


def test_a_full_eventfd_is_notified_already() -> None:
    notifier = EventNotifier()
    os.eventfd_write(notifier.fd, (1 << 64) - 2)
    notifier.notify()
    assert notifier.wait(NEVER)
    assert not notifier.clear()


def test_event_notifier_closes_its_descriptor() -> None:
    notifier = EventNotifier()
    fd = notifier.fd
    del notifier
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_semaphore_leaves_no_name_and_no_descriptor() -> None:
    names, fds = set(os.listdir(SHM)), set(os.listdir("/proc/self/fd"))
    notifier, other = pair()
    assert not [name for name in set(os.listdir(SHM)) - names if name.startswith("sem.steadyvoice")]
    assert stat.S_IMODE(os.fstat(notifier.fd).st_mode) == 0o600
    del notifier
    other.notify()
    assert other.wait(NEVER)
    del other
    assert set(os.listdir("/proc/self/fd")) == fds


def test_a_descriptor_of_another_kind_is_an_error() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        SemaphoreNotifier(1 << 20)


def test_a_name_left_by_a_dead_process_is_reused() -> None:
    left = posix_ipc.Semaphore(None, posix_ipc.O_CREX)
    notifier = SemaphoreNotifier(name=left.name)
    assert not (SHM / f"sem.{left.name[1:]}").exists()
    left.release()
    assert not notifier.wait(0)
