"""Chatterbox, Turbo and Nano (Resemble AI, MIT): a language model of speech tokens (t3.py), a flow and a vocoder.

A voice is a directory of the store ``voices`` with a published checkpoint; the directory's name is the voice's.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.workers.engines.chatterbox import checkpoint
from steadyvoice.workers.engines.engine import FrameSpec, Voice
from steadyvoice.workers.engines.speakers import Folders, SpeakerGenerator

if TYPE_CHECKING:
    from steadyvoice.workers.engines.chatterbox.speaking import Speaker

NAME = "chatterbox"
RATE = 24000
_FOLDERS = Folders(NAME, lambda names: checkpoint.variant_name(names) is not None)


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
        return _FOLDERS.voices(RATE, "MIT")

    def generator(self) -> SpeakerGenerator:
        """Frames are speech tokens [1, 1], 40 ms each."""
        return SpeakerGenerator(_FOLDERS, partial(_speaker, device=self._device))


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
