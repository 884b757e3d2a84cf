"""Checks that the engines, converters and voices of a configuration exist, without loading any of them."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any, Final

from steadyvoice.daemon import languages
from steadyvoice.daemon.config import Config
from steadyvoice.ipc import addresses, mounts, paths
from steadyvoice.ipc.config_errors import nearest

_BY_FOLDER: Final = {"soprano", "piper", "chatterbox", "cosyvoice", "xtts"}
"""Engines with voices that are named as their folders in the store."""

_BUILT_IN: Final = {"hibari", "kokoro", "paced", *_BY_FOLDER}
"""Engines of this package: their voices are known without loading them."""

_KOKORO: Final = "fine.onnx"
"""A file of the folder of Kokoro's voices."""


def problems(config: Config) -> list[str]:
    """One line for each engine, converter and voice that does not exist, and for each invalid address."""
    found = []
    for key, names in (("engines", config.engines), ("converters", config.converters)):
        known = sorted(entry_points(group=f"steadyvoice.{key}").names)
        found += [f"{key} has {name!r}, which no installed package brings; {nearest(name, known)}"
                  for name in names if name not in known]  # fmt: skip
    voices = known_voices(config.engines)
    for key, voice in (("voice", config.voice), ("fallback_voice", config.fallback_voice)):
        model = voice.partition("#")[0]  # of a voice of Piper with several speakers
        if voice and voices is not None and model not in voices:
            found.append(f"{key} is {voice!r}, which none of the engines has; {nearest(voice, sorted(voices))}")
    found += languages.unknown(config.languages)
    found += [
        f"[languages] has {voice!r}, which none of the engines has; {nearest(voice, sorted(voices))}"
        for voice in config.languages.values()
        if voices is not None and voice != languages.AUTO and voice.partition("#")[0] not in voices
    ]
    listening = {f"listen in [gateways.{name}]": getattr(config.gateways, name).listen for name in ("http", "wyoming")}
    listening["address in [metrics]"] = filter(None, [config.metrics.address])
    for key, given in listening.items():
        for address in given:
            try:
                addresses.parse(address)
            except addresses.BadAddress as error:
                found.append(f"{key}: {error}")
    return found


def not_installed(config: Config) -> list[str]:
    """One line for each configured voice without a file; svd starts nevertheless, with another voice."""
    known = _hibari_voices() if "hibari" in config.engines else {}
    added = {folder.name for folder in paths.added("voices")}
    return [
        f"{key} is {voice!r}, which is not installed: svctl voices pull {voice}"
        for key, voice in (("voice", config.voice), ("fallback_voice", config.fallback_voice))
        if voice in known and voice not in added and not _packaged(known[voice])
    ]


def _packaged(about: dict[str, Any]) -> bool:
    """Whether hibari's package contains the voice or has downloaded it; the search of hibari.voices.voice_path."""
    if about.get("bundled"):
        return True
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get("HIBARI_HOME") or os.path.join(caches, "hibari")
    try:
        return bool(mounts.asked(Path(folder), lambda: os.path.exists(os.path.join(folder, about["file"]))))
    except OSError:
        return False


def not_checked(config: Config) -> str:
    """A sentence for the user: what only a running daemon can find out."""
    others = [name for name in config.engines if name not in _BUILT_IN]
    voices = f"whether {' and '.join(others)} bring the voice {config.voice!r}, " if others else ""
    return f"not checked: {voices}whether the files of engines, voices and converters can be loaded (svctl status)"


def known_voices(engines: Iterable[str]) -> set[str] | None:
    """The voices of these engines, installed or not; None if an engine of another package is among them."""
    if not _BUILT_IN.issuperset(engines):
        return None
    voices = {"paced"} if "paced" in engines else set()
    if "hibari" in engines:
        voices |= _hibari_voices().keys()
    if "kokoro" in engines:
        names = (name for files in paths.added("voices").values() if _KOKORO in files for name in files)
        voices |= {name.removesuffix(".bin") for name in names if name[1:3] in ("f_", "m_")}
    if not _BY_FOLDER.isdisjoint(engines):
        voices |= {folder.name for folder, files in paths.added("voices").items() if _KOKORO not in files}
    return voices


def _hibari_voices() -> dict[str, dict[str, Any]]:
    """The list in the package hibari-tts: the properties of each voice, by its name."""
    with suppress(PackageNotFoundError, OSError, ValueError):
        for file in distribution("hibari-tts").files or []:
            if file.name == "voices.json":
                voices: dict[str, dict[str, Any]] = json.loads(file.read_text())
                return voices
    return {"heart": {"bundled": True}}
