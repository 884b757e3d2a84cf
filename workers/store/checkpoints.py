"""Published directories of Chatterbox, CosyVoice2 and XTTS-v2, copied into the store as voices."""

from pathlib import Path
from typing import Final

from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.registry import Done, bad_files_refused, checked, module, register

_ENGINES: Final = ("chatterbox", "cosyvoice", "xtts")
"""Packages of ``workers.engines``; the first one that takes a directory has it."""


def found(folder: Path) -> str | None:
    """The engine of a directory with one of its files; None where it has none. OSError."""
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return next((engine for engine in _ENGINES if module(f"engines.{engine}.checkpoint").is_one(names)), None)


def add(engine: str, folder: Path, name: str, replace: bool) -> Done:
    """Copy the engine's files, and check the copies by loading all parts of the model. Refusal; OSError."""
    reader = module(f"engines.{engine}.checkpoint")
    with bad_files_refused(reader, folder, str(folder)):
        files = reader.files(folder)

    def make(new: Path) -> str:
        for file in files:
            (new / file).parent.mkdir(parents=True, exist_ok=True)
            copy_file(folder / file, new / file)
        what = checked(f"engines.{engine}.checkpoint", new, str(folder))
        checked(f"engines.{engine}.sound", new, str(folder))
        return str(what)

    return register("voices", name, make, replace)
