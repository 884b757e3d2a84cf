"""Finding a plugin: by entry point, or, where the user has permitted it, in a module or a file.

Entry points of the group ``steadyvoice.plugins`` were installed on purpose and may always be used. ``MODULE:CLASS`` and
``FILE.py`` run any code, so that each is to be named in the configuration. All are given to ``find`` and cost nothing
until then.
"""

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from steadyvoice.ipc.errors import Signal, describe, one_line
from steadyvoice.workers.plugins.plugin import FunctionPlugin, Parameter, Plugin, PluginRefused, parameters_of

GROUP: Final = "steadyvoice.plugins"
_SUFFIX: Final = ".py"
R = TypeVar("R")
_files: dict[Path, tuple[Hashable, ModuleType]] = {}
"""Version and module of each file that was imported."""


@dataclass(frozen=True)
class Found:
    """A plugin that can be made."""

    reference: str
    name: str
    """For people, and to address it in a chain: of the entry point, the class, or the file without its suffix."""
    make: Callable[[], Plugin]
    parameters: Mapping[str, Parameter[Any]] = field(default_factory=dict)
    source: str = ""
    """Path of the Python file with its code."""
    version: Hashable = None
    """Another one after the file has changed."""


def find(reference: str, allowed: tuple[str, ...] = ()) -> Found:
    """The plugin of that reference (spec.py). allowed: modules, classes and files that the configuration permits.

    PluginRefused: it is unknown, not permitted, or raises when imported. A file that has changed is imported again.
    """
    head, _, kind = reference.partition(":")
    if head.endswith(_SUFFIX) or "/" in head:
        return _in_file(head, kind, allowed)
    if kind:
        return _in_module(head, kind, allowed)
    return _by_entry_point(head)


def installed() -> dict[str, EntryPoint]:
    """Entry points by name, without loading them; the first of each name counts."""
    return {point.name: point for point in reversed(list(entry_points(group=GROUP)))}


def _by_entry_point(name: str) -> Found:
    points = installed()
    if name not in points:
        near = difflib.get_close_matches(name, points, 3)
        known = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(points))}"
        hint = "(svctl plugins list shows them; a file ends in .py, a class is MODULE:CLASS)"
        raise PluginRefused("unknown_plugin", f"there is no plugin {one_line(name, 80)!r}; {known} {hint}")
    value = guarded_load(name, points[name].load)
    return _found(name, name, value)


def _in_module(module: str, kind: str, allowed: tuple[str, ...]) -> Found:
    reference = f"{module}:{kind}"
    if not {reference, module} & set(allowed):
        _refuse(reference)
    found = guarded_load(reference, partial(importlib.import_module, module))
    return _found(reference, kind, _member(reference, found, kind))


def _in_file(file: str, kind: str, allowed: tuple[str, ...]) -> Found:
    reference = f"{file}:{kind}" if kind else file
    path = Path(file).expanduser()
    if path.suffix != _SUFFIX or not path.is_absolute():
        raise PluginRefused("unknown_plugin", f"{one_line(file)}: a plugin's file is given from / or ~ and ends in .py")
    if not any(_permits(each, path, kind) for each in allowed):
        _refuse(reference)
    try:
        status = path.stat()
    except OSError as error:
        raise PluginRefused("unknown_plugin", f"there is no plugin {describe(error)}") from None
    version = status.st_mtime_ns, status.st_size, status.st_ino
    if _files.get(path, (None,))[0] != version:
        _files[path] = version, guarded_load(reference, partial(_run, path), str(path))
    module = _files[path][1]
    value = _member(reference, module, kind) if kind else _only(reference, module)
    return _found(reference, kind or path.stem, value, version)


def _permits(entry: str, path: Path, kind: str) -> bool:
    file, _, only = entry.partition(":")
    permitted = Path(file).expanduser()
    return only in ("", kind) and permitted.is_absolute() and os.path.realpath(permitted) == os.path.realpath(path)


def _refuse(reference: str) -> None:
    shown = one_line(reference)
    raise PluginRefused(
        "plugin_not_permitted",
        f"{shown} is not permitted, because it may run any code; to permit it, add "
        f'"{shown}" to the list plugins of [live] in the configuration',
    )


def _run(path: Path) -> ModuleType:
    """Import the file under a name of its own, from its text: no old version, and nothing beside it, is used."""
    spec = importlib.util.spec_from_file_location(f"steadyvoice_plugin_{path.stem}", path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up
    exec(compile(path.read_bytes(), path, "exec"), vars(module))
    return module


def _member(reference: str, module: ModuleType, kind: str) -> object:
    if kind not in vars(module):
        has = ", ".join(_candidates(module)) or "no plugin"
        raise PluginRefused("unknown_plugin", f"{one_line(reference)}: there is no {kind}; the module has {has}")
    return vars(module)[kind]


def _candidates(module: ModuleType) -> list[str]:
    """Classes with ``process`` that the module defines, and a function of that name."""
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    return [
        name
        for name, value in own.items()
        if (isinstance(value, type) and callable(getattr(value, "process", None)) and not name.startswith("_"))
        or (name == "process" and callable(value))
    ]


def _only(reference: str, module: ModuleType) -> object:
    names = _candidates(module)
    if len(names) != 1:
        what = f"has several: {', '.join(names)}; name one, as in {reference}:{names[0]}" if names else (
            "has no plugin: a class with a method process(self, block), or a function process(block)"
        )  # fmt: skip
        raise PluginRefused("unknown_plugin", f"{one_line(reference)} {what}")
    return vars(module)[names[0]]


def _found(reference: str, name: str, value: Any, version: Hashable = None) -> Found:
    make: Callable[[], Plugin]
    parameters: dict[str, Parameter[Any]]
    if isinstance(value, type):
        if not callable(getattr(value, "process", None)):
            raise PluginRefused("unknown_plugin", f"{one_line(reference)} has no method process(self, block)")
        make, parameters = value, parameters_of(value)
    elif callable(value):
        make, parameters = partial(FunctionPlugin, value), {}
    else:
        raise PluginRefused("unknown_plugin", f"{one_line(reference)} is neither a class nor a function")
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    return Found(reference, name, make, parameters, getattr(module, "__file__", None) or "", version)


def guarded_load(reference: str, load: Callable[[], R], source: str = "") -> R:
    """The result of a function of a plugin. PluginRefused, with the place, where it raises anything."""
    try:
        return load()
    except (PluginRefused, Signal):
        raise
    except BaseException as error:  # a plugin may raise SystemExit, KeyboardInterrupt or any other
        raise PluginRefused("plugin_failed", f"{one_line(reference)} failed: {explain(error, source)}") from error


def explain(error: BaseException, source: str = "") -> str:
    """The exception in one line, with the innermost line of the plugin's own file; else with the innermost line."""
    place, trace = "", None if isinstance(error, SyntaxError) else error.__traceback__
    is_own = False
    while trace is not None:  # not by the module traceback, which reads the files
        file = trace.tb_frame.f_code.co_filename
        if file == source or not is_own:
            place, is_own = f" ({os.path.basename(file)}, line {trace.tb_lineno})", file == source
        trace = trace.tb_next
    return describe(error) + place
