"""Voices of hibari that were added to this machine: the package knows them all, and has one of them inside.

They lie in the store as ``voices/NAME/FILE`` with the file name, the size and the SHA-256 that the package publishes;
or where the package itself has put them.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import Any

from steadyvoice.ipc.paths import store


def find(name: str) -> Path | None:
    """The voice's model, where there is one of the right size. Cheap."""
    from hibari.voices import VOICES, voice_path

    if name not in VOICES:
        return None
    file = store("voices") / name / str(VOICES[name]["file"])
    with contextlib.suppress(OSError):
        if file.stat().st_size == VOICES[name]["bytes"]:
            return file
    with contextlib.suppress(OSError):
        return Path(voice_path(name, download_missing=False))
    return None


def check(file: Path, name: str) -> None:
    """LookupError, in one line, where the file is not the voice as it was published. The package's own one is."""
    from hibari.voices import VOICES

    about: dict[str, Any] = VOICES[name]
    if about.get("bundled"):
        return
    with file.open("rb") as data:
        if hashlib.file_digest(data, "sha256").hexdigest() != about["sha256"]:
            raise LookupError(f"{file} is not the published voice {name!r}; svctl voices pull {name} --replace")
