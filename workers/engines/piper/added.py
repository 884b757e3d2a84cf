"""Voices of Piper in the store: directories with one published ``X.onnx`` and its description ``X.onnx.json``.

The directory's name is the voice's. A model of several speakers brings one voice more for each: ``NAME#SPEAKER``.
"""

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from steadyvoice.ipc.errors import BadModelFile, NotInstalled, one_line
from steadyvoice.ipc.paths import content, present
from steadyvoice.workers import optional, plugin
from steadyvoice.workers.engines.engine import Voice, is_usable, voice_of
from steadyvoice.workers.engines.piper.published import Published, read

NAME: Final = "piper"
MODEL, ABOUT = ".onnx", ".onnx.json"
"""Endings of a voice's two files."""
SPEAKER: Final = "#"
"""Between a voice's name and its speaker's."""
CARD: Final = "MODEL_CARD"
"""Optional: where the voice comes from, for people, with a line ``License:``."""
MOST_SPEAKERS: Final = 120
"""Speakers of a model that are listed: a stage can report some 240 voices of all engines."""
_LICENCE: Final = re.compile(r"^\W*Licen[cs]e\W*:\s*(\S.*)$", re.I | re.M)
_CARD_BYTES: Final = 16 << 10


class Added(NamedTuple):
    """A usable voice."""

    model: Path
    about: Published

    @property
    def name(self) -> str:
        return self.model.parent.name


def voices() -> Iterator[Voice]:
    """All, also those that cannot be used, which are reported."""
    for folder, names in optional.folders("voices").items():
        if not (described := [name for name in names if name.endswith(ABOUT)]):
            continue
        added = optional.attempt(voice_of(NAME, folder.name), partial(_added, folder, described))
        about = added.about if added else _described(folder / described[0])
        if about is None:
            yield Voice(folder.name, "und", 22050, "unknown", installed=False)
            continue
        common = about.bcp47, about.audio.sample_rate, _licence(folder, about)
        installed = added is not None and is_usable(NAME, folder.name)
        names = [folder.name, *(f"{folder.name}{SPEAKER}{each}" for each in speakers(about)[:MOST_SPEAKERS])]
        for name in filter(plugin.is_name, names):
            yield Voice(name, *common, installed, model=folder.name)


def find(voice: str) -> tuple[Added, int]:
    """The voice, and the number of its speaker. NotInstalled; BadModelFile; OSError."""
    name, _, speaker = voice.partition(SPEAKER)
    for folder, names in optional.folders("voices").items():
        described = [each for each in names if each.endswith(ABOUT)]
        if folder.name == name and described:
            added = _added(folder, described)
            known = speakers(added.about)
            if not speaker or speaker in known:
                return added, added.about.speaker_id_map[speaker or known[0]] if known else 0
    raise NotInstalled(f"the voice {voice!r} of piper is not installed")


def speakers(about: Published) -> list[str]:
    """Of a model with several, in their order; the first one speaks where none is named."""
    numbers = about.speaker_id_map
    return sorted(numbers, key=numbers.__getitem__) if about.num_speakers > 1 else []


def _added(folder: Path, described: list[str]) -> Added:
    """Check the files of a voice, except the model's content."""
    from steadyvoice.workers.engines.piper.reading import check_readable

    if len(described) > 1:
        raise BadModelFile(f"{folder} has {len(described)} voices of Piper; a directory has one")
    about, model = read(folder / described[0]), folder / described[0].removesuffix(".json")
    if not present(model):
        raise BadModelFile(f"{folder} has no file {model.name}; a voice of Piper is X{MODEL} and X{ABOUT}")
    check_readable(about)
    return Added(model, about)


def _licence(folder: Path, about: Published) -> str:
    """As the description says, else the card that is published beside it; "unknown" where neither does."""
    said = about.license or about.licence
    with contextlib.suppress(OSError):
        card = (content(folder / CARD, _CARD_BYTES) or b"").decode("utf-8", "replace")
        if not said and (found := _LICENCE.search(card)):
            said = found[1]
    said = one_line(said.strip(), 60)
    return said if plugin.is_name(said) else "unknown"


def _described(file: Path) -> Published | None:
    try:
        return read(file)
    except (OSError, BadModelFile):
        return None
