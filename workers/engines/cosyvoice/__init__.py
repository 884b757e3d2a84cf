"""CosyVoice2 (FunAudioLLM, Apache-2.0): a language model of speech tokens (lm.py), a flow and a vocoder.

A voice is a directory of the store ``voices`` with a published checkpoint; the directory's name is the voice's.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steadyvoice.workers.engines.cosyvoice import checkpoint
from steadyvoice.workers.engines.engine import Downstream, FrameSpec, Voice
from steadyvoice.workers.engines.speakers import Folders, SpeakerGenerator

if TYPE_CHECKING:
    from steadyvoice.workers.engines.chatterbox.vocoder import HiftDecoder
    from steadyvoice.workers.engines.cosyvoice.flow import FlowSession
    from steadyvoice.workers.engines.cosyvoice.speaking import Speaker
    from steadyvoice.workers.engines.windowed import WindowedVocoder
    from steadyvoice.workers.networks.flow import FlowVoice

NAME = "cosyvoice"
RATE = 24000
_FOLDERS = Folders(NAME, checkpoint.is_one)


class CosyVoice2:
    """Entry point ``cosyvoice`` of the group steadyvoice.engines."""

    spec = FrameSpec("token", 1, RATE // 25, buffered=True)
    flow_spec = FrameSpec("mel", 80, RATE // 50, buffered=True, lookahead=12)
    loads_on_demand = True

    def __init__(self, device: str = "auto") -> None:
        """device: auto, cpu or cuda:N; auto is the first GPU where there is one."""
        self._device = device
        self._flows: dict[str, FlowVoice] = {}
        self._decoders: dict[str, HiftDecoder] = {}

    def preload(self) -> None:
        if any(voice.installed for voice in self.voices()):
            import torch  # noqa: F401 - a second of every start, and most of the memory

    def voices(self) -> list[Voice]:
        return _FOLDERS.voices(RATE, "Apache-2.0")

    def generator(self) -> SpeakerGenerator:
        """Frames are speech tokens [1, 1], 40 ms each."""
        return SpeakerGenerator(_FOLDERS, partial(_speaker, device=self._device))

    def flow(self, voice: str, downstream: Downstream) -> "FlowSession":
        """See `WithFlow.flow`. BadModelFile."""
        from steadyvoice.workers.engines.cosyvoice import sound
        from steadyvoice.workers.engines.cosyvoice.flow import FlowSession

        if voice not in self._flows:
            self._flows[voice] = sound.flow_of(_FOLDERS.path(voice), self._device)
        return FlowSession(self._flows[voice], downstream.check)

    def vocoder(self, voice: str, downstream: Downstream) -> "WindowedVocoder":
        """See `Engine.vocoder`. BadModelFile."""
        from steadyvoice.workers.engines.cosyvoice import sound

        if voice not in self._decoders:
            self._decoders[voice] = sound.decoder(_FOLDERS.path(voice), self._device)
        return self._decoders[voice].vocoder(downstream)


def _speaker(path: Path, device: str) -> "Speaker":
    from steadyvoice.workers.engines.cosyvoice import lm, speaking
    from steadyvoice.workers.networks import device as devices

    checkpoint.files(path)
    where = devices.place(device)
    voice = checkpoint.lm_voice(path, lm.SHAPE)
    rows = 2 + len(voice.text) + len(voice.prompt) + speaking.MOST_CHARS + lm.MOST_TOKENS
    weights = checkpoint.language_model(path, lm.SHAPE, where)
    model = lm.CosyLM(lm.SHAPE, weights, devices.formats(where), rows)
    return speaking.Speaker(model, checkpoint.encoder(path, lm.SHAPE), voice)
