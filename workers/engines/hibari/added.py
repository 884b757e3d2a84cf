"""Voices of hibari that were added to this machine: the package knows them all, and has one of them inside.

They lie in the store as ``voices/NAME/FILE`` with the file name, the size and the SHA-256 that the package publishes;
or where the package itself has put them.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import Any

from steadyvoice.ipc import mounts, paths
from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers import optional


def find(name: str) -> Path | None:
    """The voice's model, where there is one. Cheap. OSError where there is one that cannot be read."""
    from hibari.voices import VOICES, cache_dir, voice_path

    if name not in VOICES:
        return None

    def packaged() -> Path | None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return Path(voice_path(name, download_missing=False))
        return None

    if VOICES[name].get("bundled"):
        return packaged()
    model = str(VOICES[name]["file"])
    for folder, names in optional.folders("voices").items():
        if folder.name == name and model in names and paths.present(folder / model):
            return folder / model
    cached = mounts.asked(Path(cache_dir()), packaged)
    return cached if cached is not None and paths.present(cached) else None


def check(file: Path, name: str) -> None:
    """BadModelFile, in one line, where the file is not the voice as it was published. The package's own one is."""
    from hibari.voices import VOICES

    about: dict[str, Any] = VOICES[name]
    if about.get("bundled"):
        return
    with file.open("rb") as data:
        if hashlib.file_digest(data, "sha256").hexdigest() != about["sha256"]:
            raise BadModelFile(f"{file} is not the published voice {name!r}; svctl voices pull {name} --replace")
