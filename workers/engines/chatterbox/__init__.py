"""Chatterbox, Turbo and Nano (Resemble AI, MIT): a language model of speech tokens (t3.py), a flow and a vocoder.

A voice is a directory of the store ``voices`` with a published checkpoint; the directory's name is the voice's.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines.chatterbox import checkpoint
from steadyvoice.workers.engines.engine import Frames, FrameSpec, Voice, is_usable, voice_of

if TYPE_CHECKING:
    from steadyvoice.workers.engines.chatterbox.speaking import Speaker

NAME = "chatterbox"
RATE = 24000
_WARMING = ("Hi.", "Hello there, how do you do?")


class Chatterbox:
    """Entry point ``chatterbox`` of the group steadyvoice.engines."""

    spec = FrameSpec("token", 1, RATE // 25, buffered=True)

    def __init__(self, device: str = "auto") -> None:
        """device: auto, cpu or cuda:N; auto is the first GPU where there is one."""
        self._device = device

    def preload(self) -> None:
        if any(voice.installed for voice in self.voices()):
            import torch  # noqa: F401 - a second of every start, and most of the memory

    def voices(self) -> list[Voice]:
        return [Voice(path.name, "en-US", RATE, "MIT", is_usable(NAME, path.name)) for path in _paths()]

    def generator(self) -> "ChatterboxGenerator":
        return ChatterboxGenerator(self._device)


class ChatterboxGenerator:
    """Loads a voice at its first use; ``warmup`` loads all."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._speakers: dict[str, Speaker] = {}

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        """Speech tokens [1, 1], 40 ms each. The model has a fixed speed, so ``rate`` has no effect.

        NotInstalled where the voice is unknown, BadModelFile where its files are invalid.
        """
        return self._speaker(voice).speak(text, more=more)

    def warmup(self) -> None:
        """See `Generator.warmup`. Leaves out each voice that fails."""
        for path in _paths():
            optional.attempt(voice_of(NAME, path.name), partial(self._warm, path.name))

    def _warm(self, voice: str) -> None:
        self._speaker(voice).warm()
        for text in _WARMING:
            for _ in islice(self.generate(text, voice, 1.0, more=False), 8):
                pass

    def _speaker(self, voice: str) -> "Speaker":
        if voice not in self._speakers:
            self._speakers[voice] = _speaker(_path(voice), self._device)
        return self._speakers[voice]


def _paths() -> list[Path]:
    """Folders with a checkpoint."""
    return [path for path, names in optional.folders("voices").items() if checkpoint.variant_name(names)]


def _path(voice: str) -> Path:
    for path in _paths():
        if path.name == voice:
            return path
    raise NotInstalled(f"the voice {voice!r} of chatterbox is not installed")


def _speaker(path: Path, device: str) -> "Speaker":
    from steadyvoice.workers.engines.chatterbox import speaking, text
    from steadyvoice.workers.engines.chatterbox.t3 import T3
    from steadyvoice.workers.networks import device as devices

    variant = checkpoint.variant(path)
    where = devices.place(device)
    formats = devices.formats(where, 2 if variant.shape.is_guided else 1)
    weights = checkpoint.language_model(path, variant, where)
    model = T3(variant.shape, weights, formats, speaking.rows(variant))
    return speaking.Speaker(model, variant, text.encoder(path, variant), checkpoint.conditions(path, variant))
