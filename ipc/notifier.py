"""Wake-ups between processes. A notification carries no data: the woken process reads the counters of its rings.

A stage waits on a single notifier, its own. The producer of its input, the consumer of its output and the supervisor
notify it. A notification while the stage is awake ends its next wait; a lost one costs one timeout.
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
"""A semaphore cannot be created."""


class Notifier(Protocol):
    def notify(self) -> None: ...

    def wait(self, timeout: float) -> bool:
        """Sleep until notified, for at most ``timeout`` seconds; True if notified. Clears all notifications so far."""
        ...


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sem_clockwait.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Timespec))
_now = ctypes.PyDLL(None)  # calls that never block, so that they need not release the interpreter lock
_now.sem_post.argtypes = _now.sem_trywait.argtypes = (ctypes.c_void_p,)
_now.sem_init.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_uint)


class SemaphoreNotifier:
    """A POSIX semaphore between stages: 20 microseconds from ``notify`` to wake-up.

    posix_ipc creates it under a name that is removed at once. Processes receive a descriptor of its memory instead, so
    that a replacement can have it too and a crash leaves no name behind. Waiting is sem_clockwait(3) on the
    monotonic clock (glibc 2.30), because posix_ipc measures timeouts on the wall clock: if that were set back by an
    hour, a stage would sleep for an hour.
    """

    def __init__(self, fd: int | None = None, name: str = "") -> None:
        """fd: descriptor of an existing semaphore, which the caller keeps; None: create one. Error; OSError.

        name: temporary name of a new semaphore. If this process dies before the name is removed, the next semaphore
        of the same name removes it.
        """
        self.fd = _make(name or f"/steadyvoice-{uuid.uuid4().hex}") if fd is None else os.dup(fd)
        self._memory = mmap.mmap(self.fd, 0)
        self._handle = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(self._memory)))
        self._post: Callable[[], int] = partial(
            _now.sem_post, self._handle
        )  # bound once: that is most of a call's cost
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
            return True  # further notifications stay: they end the next wait early, which is harmless
        if ctypes.get_errno() == errno.EINTR:  # a signal handler has run, and may have set a flag
            return True
        # Post, then take: a full memory barrier, so that on a weakly ordered machine the counters are read afresh.
        self._post()
        self._try_wait()  # fails where another waiter has taken it
        return False

    def _take(self) -> bool:
        """Clear all notifications; return whether there were any."""
        notified = False
        while not self._try_wait():
            notified = True
        return notified

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)


def _make(name: str) -> int:
    """Create a semaphore of value 0; return the descriptor of its memory."""
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
    """Where /dev/shm is missing, full or not writable: the same structure in a memfd."""
    fd = shm.create("semaphore", mmap.PAGESIZE)
    memory = ctypes.c_char.from_buffer(mmap.mmap(fd, 0))
    _now.sem_init(ctypes.byref(memory), True, 0)  # True: for several processes
    return fd


class EventNotifier:
    """An eventfd for an event loop or a client. This object owns the descriptor and closes it."""

    def __init__(self, fd: int | None = None) -> None:
        self.fd = _make_event() if fd is None else fd
        self._poll = select.poll()
        self._poll.register(self.fd, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(self.fd, select.POLLOUT)

    def notify(self) -> None:
        if self._writable.poll(0):  # a full eventfd is notified already, and a client may have made it blocking
            with contextlib.suppress(BlockingIOError):
                os.eventfd_write(self.fd, 1)

    def clear(self) -> bool:
        return self.wait(0)

    def wait(self, timeout: float) -> bool:
        if not self._poll.poll(max(0, int(timeout * 1000))):
            return False  # without a read, which would block where a client has made the eventfd blocking
        try:
            return os.eventfd_read(self.fd) > 0
        except BlockingIOError:
            return False

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)


def _make_event() -> int:
    """Create an eventfd, else a socket connected to itself, which is written, read and polled in the same way."""
    try:
        return os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    except OSError as error:
        if not refusals.is_refused(error, errno.EINVAL):
            raise
        refusals.note("eventfd2", error.errno)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as own:
        own.bind("")  # the kernel assigns a name
        own.connect(own.getsockname())
        return own.detach()
