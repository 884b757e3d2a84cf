"""``svctl quit --purge``: removes the files that the program creates and can create again; lists the others."""

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from steadyvoice.ipc import paths

_PREPARED: Final = re.compile(r"[\w-]+-[0-9a-f]{16}\.\w+")
"""A file of the cache (workers/engines/hibari/cache.py), complete or not."""
_BLOCK: Final = re.compile(r"\w+-\d+-\d+")
"""A block file that daemon/scheduling/poison_block.py writes."""
_TRACE: Final = re.compile(r"[\dT-]+-(underrun|death)\.(json|part)")
"""A file that daemon/tracing/keeper.py writes."""


class Remains(NamedTuple):
    removed: list[str]
    failed: dict[str, str]
    """Reason by path."""
    kept: dict[str, str]
    """Description by path."""


def purge(socket: str, *, listening: bool) -> Remains:
    """Remove the cache, the state, the log, and the files of a killed daemon; other files in those folders stay.

    listening: systemd holds the socket, so it stays. Call it when no daemon runs.
    """
    remains = Remains([], {}, {})
    folders = _cache(), _state("traces"), _state("blocks")
    for folder, is_ours in zip(folders, (_PREPARED.fullmatch, _TRACE.fullmatch, _BLOCK.fullmatch), strict=True):
        if folder is not None:
            _empty(folder, is_ours, remains)
    for path in _of_socket(socket, listening):
        _remove(path, remains)
    for folder in (*folders, Path(socket).parent):
        _remove_empty(folder, remains)
    for kept, what in ((_data(), "voices and converters that were added"), (_configuration(), "your configuration")):
        if kept is not None and kept.exists():
            remains.kept[str(kept)] = what
    return remains


def _cache() -> Path | None:
    return _unless_no_home(paths.cache)


def _state(kind: str) -> Path | None:
    return _unless_no_home(lambda: paths.state(kind))


def _data() -> Path | None:
    return _unless_no_home(lambda: paths.store("voices").parent)


def _configuration() -> Path | None:
    return _unless_no_home(paths.configuration)


def _unless_no_home(find: Callable[[], Path]) -> Path | None:
    """None if there is no home directory."""
    try:
        return find()
    except OSError:
        return None


def _of_socket(socket: str, listening: bool) -> Iterator[str]:
    """The log that svctl made for the daemon; socket and lock of a killed daemon."""
    kinds = ((f"{socket}.log", stat.S_ISREG), (f"{socket}.lock", stat.S_ISREG))
    for path, is_kind in (*kinds, *(() if listening else ((socket, stat.S_ISSOCK),))):
        with contextlib.suppress(OSError):
            info = os.lstat(path)
            if (
                is_kind(info.st_mode)
                and info.st_uid == os.geteuid()
                and not (path.endswith(".lock") and _is_locked(path))
            ):
                yield path


def _is_locked(lock: str) -> bool:
    fd = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _empty(folder: Path, is_ours: Callable[[str], object], remains: Remains) -> None:
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return
    except OSError as error:
        remains.failed[str(folder)] = error.strerror or str(error)
        return
    for name in filter(is_ours, names):
        _remove(str(folder / name), remains)


def _remove(path: str, remains: Remains) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        remains.failed[path] = error.strerror or str(error)
    else:
        remains.removed.append(path)


def _remove_empty(folder: Path | None, remains: Remains) -> None:
    """Remove the folder and its parent if they are empty and named by Steadyvoice."""
    for each in (folder, folder.parent) if folder else ():
        if each.name.startswith("steadyvoice") or each.name in ("blocks", "traces"):
            with contextlib.suppress(OSError):
                os.rmdir(each)
                remains.removed.append(str(each))
