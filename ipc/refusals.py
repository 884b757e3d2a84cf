"""System calls that the kernel or a container's filter refuses to this process, and the effect of each refusal."""

import errno
from typing import Final

import msgspec

_REFUSED: Final = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP}
"""Errors of a missing permission, a filter, or a kernel without the call."""

_INLINE: Final = "clients get their samples in events instead of shared memory"
_ORDINARY: Final = "no real-time scheduling: gaps where other programs compute"

EFFECTS: Final = {
    "clone3": "the daemon forks the stages itself, and libraries cannot start threads",
    "epoll_create1": "asyncio's event loop in place of uvloop's, which is quicker",
    "eventfd2": "wake-ups of event loops go through sockets, and asyncio's loop is in place of uvloop's",
    "fallocate": "shared memory is taken by writing to it",
    "fcntl(F_ADD_SEALS)": _INLINE,
    "flock": "the socket's lock is one of fcntl(2)",
    "getsockopt(SO_PEERCRED)": "only the mode of the socket's file keeps other users out",
    "memfd_create": f"shared memory is an unlinked file, and {_INLINE}",
    "mlockall": "memory may be paged out",
    "pidfd_open": "the end of a stage is looked for a hundred times a second",
    "prctl(PR_SET_CHILD_SUBREAPER)": "stages are executed instead of forked: each start takes longer",
    "prctl(PR_SET_PDEATHSIG)": "a stage ends up to a second later than a daemon that was killed",
    "prlimit64(RLIMIT_DATA)": "limits.stage_mib has no effect",
    "prlimit64(RLIMIT_NOFILE)": "the limit on open files stays, and with it how many clients there can be",
    "prlimit64(RLIMIT_RTTIME)": _ORDINARY,
    "sched_getaffinity": "every core that is online counts as available",
    "sched_getscheduler": "threads of libraries and long computations keep the scheduling that they have",
    "sched_setaffinity": "stages are not pinned to cores",
    "sched_setscheduler": _ORDINARY,
    "sem_open": "semaphores are made in shared memory of their own",
}
"""The effect of each refusal that the program tolerates. Key: name of the manual page, with the relevant argument."""


class Refusal(msgspec.Struct, frozen=True):
    call: str
    """A key of EFFECTS."""
    why: str
    """The error's name, such as EPERM."""
    effect: str
    """The value in EFFECTS."""


_noted: dict[str, Refusal] = {}


def is_refused(error: OSError, *also: int) -> bool:
    """Whether the system refuses the call in general, unlike a lack of memory or descriptors.

    also: further errors that mean a refusal of this call, such as EINVAL for an argument unknown to the kernel.
    """
    return error.errno in _REFUSED or error.errno in also


def note(call: str, number: int | None) -> None:
    """Record that this process works without the call. number: the errno."""
    _noted.setdefault(call, Refusal(call, name(number), EFFECTS[call]))


def noted() -> list[Refusal]:
    """All refusals in order, each call once."""
    return list(_noted.values())


def name(number: int | None) -> str:
    """Name of an errno: EPERM for 1."""
    return errno.errorcode.get(number or 0, str(number))
