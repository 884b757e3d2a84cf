"""Wake-ups. A bell carries no information: who hears it looks at the counters, which are the truth.

A stage waits on one bell, its own, whoever rings it: the producer of its input, the consumer of its output,
the supervisor. Rung while nobody waits, it stays rung once; a ring that gets lost costs one timeout.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import select
import socket
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Protocol

import posix_ipc

from steadyvoice.ipc import refusals, shm

Error = posix_ipc.Error
"""No semaphore is to be had."""


class Notifier(Protocol):
    def notify(self) -> None: ...

    def wait(self, timeout: float) -> bool:
        """Sleep until rung or ``timeout`` seconds are over; True if rung. Rings from before the call are forgotten."""
        ...


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sem_clockwait.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Timespec))
_now = ctypes.PyDLL(None)  # for what never waits: the interpreter need not be let go
_now.sem_post.argtypes = _now.sem_trywait.argtypes = (ctypes.c_void_p,)
_now.sem_init.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_uint)


class SemaphoreNotifier:
    """Between stages: a POSIX semaphore, 20 microseconds from ring to wake-up.

    posix_ipc makes it, under a name that is removed at once: a descriptor of its memory is passed on instead, so that
    a stage's successor can have it too, and whatever dies leaves nothing behind. posix_ipc measures a timeout on the
    wall clock: set back by an hour, it would let a stage sleep for an hour. So the waiting is sem_clockwait(3) on the
    monotonic clock (glibc 2.30).
    """

    def __init__(self, fd: int | None = None, name: str = "") -> None:
        """fd: another's of the same bell; it stays the caller's. Error or OSError where a new one is not to be had.

        name: what a new one is called for a moment, if it matters who clears it away should he die in that moment: who
        makes the next one of that name.
        """
        self.fd = _make(name or f"/steadyvoice-{uuid.uuid4().hex}") if fd is None else os.dup(fd)
        self._memory = mmap.mmap(self.fd, 0)
        self._handle = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(self._memory)))
        self._post: Callable[[], int] = partial(_now.sem_post, self._handle)  # made once: most of a call's cost
        self._try_wait: Callable[[], int] = partial(_now.sem_trywait, self._handle)
        self._until = _Timespec()
        self._until_ref = ctypes.byref(self._until)

    def notify(self) -> None:
        self._post()

    def wait(self, timeout: float) -> bool:
        if self._take():
            return True
        until = time.monotonic_ns() + int(max(0.0, timeout) * 1e9)
        self._until.seconds, self._until.nanoseconds = divmod(until, 1_000_000_000)
        if not _libc.sem_clockwait(self._handle, time.CLOCK_MONOTONIC, self._until_ref):
            return True  # at once: what was rung since then costs a look at nothing, the next time
        if ctypes.get_errno() == errno.EINTR:  # a signal's handler has run: let it be looked at
            return True
        # Post, then take: on a weakly ordered machine the counters read next are at least this fresh.
        self._post()
        self._try_wait()  # fails where another who waits here has been quicker
        return False

    def _take(self) -> bool:
        """All rings until now; whether there were any."""
        rung = False
        while not self._try_wait():
            rung = True
        return rung

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)


def _make(name: str) -> int:
    """A new semaphore, 0; return the descriptor of its memory."""
    try:
        return _named(name)
    except (Error, OSError) as error:  # posix_ipc's own errors carry no number
        number = error.errno if isinstance(error, OSError) else errno.EACCES
        fd = _unnamed()
        refusals.note("sem_open", number)
        return fd


def _named(name: str) -> int:
    with contextlib.suppress(posix_ipc.ExistentialError):
        posix_ipc.unlink_semaphore(name)
    posix_ipc.Semaphore(name, posix_ipc.O_CREX).close()
    try:
        return os.open(f"/dev/shm/sem.{name[1:]}", os.O_RDWR | os.O_CLOEXEC)  # sem_overview(7)
    finally:
        posix_ipc.unlink_semaphore(name)


def _unnamed() -> int:
    """Where /dev/shm is missing, full or not writable: what sem_open(3) makes there, in memory of our own."""
    fd = shm.create("semaphore", mmap.PAGESIZE)
    memory = ctypes.c_char.from_buffer(mmap.mmap(fd, 0))
    _now.sem_init(ctypes.byref(memory), True, 0)  # True: for several processes
    return fd


class EventNotifier:
    """For an event loop or a client: an eventfd, passed by descriptor and closed with this object."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = _make_event() if fd is None else fd
        self._poll = select.poll()
        self._poll.register(self.fd, select.POLLIN)
        self._room = select.poll()
        self._room.register(self.fd, select.POLLOUT)

    def notify(self) -> None:
        if self._room.poll(0):  # else it is full, and rung already; who holds it too may have made it block
            with contextlib.suppress(BlockingIOError):
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


def _make_event() -> int:
    """An eventfd; else a socket connected to itself, which is written, read and polled in the same way."""
    try:
        return os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    except OSError as error:
        if not refusals.is_refused(error, errno.EINVAL):
            raise
        refusals.note("eventfd2", error.errno)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as own:
        own.bind("")  # the kernel gives it a name
        own.connect(own.getsockname())
        return own.detach()
