"""Traces in files: what preceded an underrun or a stage's death, so that it can be looked at afterwards."""

import errno
import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from steadyvoice.daemon.tracing import gather
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc import mounts, paths
from steadyvoice.ipc.errors import describe
from steadyvoice.ipc.flight_recorder import Snapshot

log = logging.getLogger("svd")

MAX_FILES: Final = 16
"""Of at most half a megabyte each; the oldest are deleted."""
INTERVAL_S: Final = 10.0
"""What follows within this time is in the next file, or in none."""
_PAUSE_S: Final = 0.5
"""Until the file is written: a stage that has died is replaced first."""
_AT_ONCE: Final = 64
"""Records that are read before the event loop may run."""


class Keeper:
    """Files are written by a thread of their own, which neither the event loop nor the daemon's end waits for."""

    def __init__(self) -> None:
        self.kept = 0
        """Files since the daemon's start."""
        self.last = ""
        """Path of the latest."""
        self.problem = ""
        """Why the last trace could not be kept."""
        self._due_at = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self._due_at

    def keep(self, why: str, kind: str, known: Sequence[Known], snapshot: Snapshot) -> None:
        """kind: for the file's name. snapshot: what is kept of the flight recorder."""
        self._due_at = time.monotonic() + INTERVAL_S
        try:
            threading.Thread(target=self._keep, args=(why, kind, known, snapshot), name="trace", daemon=True).start()
        except RuntimeError as error:  # a container may refuse threads
            self._fail(error)

    def _keep(self, why: str, kind: str, known: Sequence[Known], snapshot: Snapshot) -> None:
        time.sleep(_PAUSE_S)
        try:
            folder = _folder()
            path = folder / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}-{kind}.json"
            data = _encoded(why, known, snapshot)
            write(path, data)
        except OSError as error:
            self._fail(error)
        else:
            self.kept, self.last, self.problem = self.kept + 1, str(path), ""
            log.info("%s; what preceded it: svctl trace -f %s", why, path)

    def _fail(self, error: Exception) -> None:
        problem = f"no trace can be kept: {describe(error)}"
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


def _encoded(why: str, known: Sequence[Known], snapshot: Snapshot) -> bytes:
    gathering = gather.Gathering(known)
    for at, record in enumerate(snapshot.records(gathering.ids), 1):
        gathering.add(record)
        if at % _AT_ONCE == 0:
            time.sleep(0)  # gives the interpreter to the event loop
    return msgspec.json.encode(gather.now(gathering, why))


def _folder() -> Path:
    """OSError where it cannot be had, or is on a network mount, which may never answer."""
    folder = paths.state("traces")
    if not mounts.is_local(str(folder)):
        raise OSError(errno.EREMOTEIO, "the folder is on a network mount", str(folder))
    return folder


def write(path: Path, data: bytes) -> None:
    """Write the file, which appears when it is complete; delete the oldest of its folder beyond MAX_FILES. OSError."""
    folder = path.parent
    _check_owner(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)[: 1 - MAX_FILES]:
        old.unlink(missing_ok=True)
    part = path.with_suffix(".part")
    try:
        part.touch(0o600)
        part.write_bytes(data)
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _check_owner(folder: Path) -> None:
    """PermissionError for root in a user's home: that user's daemon could not write there any more."""
    while not os.path.lexists(folder):
        folder = folder.parent
    if os.geteuid() == 0 != folder.stat().st_uid:
        raise PermissionError(errno.EPERM, "it belongs to another user, and root writes no trace there", str(folder))
