"""Soprano 80M (ekwek, Apache-2.0): a language model (lm.py) whose hidden states decoder.py turns into sound.

A voice is a directory of the store ``voices`` that holds a checkpoint, as published; its name is the voice's.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.ipc.paths import added
from steadyvoice.workers.engines.engine import Follower, Frames, FrameSpec, Voice

if TYPE_CHECKING:
    from steadyvoice.workers.engines.soprano.decoder import Decoder, SopranoVocoder
    from steadyvoice.workers.engines.soprano.speaking import Speaker

RATE = 32000
FILES = ("config.json", "model.safetensors", "tokenizer.json", "decoder.pth")
"""Of a checkpoint."""
_MARKS = ("config.json", "decoder.pth")
_WARMING = ("Hi.", "Hello there, how do you do?", "The quick brown fox jumps over the lazy dog. " * 3)


class Soprano:
    """Entry point ``soprano`` of the group steadyvoice.engines."""

    spec = FrameSpec("hidden", 512, 2048, held=True)

    def __init__(self, device: str = "auto") -> None:
        """device: auto, cpu or cuda:N; auto is the first GPU where there is one."""
        self._device = device
        self._decoders: dict[str, Decoder] = {}
        self._broken: set[str] = set()

    def preload(self) -> None:
        if _paths():
            import torch  # noqa: F401 - a second of every start, and most of the memory

    def voices(self) -> list[Voice]:
        return [Voice(path.name, "en-US", RATE, "Apache-2.0", path.name not in self._broken) for path in _paths()]

    def generator(self) -> "SopranoGenerator":
        return SopranoGenerator(self._device, self._broken)

    def vocoder(self, voice: str, follower: Follower) -> "SopranoVocoder":
        """See `Engine.vocoder`. Raises BadCheckpoint too."""
        from steadyvoice.workers.engines.soprano.decoder import SopranoVocoder

        if voice not in self._decoders:
            self._decoders[voice] = _decoder(_path(voice), self._device)
        return SopranoVocoder(self._decoders[voice], follower)


class SopranoGenerator:
    """Loads a voice at its first use; warming up loads all."""

    def __init__(self, device: str, broken: set[str]) -> None:
        self._device, self._broken = device, broken
        self._speakers: dict[str, Speaker] = {}

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        """[1, 512] at a time, 64 ms each. The model has one speed, its own: ``rate`` changes nothing here.

        LookupError where the voice is unknown, BadCheckpoint where its files are none.
        """
        from steadyvoice.workers.engines.soprano.text import pieces

        speaker = self._speaker(voice)
        for piece in pieces(text, more):
            yield from speaker.speak(piece)

    def warmup(self) -> None:
        """See `Generator.warmup`. A voice whose files are broken is told of, and is not installed from then on."""
        for path in _paths():
            try:
                for text in _WARMING:
                    for _ in islice(self.generate(text, path.name, 1.0, more=False), 8):
                        pass
            except ValueError as error:
                self._broken.add(path.name)
                print(f"soprano: {error}", file=sys.stderr, flush=True)

    def _speaker(self, voice: str) -> "Speaker":
        if voice not in self._speakers:
            self._speakers[voice] = _speaker(_path(voice), self._device)
        return self._speakers[voice]


def _paths() -> list[Path]:
    return [path for path in added("voices") if all((path / file).is_file() for file in _MARKS)]


def _path(voice: str) -> Path:
    for path in _paths():
        if path.name == voice:
            return path
    raise LookupError(f"the voice {voice!r} of soprano is not installed")


def _speaker(path: Path, device: str) -> "Speaker":
    from steadyvoice.workers.engines.soprano import checkpoint, fitting, speaking
    from steadyvoice.workers.engines.soprano.lm import LanguageModel

    where = fitting.place(device)
    config = checkpoint.read_config(path)
    tokens, prompt = checkpoint.tokenizer(path, config)
    weights = checkpoint.model_weights(path, config)
    model = LanguageModel(config, weights, where, fitting.formats(where), speaking.ROWS)
    return speaking.Speaker(model, tokens, prompt, speaking.Sampling())


def _decoder(path: Path, device: str) -> "Decoder":
    from steadyvoice.workers.engines.soprano import checkpoint, fitting
    from steadyvoice.workers.engines.soprano.decoder import Decoder

    return Decoder(checkpoint.decoder_weights(path), fitting.place(device))
