"""Functions for voices and converters: names, checks of files, adding and removing."""

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
"""The result, as ``svctl --json`` prints it."""

_FULL_BYTES: Final = 1 << 20
_GROUPS: Final = {"voices": "steadyvoice.engines", "converters": "steadyvoice.converters"}


def own(folder: Folder, name: str, replace: bool) -> str:
    """Return a valid and unused name. Misuse where an engine or family of converters has it. Refusal."""
    Place(folder).free(valid(name), replace)
    if not Place(folder).taken(name):
        for point in entry_points(group=_GROUPS[folder]):
            if name in _brought(point, folder):
                raise Misuse(f"{name!r} belongs to {point.name}, which brings it itself; choose another --name")
    return name


def _brought(point: EntryPoint, folder: Folder) -> set[str]:
    """Names of an engine's voices or a family's converters; empty where it does not load, whatever it raises."""
    try:
        return {each.name for each in getattr(point.load()(), folder)() if each.installed}
    except Exception:
        return set()


def named(path: str) -> str:
    """A name from the path. Misuse where the path yields none."""
    if name := suggested_name(os.path.abspath(path)):
        return name
    raise Misuse(f"no name can be made of {one_line(os.path.basename(path), 80)!r}; choose one with --name")


def module(name: str) -> Any:
    """Import a module of ``workers``, which may import torch. ModuleNotFoundError."""
    return import_module(f"steadyvoice.workers.{name}")


def needs(*packages: str) -> None:
    """ModuleNotFoundError where a package is missing. Imports none of them; call it before a download."""
    for package in packages:
        if find_spec(package) is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def typed(path: Path) -> str:
    """The path, quoted for a shell."""
    return one_line(shlex.quote(str(path)))


def refuse(path: Path, kind: Kind) -> Refusal:
    return Refusal(f"{one_line(str(path))} is {kind.what}; {kind.way}")


def checked(checkpoint: str, copy: Path, source: str) -> Any:
    """Result of ``check`` of the module ``checkpoint`` on a copy. Refusal, which names the source, where it is invalid.

    The checked copy is the one that the store keeps, so later writes to the source do not matter.
    """
    reader = module(checkpoint)
    with bad_files_refused(reader, copy, source):
        return reader.check(copy)


@contextlib.contextmanager
def bad_files_refused(reader: Any, copy: Path, source: str) -> Iterator[None]:
    """Turn BadModelFile into Refusal, with the source's path in place of the copy's."""
    try:
        yield
    except BadModelFile as error:
        raise Refusal(one_line(str(error).replace(str(copy), source))) from error


def register(folder: Folder, name: str, make: Callable[[Path], str], replace: bool, called: str = "") -> Done:
    """Add what ``make`` creates under this name, atomically.

    make: creates it at the given path, and returns a description. called: the name for people where it differs.
    """
    with Place(folder) as place:
        place.free(name, replace)
        try:
            what = make(place.new(name))
        except (OSError, Refusal, ImportError):
            raise
        except Exception as error:  # torch and safetensors have no common class for failed writes
            full = shutil.disk_usage(place.folder).free < _FULL_BYTES
            why = os.strerror(errno.ENOSPC) if full else one_line(str(error).partition("\n")[0], 200)
            raise Refusal(f"{place.folder}: {why}; nothing has changed") from error
        path = place.put(name, replace)
        done = {"kind": folder, "name": called or name, "what": what, "path": str(path)}
        return noted(done, access.closed_note(place.folder))


def noted(done: Done, *notes: str) -> Done:
    """Add remarks for the user, one line each."""
    lines = [*done.get("note", "").splitlines(), *filter(None, notes)]
    return done | ({"note": "\n".join(lines)} if lines else {})


def remove(folder: Folder, name: str, file: str = "") -> Done:
    """Remove something that was added. file: its name in the store where that differs."""
    with contextlib.suppress(FileNotFoundError, Misuse), Place(folder) as place:
        place.remove(valid(file or name))
        return {"kind": folder, "name": name, "what": "removed", "path": ""}
    raise Refusal(f"nothing that was added is called {one_line(name, 80)!r}; see {Place(folder).folder}")
