"""What voices and converters have in common: their names, the check of their files, the way in and out."""

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

from steadyvoice.ipc.errors import one_line
from steadyvoice.workers.store.place import Misuse, Place, Refusal, bring, valid

Kind = Literal["voices", "converters", "models"]
Done = dict[str, str]
"""What ``svctl --json`` prints of what was done."""

_FULL_BYTES: Final = 1 << 20
_GROUPS: Final = {"voices": "steadyvoice.engines", "converters": "steadyvoice.converters"}


def own(kind: Kind, name: str, replace: bool) -> str:
    """The name, where it is one, and free. Misuse where an engine or family of converters brings what is called so."""
    Place(kind).free(valid(name), replace)
    if not Place(kind).taken(name):
        for point in entry_points(group=_GROUPS[kind]):
            with contextlib.suppress(ImportError, AttributeError):  # one that does not load brings none
                if any(each.name == name and each.installed for each in getattr(point.load()(), kind)()):
                    raise Misuse(f"{name!r} belongs to {point.name}, which brings it itself; choose another --name")
    return name


def module(name: str) -> Any:
    """A module of ours that may load torch; ModuleNotFoundError without it."""
    return import_module(f"steadyvoice.workers.{name}")


def needs(*packages: str) -> None:
    """ModuleNotFoundError where one is not there: before anything is fetched for it, and without loading it."""
    for package in packages:
        if find_spec(package) is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def checked(checkpoint: str, source: Path) -> str:
    """What it is, in words. checkpoint: our module with its ``check``. Refusal where it is not what it should be."""
    if not source.exists():
        raise Refusal(f"there is no {one_line(str(source))}")
    reader = module(checkpoint)
    try:
        what: str = reader.check(source)
    except reader.BadCheckpoint as error:
        raise Refusal(one_line(str(error))) from error
    return what


def register(kind: Kind, name: str, what: str, make: Callable[[Path], object], replace: bool) -> Done:
    """What ``make`` makes at the path it is given is from then on there under that name, or nothing is."""
    with Place(kind) as place:
        place.free(name, replace)
        try:
            make(place.new(name))
        except (OSError, Refusal):
            raise
        except Exception as error:  # what torch and safetensors raise when they cannot write has no common class
            full = shutil.disk_usage(place.folder).free < _FULL_BYTES
            why = os.strerror(errno.ENOSPC) if full else one_line(str(error).partition("\n")[0], 200)
            raise Refusal(f"{place.folder}: {why}; nothing has changed") from error
        return done(kind, name, what, place.put(name, replace))


def directory(files: dict[str, Path]) -> Callable[[Path], None]:
    """Makes a directory with these files, by their new names."""

    def make(new: Path) -> None:
        new.mkdir()
        for name, source in files.items():
            bring(source, new / name)

    return make


def remove(kind: Kind, name: str, file: str = "") -> Done:
    """Only what was added. file: what it is called on the disk, where that is not its name."""
    with contextlib.suppress(FileNotFoundError, Misuse), Place(kind) as place:
        place.remove(valid(file or name))
        return {"kind": kind, "name": name, "what": "removed", "path": ""}
    raise Refusal(f"nothing that was added is called {one_line(name, 80)!r}; see {Place(kind).folder}")


def done(kind: Kind, name: str, what: str, path: Path) -> Done:
    return {"kind": kind, "name": name, "what": what, "path": str(path)}
