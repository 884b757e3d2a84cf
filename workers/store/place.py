"""Atomic changes of the store, even if the process is killed in between."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Final

from steadyvoice.ipc import paths
from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.workers.store import access

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_AWAY: Final = ".away"
"""Incomplete or removed folders, which are deleted."""
_OLD: Final = ".old"
"""A folder that is being replaced; restored if the replacement did not complete."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Refusal(SteadyvoiceError):
    """The request cannot be carried out; nothing has changed."""

    status: int = 1


class Misuse(Refusal):
    """The request itself is invalid."""

    status = 2


class Place:
    """The folder of one kind of models, locked for one process until the end of the ``with``.

    An incomplete change is deleted at the end, also on SIGINT, SIGTERM and SIGHUP; that of a killed process is deleted
    when the next process locks the folder.
    """

    def __init__(self, kind: str) -> None:
        self.folder = paths.store(kind)

    def __enter__(self) -> "Place":
        access.make_folders(self.folder)
        self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        self._umask = os.umask(0o077)  # incomplete folders are private until settle() sets their mode
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another svctl that changes {self.folder}", file=sys.stderr, flush=True)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._mend()
        self._before = {number: signal.signal(number, self._leave) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._mend()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.umask(self._umask)
        os.close(self._lock)

    def taken(self, name: str) -> bool:
        return os.path.lexists(self.folder / name)

    def free(self, name: str, replace: bool) -> None:
        """Refusal where the name exists and ``replace`` is false. ``put`` checks again."""
        if self.taken(name) and not replace:
            raise Refusal(f"{self.folder / name} exists already; choose another --name, or replace it with --replace")

    def new(self, name: str) -> Path:
        """A path that does not exist yet, to create the new folder or file at."""
        (self.folder / _AWAY).mkdir()
        return self.folder / _AWAY / name

    def put(self, name: str, replace: bool) -> Path:
        """Move the result at ``new(name)`` to its final path, readable like the folder, and sync it to the disk."""
        self.free(name, replace)
        access.settle(_AWAY, self._lock)
        target = self.folder / name
        if self.taken(name):
            (self.folder / _OLD).mkdir()
            target.rename(self.folder / _OLD / name)
        (self.folder / _AWAY / name).rename(target)
        os.fsync(self._lock)
        return target

    def remove(self, name: str) -> None:
        """Remove atomically. FileNotFoundError."""
        (self.folder / name).rename(self.new(name))

    def _mend(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            for old in (self.folder / _OLD).iterdir():
                if not self.taken(old.name):
                    old.rename(self.folder / old.name)
        for left in (_OLD, _AWAY):
            shutil.rmtree(self.folder / left, ignore_errors=True)

    def _leave(self, number: int, _: object) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self._mend()
        if sys.stderr.isatty():
            os.write(2, b"\r\x1b[K")  # clear a progress bar and the echo of Ctrl-C
        os._exit(128 + number)


def valid(name: str) -> str:
    """Return the name. Misuse where it is invalid."""
    if not _NAME.fullmatch(name):
        raise Misuse(
            f"{one_line(name, 80)!r} cannot be a name: at most 64 letters, digits, '-', '_' and '.', the first one a "
            "letter, a digit or '_'; choose one with --name"
        )
    return name
