"""``svctl speechd``: makes speech-dispatcher find the module ``sd_steadyvoice``, for this user."""

import contextlib
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any, Final

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import REFUSED, guarded, note, print_json
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.paths import home

_MARK: Final = "# Made by svctl speechd install; svctl speechd remove removes it."
_SYSTEM: Final = Path("/etc/speech-dispatcher/speechd.conf")
_DEFAULT: Final = "DefaultModule steadyvoice"
_ADD: Final = 'AddModule "steadyvoice" "sd_steadyvoice" "steadyvoice.conf"'
_RESTART: Final = "pkill -HUP speech-dispatch"


class NotOurs(SteadyvoiceError):
    """A file that svctl has not made is in the way; nothing was changed."""


def module_file() -> Path:
    """Where speech-dispatcher 0.11 and later looks for modules of this user: at $XDG_DATA_HOME/../libexec."""
    data = Path(os.path.realpath(_data()))  # the parent of a link's target, as the kernel resolves it
    return data.parent / "libexec" / "speech-dispatcher-modules" / "sd_steadyvoice"


def configuration_file() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path(home(), ".config"), "speech-dispatcher", "speechd.conf")


def _data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path(home(), ".local/share"))


def script(python: str) -> str:
    """The module: a shell script, so that it also starts a Python of which the path has spaces or is long."""
    return f'#!/bin/sh\n{_MARK}\nexec {shlex.quote(python)} -P -m steadyvoice.gateways.speechd "$@"\n'


def configuration(system: Path) -> str:
    """A user's whole configuration. Without the system's, the server has no names for signs."""
    return f'{_MARK}\nInclude "{system}"\n{_DEFAULT}\n'


def lacks(text: str, *, wants_default: bool) -> list[str]:
    """The lines that a user's own configuration needs."""
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    found = [re.sub(r'["\s]+', " ", line).strip().casefold() for line in lines]
    missing = []
    if any(line.startswith("addmodule ") for line in found) and not any(
        line.startswith("addmodule steadyvoice ") for line in found
    ):
        missing.append(_ADD)  # a list of modules replaces the search for them
    defaults = [line for line in found if line.startswith("defaultmodule ")]
    if wants_default and defaults[-1:] != [_DEFAULT.casefold()]:
        missing.append(_DEFAULT)
    return missing


def install(*, default: bool) -> dict[str, Any]:
    """Returns the files, whether Steadyvoice speaks for programs that name no module, and a note about what is left."""
    own = configuration_file()
    text = _text(own)
    if default and text is None and not _SYSTEM.is_file():
        raise NotOurs(f"{_SYSTEM} is missing: install speech-dispatcher, then repeat this command")
    os.makedirs(_data(), exist_ok=True)  # the server's path to the module leads through it
    module = module_file()
    if _MARK not in (_text(module) or _MARK):
        raise NotOurs(f"{module} was not made by svctl: move it away, then repeat this command")
    _write(module, script(sys.executable), 0o755)
    advice = ""
    if default and (text is None or text.startswith(_MARK)):
        _write(own, configuration(_SYSTEM), 0o644)
    elif missing := lacks((_text(_SYSTEM) or "") if text is None else text, wants_default=default):
        advice = f"{_SYSTEM if text is None else own} was left as it is; add to its end: {' and '.join(missing)}"
    is_default = not lacks(_text(own) or "", wants_default=True)
    return {"module": str(module), "default": is_default, "restart": _RESTART, "note": advice}


def remove() -> dict[str, Any]:
    """Returns the files that were removed, and a note about one that must be edited."""
    removed, advice = [], ""
    module, own = module_file(), configuration_file()
    for file, ours, folders in (
        (module, _MARK in (_text(module) or ""), (module.parent, module.parent.parent)),
        (own, _text(own) == configuration(_SYSTEM), (own.parent,)),
    ):
        if ours:
            file.unlink()
            removed.append(str(file))
            for folder in folders:
                with contextlib.suppress(OSError):  # it holds something else
                    folder.rmdir()
    if re.search(r"^[^#\n]*steadyvoice", _text(own) or "", re.MULTILINE | re.IGNORECASE):
        advice = f"{own} was left as it is; remove the lines that name steadyvoice"
    return {"removed": removed, "restart": _RESTART, "note": advice}


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _write(file: Path, text: str, mode: int) -> None:
    if _text(file) == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    new.replace(file)


@click.group()
def speechd() -> None:
    """Let the programs of speech-dispatcher speak: Orca, Firefox, spd-say.

    For this user only; nothing of the system is changed.
    """


@speechd.command("install")
@click.option("--default", is_flag=True, help="Also for programs that name no module.")
@JSON
def install_command(default: bool, as_json: bool) -> None:
    """Put the module where speech-dispatcher finds it."""

    def run() -> int:
        done = install(default=default)
        if as_json:
            print_json(done)
        else:
            click.echo(f"{done['module']} is installed{', and the default' if done['default'] else ''}")
            click.echo(f"a running speech-dispatcher uses it after: {_RESTART}")
        if done["note"]:
            note(done["note"])
        return REFUSED if default and not done["default"] else 0

    guarded(run)


@speechd.command("remove")
@JSON
def remove_command(as_json: bool) -> None:
    """Remove the module, and the configuration that install --default has made."""

    def run() -> None:
        done = remove()
        if as_json:
            print_json(done)
        else:
            for file in done["removed"]:
                click.echo(f"{file} is removed")
            click.echo(
                f"a running speech-dispatcher notices it after: {_RESTART}" if done["removed"] else "not installed"
            )
        if done["note"]:
            note(done["note"])

    guarded(run)
