"""What svd asks of the kernel before it starts: what it does without, and the little that it cannot do without."""

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

_PLENTY: Final = 1 << 20


class KernelRefuses(SteadyvoiceError):
    """A system call is refused without which there is no speech."""

    def __init__(self, call: str, error: OSError) -> None:
        allow = "allow it in the seccomp profile of the container or the service (docs/systemd.md)"
        super().__init__(f"the kernel refuses {call} ({refusals.name(error.errno)}), which svd needs: {allow}")


def allow_descriptors() -> int:
    """Raise the limit on open files as far as that is allowed: a stream takes three, and nothing here uses select().

    Return the limit; where it is not known, more than are needed.
    """
    try:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError) as error:  # ValueError: not allowed
        number = getattr(error, "errno", None)
        refusals.note("prlimit64(RLIMIT_NOFILE)", number)
        return _PLENTY
    return most


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which cannot do without eventfd and epoll; else asyncio's own, which can."""
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


def require() -> None:
    """KernelRefuses where descriptors cannot be passed: the stages would not get their shared memory."""
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
