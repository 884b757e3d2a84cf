"""System calls that the kernel, or a container's filter, refuses to this process, and what it does without each."""

import errno
from typing import Final

import msgspec

_REFUSED: Final = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP}
"""For a right that is missing, by a filter, or because the kernel does not have it."""


class Refusal(msgspec.Struct, frozen=True):
    call: str
    """As its manual page is named, with the argument that matters: ``prctl(PR_SET_PDEATHSIG)``."""
    why: str
    """The error's name, such as EPERM."""
    effect: str
    """What is different without it."""


_noted: dict[str, Refusal] = {}


def is_refused(error: OSError, *also: int) -> bool:
    """Whether the call cannot be had at all; else this one failed, as for a lack of memory or descriptors.

    also: errors that mean the same for this call, such as EINVAL where the kernel may not know the argument.
    """
    return error.errno in _REFUSED or error.errno in also


def note(call: str, number: int | None, effect: str) -> None:
    """This process does without the call from now on. number: the error's."""
    _noted.setdefault(call, Refusal(call, name(number), effect))


def noted() -> list[Refusal]:
    """In the order in which they were refused, each call once."""
    return list(_noted.values())


def name(number: int | None) -> str:
    """Of an error: EPERM for 1."""
    return errno.errorcode.get(number or 0, str(number))
