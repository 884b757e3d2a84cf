"""XTTS-v2 (Coqui, Coqui Public Model License): a language model (gpt.py), and a vocoder of its hidden states.

A voice is a directory of the store ``voices`` with a published checkpoint; the directory's name is the voice's.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.workers.engines.engine import Downstream, FrameSpec, Voice
from steadyvoice.workers.engines.speakers import Folders, SpeakerGenerator
from steadyvoice.workers.engines.xtts import checkpoint

if TYPE_CHECKING:
    from torch import Tensor

    from steadyvoice.workers.engines.xtts.speaking import Speaker
    from steadyvoice.workers.engines.xtts.vocoder import HifiganDecoder, XttsVocoder

NAME = "xtts"
RATE = 24000
_FOLDERS = Folders(NAME, checkpoint.is_one)


class Xtts:
    """Entry point ``xtts`` of the group steadyvoice.engines."""

    spec = FrameSpec("latent", 1024, 1115, buffered=True)  # 1024 samples of 22.05 kHz are 1114.6 of 24 kHz
    loads_on_demand = True

    def __init__(self, device: str = "auto") -> None:
        """device: auto, cpu or cuda:N; auto is the first GPU where there is one."""
        self._device = device
        self._decoders: dict[str, tuple[HifiganDecoder, Tensor]] = {}

    def preload(self) -> None:
        if any(voice.installed for voice in self.voices()):
            import torch  # noqa: F401 - a second of every start, and most of the memory

    def voices(self) -> list[Voice]:
        return _FOLDERS.voices(RATE, "CPML")

    def generator(self) -> SpeakerGenerator:
        """Frames are latents [1, 1024], 46 ms each."""
        return SpeakerGenerator(_FOLDERS, partial(_speaker, device=self._device))

    def vocoder(self, voice: str, downstream: Downstream) -> "XttsVocoder":
        """See `Engine.vocoder`. BadModelFile."""
        from steadyvoice.workers.engines.xtts import sound

        if voice not in self._decoders:
            self._decoders[voice] = sound.decoder(_FOLDERS.path(voice), self._device)
        decoder, speaker = self._decoders[voice]
        return decoder.vocoder(speaker, downstream)


def _speaker(path: Path, device: str) -> "Speaker":
    from steadyvoice.workers.engines.xtts import gpt, speaking
    from steadyvoice.workers.networks import device as devices

    checkpoint.files(path)
    where = devices.place(device)
    model = gpt.XttsGpt(gpt.SHAPE, checkpoint.language_model(path, gpt.SHAPE, where), devices.formats(where))
    return speaking.Speaker(model, checkpoint.encoder(path, gpt.SHAPE, "en"), checkpoint.voice(path, gpt.SHAPE)[0])
