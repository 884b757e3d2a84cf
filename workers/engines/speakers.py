"""Engines of which a voice is a folder of the store ``voices``, named like the voice, with all files of a model."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Frames, Voice, is_usable, voice_of

_WARMING: Final = ("Hi.", "Hello there, how do you do?")


class Speaker(Protocol):
    """A loaded voice."""

    def warm(self) -> None:
        """Prepare what the first utterances need."""
        ...

    def speak(self, text: str, *, more: bool) -> Iterator[Frames]:
        """See `Generator.generate`."""
        ...


def require(path: Path, files: Sequence[str], model: str) -> None:
    """BadModelFile where the directory lacks one of the model's files."""
    for file in files:
        if not (path / file).is_file():
            raise BadModelFile(f"{path} has no file {file}; {model} is {', '.join(files)}")


class Folders:
    """The voices of one engine."""

    def __init__(self, engine: str, is_one: Callable[[list[str]], bool]) -> None:
        """is_one: whether a folder with these files is a voice of the engine."""
        self.engine, self._is_one = engine, is_one

    def paths(self) -> list[Path]:
        return [path for path, names in optional.folders("voices").items() if self._is_one(names)]

    def path(self, voice: str) -> Path:
        """NotInstalled."""
        for path in self.paths():
            if path.name == voice:
                return path
        raise NotInstalled(f"the voice {voice!r} of {self.engine} is not installed")

    def voices(self, rate: int, licence: str) -> list[Voice]:
        return [Voice(path.name, "en-US", rate, licence, is_usable(self.engine, path.name)) for path in self.paths()]


class SpeakerGenerator:
    """Loads a voice at its first use; ``warmup`` loads all."""

    def __init__(self, folders: Folders, load: Callable[[Path], Speaker]) -> None:
        self._folders, self._load = folders, load
        self.speakers: dict[str, Speaker] = {}

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        """See `Speaker.speak`. The models have a fixed speed, so ``rate`` has no effect.

        NotInstalled where the voice is unknown, BadModelFile where its files are invalid.
        """
        yield from self._speaker(voice).speak(text, more=more)

    def warmup(self) -> None:
        """See `Generator.warmup`. Leaves out each voice that fails."""
        for path in self._folders.paths():
            optional.attempt(voice_of(self._folders.engine, path.name), partial(self.warm, path.name))

    def warm(self, voice: str) -> None:
        """See `OnDemand.warm`."""
        self._speaker(voice).warm()
        for text in _WARMING:
            for _ in islice(self.generate(text, voice, 1.0, more=False), 8):
                pass

    def _speaker(self, voice: str) -> Speaker:
        if voice not in self.speakers:
            self.speakers[voice] = self._load(self._folders.path(voice))
        return self.speakers[voice]
