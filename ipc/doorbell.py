"""Wake-ups. A bell carries no information: who hears it looks at the counters, which are the truth.

A stage waits on one bell, its own, whoever rings it: the producer of its input, the consumer of its output,
the supervisor. Rung while nobody waits, it stays rung once; a ring that gets lost costs one timeout.
"""

import contextlib
import ctypes
import errno
import os
import select
import time
from typing import Protocol

import posix_ipc

Error = posix_ipc.Error
"""No semaphore is to be had: another user's of the same name, or no rights."""


class Bell(Protocol):
    def ring(self) -> None: ...

    def wait(self, timeout: float) -> bool:
        """Sleep until rung or ``timeout`` seconds are over; True if rung. Rings from before the call are forgotten."""
        ...


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sem_open.restype = ctypes.c_void_p
_libc.sem_clockwait.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Timespec))
_libc.sem_close.argtypes = (ctypes.c_void_p,)


class SemaphoreBell:
    """Between stages: a named POSIX semaphore, 20 microseconds from ring to wake-up, no descriptor.

    posix_ipc measures a timeout on the wall clock: set back by an hour, it would let a stage sleep for an hour.
    So the waiting is sem_clockwait(3) on the monotonic clock (glibc 2.30).
    """

    def __init__(self, name: str, *, create: bool = False) -> None:
        self._semaphore = posix_ipc.Semaphore(name, posix_ipc.O_CREX if create else 0)
        self._handle = ctypes.c_void_p(_libc.sem_open(name.encode(), 0))
        if not self._handle:
            raise posix_ipc.ExistentialError(f"the semaphore {name} has just been removed")
        self._until = _Timespec()
        self._until_ref = ctypes.byref(self._until)

    def ring(self) -> None:
        self._semaphore.release()

    def wait(self, timeout: float) -> bool:
        semaphore = self._semaphore
        if not semaphore.value:
            until = time.monotonic_ns() + int(max(0.0, timeout) * 1e9)
            self._until.seconds, self._until.nanoseconds = divmod(until, 1_000_000_000)
            if _libc.sem_clockwait(self._handle, time.CLOCK_MONOTONIC, self._until_ref):
                if ctypes.get_errno() == errno.EINTR:  # a signal's handler has run: let it be looked at
                    return True
                # Release, then acquire: on a weakly ordered machine the counters read next are at least this fresh.
                semaphore.release()
                with contextlib.suppress(posix_ipc.BusyError):  # another who waits here has been quicker
                    semaphore.acquire(0)
                return False
            return True  # at once: what was rung since then costs a look at nothing, the next time
        with contextlib.suppress(posix_ipc.BusyError):  # a stopped predecessor that came back has taken one
            for _ in range(semaphore.value):
                semaphore.acquire(0)
        return True

    def close(self) -> None:
        _libc.sem_close(self._handle)
        self._semaphore.close()


def unlink(name: str) -> None:
    """Remove the semaphore's name, if it is there. Who has it open keeps it."""
    with contextlib.suppress(posix_ipc.ExistentialError):
        posix_ipc.unlink_semaphore(name)


class EventBell:
    """For an event loop or a client: an eventfd, passed by descriptor and closed with this object."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK) if fd is None else fd
        self._poll = select.poll()
        self._poll.register(self.fd, select.POLLIN)

    def ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is rung already
            os.eventfd_write(self.fd, 1)

    def clear(self) -> bool:
        return self.wait(0)

    def wait(self, timeout: float) -> bool:
        if not self._poll.poll(max(0, int(timeout * 1000))):
            return False  # it is not read then: who holds it too, a client, may have made it block
        try:
            return os.eventfd_read(self.fd) > 0
        except BlockingIOError:
            return False

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)
