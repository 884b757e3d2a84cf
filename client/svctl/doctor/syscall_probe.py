"""Tries system calls as the daemon makes them, in its own process: ``python -I -S syscall_probe.py CALL…``.

Prints the name before each call and the error number after it, 0 for success. If a filter kills the process, the
last name stands alone. Imports nothing of this package.
"""

import ctypes
import fcntl
import os
import resource
import select
import socket
import sys
from collections.abc import Callable

_PRIORITY = 40
"""The highest SCHED_FIFO priority that a stage uses."""
_RUNAWAY_US = 3_000_000
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_MCL_CURRENT, _MCL_ONFAULT = 1, 4
_libc = ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "")


def _memory() -> int:
    return os.memfd_create("steadyvoice-doctor", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def _keep_limit(which: int, most: int = resource.RLIM_INFINITY) -> None:
    hard = resource.getrlimit(which)[1]
    limit = hard if most == resource.RLIM_INFINITY else most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (limit, limit))


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _spawn() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-ISc", ""], os.environ), 0)


def _send() -> None:
    ours, theirs = _pair()
    with ours, theirs:
        socket.send_fds(ours, [b"0"], [ours.fileno()])


def _receive() -> None:
    ours, theirs = _pair()
    with ours, theirs:
        ours.send(b"0")
        theirs.recvmsg(1, socket.CMSG_LEN(4))


def _peer() -> None:
    ours, theirs = _pair()
    with ours, theirs:
        ours.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)


def _on_memory(call: Callable[[int], object]) -> None:
    """Run a call on a memfd, which needs no writable folder. Skipped without memfd_create, which is probed itself."""
    try:
        fd = _memory()
    except OSError:
        return
    try:
        call(fd)
    finally:
        os.close(fd)


PROBES: dict[str, Callable[[], object]] = {
    "clone3": _spawn,
    "epoll_create1": lambda: select.epoll().close(),
    "eventfd2": lambda: os.eventfd(0, os.EFD_CLOEXEC),
    "fallocate": lambda: _on_memory(lambda fd: os.posix_fallocate(fd, 0, 4096)),
    "fcntl(F_ADD_SEALS)": lambda: _on_memory(lambda fd: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)),
    "flock": lambda: _on_memory(lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "getsockopt(SO_PEERCRED)": _peer,
    "memfd_create": _memory,
    "mlockall": lambda: _call(_libc.mlockall(_MCL_CURRENT | _MCL_ONFAULT)),
    "pidfd_open": lambda: os.close(os.pidfd_open(os.getpid())),
    "prctl(PR_SET_CHILD_SUBREAPER)": lambda: _call(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)),
    "prctl(PR_SET_PDEATHSIG)": lambda: _call(_libc.prctl(_PR_SET_PDEATHSIG, 0)),
    "prlimit64(RLIMIT_NOFILE)": lambda: _keep_limit(resource.RLIMIT_NOFILE),
    "prlimit64(RLIMIT_RTTIME)": lambda: _keep_limit(resource.RLIMIT_RTTIME, _RUNAWAY_US),
    "recvmsg(SCM_RIGHTS)": _receive,
    "sched_getaffinity": lambda: os.sched_getaffinity(0),
    "sched_getscheduler": lambda: (os.sched_getscheduler(0), os.sched_getparam(0)),
    "sched_setaffinity": lambda: os.sched_setaffinity(0, [_libc.sched_getcpu()]),
    "sched_setscheduler": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY)),
    "sendmsg(SCM_RIGHTS)": _send,
}


def main() -> None:
    for call in sys.argv[1:]:
        print(call, end=" ", flush=True)
        try:
            PROBES[call]()
        except OSError as error:
            print(error.errno or 0, flush=True)
        else:
            print(0, flush=True)


if __name__ == "__main__":
    main()
