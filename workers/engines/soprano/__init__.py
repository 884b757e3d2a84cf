"""Soprano 80M (ekwek, Apache-2.0): a language model (lm.py) and a decoder (decoder.py) of its hidden states.

A voice is a directory of the store ``voices`` with a published checkpoint; the directory's name is the voice's.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.ipc.errors import BadModelFile, NotInstalled
from steadyvoice.ipc.paths import present
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream, Frames, FrameSpec, Voice, is_usable, voice_of

if TYPE_CHECKING:
    from steadyvoice.workers.engines.soprano.decoder import Decoder, SopranoVocoder
    from steadyvoice.workers.engines.soprano.speaking import Speaker

NAME = "soprano"
RATE = 32000
FILES = ("config.json", "model.safetensors", "tokenizer.json", "decoder.pth")
"""The files of a checkpoint."""
_MARKS = {"decoder.pth", "model.safetensors"}
_WARMING = ("Hi.", "Hello there, how do you do?", "The quick brown fox jumps over the lazy dog. " * 3)


class Soprano:
    """Entry point ``soprano`` of the group steadyvoice.engines."""

    spec = FrameSpec("hidden", 512, 2048, buffered=True)

    def __init__(self, device: str = "auto") -> None:
        """device: auto, cpu or cuda:N; auto is the first GPU where there is one."""
        self._device = device
        self._decoders: dict[str, Decoder] = {}

    def preload(self) -> None:
        if any(voice.installed for voice in self.voices()):
            import torch  # noqa: F401 - a second of every start, and most of the memory

    def voices(self) -> list[Voice]:
        return [Voice(path.name, "en-US", RATE, "Apache-2.0", is_usable(NAME, path.name)) for path in _paths()]

    def generator(self) -> "SopranoGenerator":
        return SopranoGenerator(self._device)

    def vocoder(self, voice: str, downstream: Downstream) -> "SopranoVocoder":
        """See `Engine.vocoder`. BadModelFile."""
        from steadyvoice.workers.engines.soprano.decoder import SopranoVocoder

        if voice not in self._decoders:
            self._decoders[voice] = _decoder(_path(voice), self._device)
        return SopranoVocoder(self._decoders[voice], downstream)


class SopranoGenerator:
    """Loads a voice at its first use; ``warmup`` loads all."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._speakers: dict[str, Speaker] = {}
        self._batch_from: int | None = None

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        """[1, 512] at a time, 64 ms each. The model has a fixed speed, so ``rate`` has no effect.

        NotInstalled where the voice is unknown, BadModelFile where its files are invalid.
        """
        return self.generate_batched(text, voice, rate, more=more, joins=lambda _: False)

    def generate_batched(
        self, text: str, voice: str, rate: float, *, more: bool, joins: Callable[[int], bool]
    ) -> Iterator[Frames]:
        """See `Batched.generate_batched` and ``generate``."""
        from steadyvoice.workers.engines.soprano.text import pieces

        made, has_joined = 0, False

        def joins_now() -> bool:
            nonlocal has_joined
            has_joined = has_joined or joins(made)
            return has_joined

        speaker = self._speaker(voice)
        for piece in pieces(text, more):
            for frame in speaker.speak(piece, joins_now):
                made += 1
                yield frame

    def batch_from(self) -> int:
        """See `Batched.batch_from`."""
        if self._batch_from is None:
            from steadyvoice.workers.engines.soprano import fitting
            from steadyvoice.workers.networks import device as devices

            where = devices.place(self._device)
            self._batch_from = fitting.batch_from(where, devices.formats(where))
        return self._batch_from

    def warmup(self) -> None:
        """See `Generator.warmup`. Leaves out each voice that fails."""
        for path in _paths():
            optional.attempt(voice_of(NAME, path.name), partial(self._warm, path.name))

    def _warm(self, voice: str) -> None:
        self._speaker(voice).warm()
        for text in _WARMING:
            for _ in islice(self.generate(text, voice, 1.0, more=False), 8):
                pass
        if self.batch_from():
            for _ in islice(self.generate_batched(_WARMING[0], voice, 1.0, more=False, joins=lambda _: True), 8):
                pass

    def _speaker(self, voice: str) -> "Speaker":
        if voice not in self._speakers:
            self._speakers[voice] = _speaker(_path(voice), self._device)
        return self._speakers[voice]


def _paths() -> list[Path]:
    """Folders with a checkpoint. Reports and leaves out those with a missing or unreadable file."""
    paths = [path for path, names in optional.folders("voices").items() if not _MARKS.isdisjoint(names)]
    for path in paths:
        optional.attempt(voice_of(NAME, path.name), partial(_check_files, path))
    return paths


def _check_files(path: Path) -> None:
    for name in FILES:
        if not present(path / name):
            raise BadModelFile(f"{path} has no file {name}; a Soprano checkpoint is {', '.join(FILES)}")


def _path(voice: str) -> Path:
    for path in _paths():
        if path.name == voice:
            return path
    raise NotInstalled(f"the voice {voice!r} of soprano is not installed")


def _speaker(path: Path, device: str) -> "Speaker":
    from steadyvoice.workers.engines.soprano import checkpoint, speaking, speech
    from steadyvoice.workers.engines.soprano.lm import LanguageModel
    from steadyvoice.workers.networks import device as devices

    where = devices.place(device)
    config = checkpoint.read_config(path)
    tokens, prompt = checkpoint.tokenizer(path, config)
    weights = checkpoint.model_weights(path, config)
    model = LanguageModel(config, weights, where, devices.formats(where), speaking.ROWS)
    return speaking.Speaker(model, tokens, prompt, speech.Sampling())


def _decoder(path: Path, device: str) -> "Decoder":
    from steadyvoice.workers.engines.soprano import checkpoint
    from steadyvoice.workers.engines.soprano.decoder import Decoder
    from steadyvoice.workers.networks import device as devices

    return Decoder(checkpoint.decoder_weights(path), devices.place(device))
