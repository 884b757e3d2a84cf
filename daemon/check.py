"""Whether what a configuration names is installed, as far as that is known without loading any of it."""

import json
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from typing import Final

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.config_faults import nearest
from steadyvoice.ipc import paths

_OURS: Final = {"hibari", "soprano", "paced"}
"""Engines whose voices are known without loading the engine."""


def problems(config: Config) -> list[str]:
    """One line for each name that does not exist."""
    found = []
    for key, names in (("engines", config.engines), ("converters", config.converters)):
        known = sorted(entry_points(group=f"steadyvoice.{key}").names)
        found += [f"{key} has {name!r}, which no installed package brings; {nearest(name, known)}"
                  for name in names if name not in known]  # fmt: skip
    voices = known_voices(config.engines)
    for key, voice in (("voice", config.voice), ("stand_in", config.stand_in)):
        if voice and voices is not None and voice not in voices:
            found.append(f"{key} is {voice!r}, which none of the engines has; {nearest(voice, sorted(voices))}")
    return found


def not_checked(config: Config) -> str:
    """What only the daemon finds out, for a person."""
    others = [name for name in config.engines if name not in _OURS]
    voices = f"whether {' and '.join(others)} bring the voice {config.voice!r}, " if others else ""
    return f"not checked: {voices}whether the files of engines, voices and converters can be loaded (svctl status)"


def known_voices(engines: Iterable[str]) -> set[str] | None:
    """Their voices, installed or not; None where an engine from outside may have any."""
    if not _OURS.issuperset(engines):
        return None
    voices = {"paced"} if "paced" in engines else set()
    if "hibari" in engines:
        voices |= _of_hibari()
    if "soprano" in engines:
        voices |= {folder.name for folder in paths.added("voices")}
    return voices


def _of_hibari() -> set[str]:
    """From the package's own list."""
    with suppress(PackageNotFoundError, OSError, ValueError):
        for file in distribution("hibari-tts").files or []:
            if file.name == "voices.json":
                return set(json.loads(file.read_text()))
    return {"heart"}
