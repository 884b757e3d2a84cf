"""Saved results, read from files and folders."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from steadyvoice.client.svctl.bench.kept.record import FOLDER
from steadyvoice.ipc.errors import SteadyvoiceError


class NoSavedResult(SteadyvoiceError):
    """A file is not a saved result, or there is none where one was expected."""


class _Machine(msgspec.Struct):
    load: dict[str, list[float]] = {}
    policy: dict[str, str] = {}


class _Kept(msgspec.Struct):
    """Types of what is used without a further look."""

    name: str
    machine: _Machine
    began: str = ""
    options: dict[str, Any] = {}
    versions: dict[str, str] = {}
    values: dict[str, list[float]] = {}


class Run:
    """One saved result."""

    def __init__(self, path: Path) -> None:
        """OSError if the file cannot be read, NoSavedResult if it is none."""
        self.path = path
        content = path.read_bytes()
        try:
            msgspec.json.decode(content, type=_Kept)
            self.kept: dict[str, Any] = msgspec.json.decode(content)
        except msgspec.MsgspecError as error:
            raise NoSavedResult(f"{path} is not a result of svctl bench NAME --json or --save: {error}") from None

    @property
    def name(self) -> str:
        """Of the benchmark."""
        return str(self.kept["name"])

    @property
    def began(self) -> str:
        return str(self.kept.get("began", ""))

    @property
    def values(self) -> dict[str, list[float]]:
        """The measured values by the path of their summary; none if it was printed and not saved."""
        return self.kept.get("values", {})  # type: ignore[no-any-return]


def runs(paths: Iterable[Path]) -> list[Run]:
    """The results in these files, and in all ``.json`` files below these folders, the oldest first.

    NoSavedResult if a folder has none.
    """
    found: list[Run] = []
    for path in paths:
        files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        if not files:
            raise NoSavedResult(f"no results in {path}; svctl bench all saves them")
        found += map(Run, files)
    return sorted(found, key=lambda run: run.began)


def newest(found: list[Run]) -> list[Run]:
    """The last result of each benchmark."""
    return list({run.name: run for run in found}.values())


def default() -> list[Path]:
    """Where --save puts results. NoSavedResult if there are none."""
    if not FOLDER.is_dir():
        raise NoSavedResult(f"no results in {FOLDER} here; svctl bench all saves them, or name files or folders")
    return [FOLDER]
