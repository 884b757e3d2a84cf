"""System calls that svd tries before it starts: those it has a substitute for, and those it needs."""

import asyncio
import os
import resource
import select
import socket
from collections.abc import Callable
from typing import Final

import uvloop

from steadyvoice.ipc import descriptors, refusals
from steadyvoice.ipc.errors import SteadyvoiceError

_UNKNOWN_LIMIT: Final = 1 << 20


class KernelRefuses(SteadyvoiceError):
    """The kernel refuses a system call that has no substitute."""

    def __init__(self, call: str, error: OSError) -> None:
        allow = "allow it in the seccomp profile of the container or the service (docs/systemd.md)"
        super().__init__(f"the kernel refuses {call} ({refusals.name(error.errno)}), which svd needs: {allow}")


def raise_descriptor_limit() -> int:
    """Raise the limit on open files to the hard limit, because a client stream needs three; nothing here uses select().

    Return the limit; where the kernel refuses, a number larger than svd needs.
    """
    try:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    except (OSError, ValueError) as error:  # ValueError: not allowed
        number = getattr(error, "errno", None)
        refusals.note("prlimit64(RLIMIT_NOFILE)", number)
        return _UNKNOWN_LIMIT
    return limit


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop, which needs eventfd and epoll; where the kernel refuses one of them, a loop of asyncio."""
    needed: dict[str, Callable[[], None]] = {
        "eventfd2": lambda: os.close(os.eventfd(0)),
        "epoll_create1": lambda: select.epoll().close(),
    }
    has_all = True
    for call, attempt in needed.items():
        try:
            attempt()
        except OSError as error:
            refusals.note(call, error.errno)
            has_all = False
    return uvloop.new_event_loop() if has_all else asyncio.new_event_loop()


def require_descriptor_passing() -> None:
    """KernelRefuses if descriptors cannot be passed, by which the stages get their shared memory."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        try:
            socket.send_fds(ours, [b"0"], [ours.fileno()])
        except OSError as error:
            raise KernelRefuses("sendmsg(SCM_RIGHTS)", error) from error
        try:
            _, fds = descriptors.receive(theirs, 1, 1)
        except OSError as error:
            raise KernelRefuses("recvmsg(SCM_RIGHTS)", error) from error
    descriptors.close_all(fds)
