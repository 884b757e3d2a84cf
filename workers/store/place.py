"""How files come into the store, and leave it: whole or not at all, whatever ends the process that does it."""

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
"""What is half made, or removed: it is deleted."""
_OLD: Final = ".old"
"""What is being replaced: it comes back where nothing took its place."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Refusal(SteadyvoiceError):
    """It is not done, and nothing has changed."""

    status: int = 1


class Misuse(Refusal):
    """Asked for in a way that can never be."""

    status = 2


class Place:
    """The folder of one kind. Whoever changes something in it has it for itself until the end of the ``with``.

    What is half done is deleted there and then, at SIGINT, SIGTERM and SIGHUP too, and what a killed process has left
    when the next one comes; so there is only ever one, and a lock on the folder itself tells whose it is.
    """

    def __init__(self, kind: str) -> None:
        self.folder = paths.store(kind)

    def __enter__(self) -> "Place":
        access.make_folders(self.folder)
        self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        self._umask = os.umask(0o077)  # what is half made is nobody else's; settle opens it
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
        """Refusal where there is such a thing already. Asked for again by ``put``, as it may come in the meantime."""
        if self.taken(name) and not replace:
            raise Refusal(f"{self.folder / name} exists already; choose another --name, or replace it with --replace")

    def new(self, name: str) -> Path:
        """Where to make it; nothing is there yet."""
        (self.folder / _AWAY).mkdir()
        return self.folder / _AWAY / name

    def put(self, name: str, replace: bool) -> Path:
        """What was made at ``new(name)`` gets its place, readable by whoever can read the folder, and on the disk."""
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
        """In one step it is not there any more; FileNotFoundError where it was not."""
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
            os.write(2, b"\r\x1b[K")  # what stood there of a bar, and the echo of Ctrl-C
        os._exit(128 + number)


def valid(name: str) -> str:
    """Misuse where it cannot be a name."""
    if not _NAME.fullmatch(name):
        raise Misuse(
            f"{one_line(name, 80)!r} cannot be a name: at most 64 letters, digits, '-', '_' and '.', the first one a "
            "letter, a digit or '_'; choose one with --name"
        )
    return name
