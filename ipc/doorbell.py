"""Wake-ups. A bell carries no information: who hears it looks at the counters, which are the truth.

A stage waits on one bell, its own, whoever rings it: the producer of its input, the consumer of its output,
the supervisor. Rung while nobody waits, it stays rung once; a ring that gets lost costs one timeout.
"""

import contextlib
import os
import select
from typing import Protocol

import posix_ipc

Error = posix_ipc.Error
"""No semaphore is to be had: another user's of the same name, or no rights."""


class Bell(Protocol):
    def ring(self) -> None: ...

    def wait(self, timeout: float) -> bool:
        """Sleep until rung or ``timeout`` seconds are over; True if rung. Forgets all rings heard so far."""
        ...


class SemaphoreBell:
    """Between stages: a named POSIX semaphore, 20 microseconds from ring to wake-up, no descriptor."""

    def __init__(self, name: str, *, create: bool = False) -> None:
        self._name = name
        self._semaphore = posix_ipc.Semaphore(name, posix_ipc.O_CREX if create else 0)

    def ring(self) -> None:
        self._semaphore.release()

    def wait(self, timeout: float) -> bool:
        semaphore = self._semaphore
        try:
            semaphore.acquire(max(0.0, timeout))
            for _ in range(semaphore.value):
                semaphore.acquire(0)
        except posix_ipc.BusyError:
            # Release, then acquire: on a weakly ordered machine the counters read next are at least this fresh.
            semaphore.release()
            semaphore.acquire()
            return False
        except posix_ipc.SignalError:
            return True
        return True

    def close(self) -> None:
        self._semaphore.close()


def unlink(name: str) -> None:
    """Remove the semaphore's name, if it is there. Who has it open keeps it."""
    with contextlib.suppress(posix_ipc.ExistentialError):
        posix_ipc.unlink_semaphore(name)


class EventBell:
    """For an event loop or a client: an eventfd, passed by descriptor and closed with this object."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK) if fd is None else fd

    def ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is rung already
            os.eventfd_write(self.fd, 1)

    def clear(self) -> bool:
        try:
            return os.eventfd_read(self.fd) > 0
        except BlockingIOError:
            return False

    def wait(self, timeout: float) -> bool:
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        poll.poll(max(0, int(timeout * 1000)))
        return self.clear()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)
