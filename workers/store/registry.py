"""What voices and converters have in common: their names, the check of their files, the way in and out."""

import contextlib
import errno
import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

from steadyvoice.ipc.errors import BadModelFile, one_line
from steadyvoice.workers.store import access
from steadyvoice.workers.store.naming import suggested_name
from steadyvoice.workers.store.place import Misuse, Place, Refusal, valid
from steadyvoice.workers.store.recognise import Kind

Folder = Literal["voices", "converters", "models"]
Done = dict[str, str]
"""What ``svctl --json`` prints of what was done."""

_FULL_BYTES: Final = 1 << 20
_GROUPS: Final = {"voices": "steadyvoice.engines", "converters": "steadyvoice.converters"}


def own(folder: Folder, name: str, replace: bool) -> str:
    """The name, where it is one, and free. Misuse where an engine or family of converters brings what is called so."""
    Place(folder).free(valid(name), replace)
    if not Place(folder).taken(name):
        for point in entry_points(group=_GROUPS[folder]):
            if name in _brought(point, folder):
                raise Misuse(f"{name!r} belongs to {point.name}, which brings it itself; choose another --name")
    return name


def _brought(point: EntryPoint, folder: Folder) -> set[str]:
    """The names that an engine or family has already; one that does not load, whatever it raises, has none."""
    try:
        return {each.name for each in getattr(point.load()(), folder)() if each.installed}
    except Exception:
        return set()


def named(path: str) -> str:
    """A name made of the path. Misuse where none can be made of it."""
    if name := suggested_name(os.path.abspath(path)):
        return name
    raise Misuse(f"no name can be made of {one_line(os.path.basename(path), 80)!r}; choose one with --name")


def module(name: str) -> Any:
    """A module of ours that may load torch; ModuleNotFoundError without it."""
    return import_module(f"steadyvoice.workers.{name}")


def needs(*packages: str) -> None:
    """ModuleNotFoundError where one is not there: before anything is fetched for it, and without loading it."""
    for package in packages:
        if find_spec(package) is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def typed(path: Path) -> str:
    """The path as it is typed in a shell."""
    return one_line(shlex.quote(str(path)))


def refuse(path: Path, kind: Kind) -> Refusal:
    return Refusal(f"{one_line(str(path))} is {kind.what}; {kind.way}")


def checked(checkpoint: str, copy: Path, source: str) -> Any:
    """What the ``check`` of our module ``checkpoint`` finds in a copy. Refusal, naming the source, where it is bad.

    The copy is what is kept: what is written to the source meanwhile is neither checked nor kept.
    """
    reader = module(checkpoint)
    with bad_files_refused(reader, copy, source):
        return reader.check(copy)


@contextlib.contextmanager
def bad_files_refused(reader: Any, copy: Path, source: str) -> Iterator[None]:
    """BadModelFile of that module made a Refusal, with the source's path in place of the copy's."""
    try:
        yield
    except BadModelFile as error:
        raise Refusal(one_line(str(error).replace(str(copy), source))) from error


def register(folder: Folder, name: str, make: Callable[[Path], str], replace: bool, called: str = "") -> Done:
    """What ``make`` makes at the path it is given is from then on there under that name, or nothing is.

    make: returns what it has made, in words. called: its name for people, where that is not its name on the disk.
    """
    with Place(folder) as place:
        place.free(name, replace)
        try:
            what = make(place.new(name))
        except (OSError, Refusal, ImportError):
            raise
        except Exception as error:  # what torch and safetensors raise when they cannot write has no common class
            full = shutil.disk_usage(place.folder).free < _FULL_BYTES
            why = os.strerror(errno.ENOSPC) if full else one_line(str(error).partition("\n")[0], 200)
            raise Refusal(f"{place.folder}: {why}; nothing has changed") from error
        path = place.put(name, replace)
        done = {"kind": folder, "name": called or name, "what": what, "path": str(path)}
        return noted(done, access.closed_note(place.folder))


def noted(done: Done, *notes: str) -> Done:
    """With what its user should know, one line each."""
    lines = [*done.get("note", "").splitlines(), *filter(None, notes)]
    return done | ({"note": "\n".join(lines)} if lines else {})


def remove(folder: Folder, name: str, file: str = "") -> Done:
    """Only what was added. file: what it is called on the disk, where that is not its name."""
    with contextlib.suppress(FileNotFoundError, Misuse), Place(folder) as place:
        place.remove(valid(file or name))
        return {"kind": folder, "name": name, "what": "removed", "path": ""}
    raise Refusal(f"nothing that was added is called {one_line(name, 80)!r}; see {Place(folder).folder}")
