"""What ``svctl plugins`` asks for: list, new, check."""

from pathlib import Path
from typing import Any

from steadyvoice.ipc.errors import one_line
from steadyvoice.workers.plugins import load, spec, template
from steadyvoice.workers.plugins.checking import checked
from steadyvoice.workers.plugins.plugin import Parameter, PluginRefused


def perform(request: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The answer to a request (see `__main__`) and the exit status."""
    if request["do"] == "list":
        return {"plugins": [_about(name) for name in sorted(load.installed())]}, 0
    if request["do"] == "new":
        return new(Path(request["path"])), 0
    wanted = spec.parse(request["plugin"])
    if len(wanted) != 1:
        raise PluginRefused("unknown_plugin", "name one plugin, such as gain or ~/robot.py; a comma separates plugins")
    return checked(wanted[0], (wanted[0].reference,))


def new(path: Path) -> dict[str, Any]:
    """Write the template. path: absolute. OSError where it cannot be written."""
    if path.suffix != ".py":
        raise PluginRefused("unknown_plugin", f"{one_line(str(path))}: the name of a plugin's file ends in .py")
    home = Path.home()
    shown = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    try:
        with open(path, "x") as file:
            file.write(template.text(shown, path.stem))
    except FileExistsError:
        raise PluginRefused("unknown_plugin", f"{one_line(str(path))} exists; choose another name") from None
    return {"path": str(path), "shown": shown}


def _about(name: str) -> dict[str, Any]:
    """An entry point as users see it; with ``problem`` where it cannot be imported."""
    point = load.installed()[name]
    package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else ""
    about: dict[str, Any] = {"name": name, "package": package, "doc": "", "parameters": [], "problem": ""}
    try:
        found = load.find(name)
    except PluginRefused as error:
        return about | {"problem": str(error)}
    doc = (getattr(found.make, "__doc__", None) or "").strip().splitlines()
    return about | {
        "doc": one_line(doc[0], 200) if doc else "",
        "parameters": [_parameter(key, value) for key, value in found.parameters.items()],
    }


def _parameter(name: str, of: Parameter[Any]) -> dict[str, Any]:
    return {
        "name": name, "type": of.type_name, "default": of.default, "low": of.low, "high": of.high, "unit": of.unit,
        "choices": of.choices, "fixed": of.fixed, "doc": of.doc, "range": of.range,
    }  # fmt: skip
