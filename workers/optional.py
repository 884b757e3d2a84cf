"""Optional code and files: an engine, a voice, a family of converters, a converter, a cache, a folder.

Each is called through `attempt`: what it raises is one report to the supervisor, and the process goes on without it.
Before the call the supervisor hears what is loaded, so that it can leave that out of the next process where this one
ends or hangs there.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from steadyvoice.ipc import paths
from steadyvoice.ipc.errors import Signal, describe, one_line
from steadyvoice.ipc.stage_protocol import LeftOut, Loading

T = TypeVar("T")

NAME_CHARS: Final = 400
left_out: dict[str, str] = {}
"""Why, by what it is (`Loading.what`). A stage has those of the forkserver too."""
_loading: list[str] = []
"""What this process loads, the outermost first."""


def _print(message: Loading | LeftOut) -> None:
    if isinstance(message, LeftOut):
        print(f"{one_line(message.what)} is left out: {message.reason}", file=sys.stderr, flush=True)


_send: Callable[[Loading | LeftOut], object] = _print


def report_to(send: Callable[[Loading | LeftOut], object]) -> None:
    """Have reports go there; to standard error where nobody said so."""
    global _send
    _send = send


def leave_out(what: str, reason: str | BaseException) -> None:
    """Do without it from now on. Reported once."""
    what = one_line(what, NAME_CHARS)
    if what not in left_out:
        left_out[what] = one_line(reason) if isinstance(reason, str) else describe(reason)
        _send(LeftOut(what, left_out[what]))


def exclude(whats: Iterable[str]) -> None:
    """As `leave_out`, for what the supervisor knows of already."""
    left_out.update(dict.fromkeys(whats, "a process ended or hung while it loaded it"))


def attempt(what: str, load: Callable[[], T]) -> T | None:
    """Call it; None where it raises anything, which leaves it out, and where it was left out before."""
    what = one_line(what, NAME_CHARS)
    if what in left_out:
        return None
    try:
        with _told(what):
            return load()
    except Signal:
        raise
    except BaseException as error:  # a plugin may raise SystemExit, KeyboardInterrupt, or one of its own
        leave_out(what, error)
        return None


@contextmanager
def _told(what: str) -> Iterator[None]:
    _loading.append(what)
    _send(Loading(what))
    try:
        yield
    finally:
        _loading.pop()
        _send(Loading(_loading[-1] if _loading else ""))


def is_left_out(what: str) -> bool:
    return one_line(what, NAME_CHARS) in left_out


def folders(kind: str) -> dict[Path, list[str]]:
    """As `paths.added`; what cannot be read is left out."""
    return paths.added(kind, leave_out)
