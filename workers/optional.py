"""Loading of optional code and files: an engine, a voice, a family of converters, a converter, a cache, a folder.

Each is loaded through `attempt`, which turns an exception into one report to the supervisor; the process continues
without what failed. `attempt` also announces each load, so that the supervisor can leave it out of the next process if
this one dies or hangs there.
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
"""The reason, by `Loading.what`. A forked stage inherits the forkserver's entries."""
_loading: list[str] = []
"""What this process is loading, outermost first: loads may be nested."""


def _print(message: Loading | LeftOut) -> None:
    if isinstance(message, LeftOut) and message.reason:
        print(f"{one_line(message.what)} is left out: {message.reason}", file=sys.stderr, flush=True)


_send: Callable[[Loading | LeftOut], object] = _print


def report_to(send: Callable[[Loading | LeftOut], object]) -> None:
    """Send reports with ``send`` from now on; before, they go to standard error."""
    global _send
    _send = send


def leave_out(what: str, reason: str | BaseException) -> None:
    """Record that this process does without ``what``; report it once."""
    what = one_line(what, NAME_CHARS)
    if what not in left_out:
        left_out[what] = one_line(reason) if isinstance(reason, str) else describe(reason)
        _send(LeftOut(what, left_out[what]))


def try_again(what: str) -> None:
    """Forget that ``what`` was left out, because it has changed; this process's supervisor forgets it, too."""
    what = one_line(what, NAME_CHARS)
    left_out.pop(what, None)
    _send(LeftOut(what, ""))


def exclude(whats: Iterable[str]) -> None:
    """As `leave_out`, for what the supervisor has already reported."""
    left_out.update(dict.fromkeys(whats, "a process ended or hung while it loaded it"))


def attempt(what: str, load: Callable[[], T]) -> T | None:
    """The result of ``load``; None if it raises anything, which leaves ``what`` out, or if it was left out before."""
    what = one_line(what, NAME_CHARS)
    if what in left_out:
        return None
    try:
        with _announced(what):
            return load()
    except Signal:
        raise
    except BaseException as error:  # a plugin may raise SystemExit, KeyboardInterrupt or any other
        leave_out(what, error)
        return None


@contextmanager
def _announced(what: str) -> Iterator[None]:
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
    """As `paths.added`; folders that cannot be read are left out."""
    return paths.added(kind, leave_out)
