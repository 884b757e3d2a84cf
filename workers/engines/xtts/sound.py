"""The vocoder of a published directory."""

from pathlib import Path

from torch import Tensor

from steadyvoice.workers.engines.xtts import checkpoint, gpt
from steadyvoice.workers.engines.xtts.vocoder import HifiganDecoder
from steadyvoice.workers.networks import device as devices
from steadyvoice.workers.networks.hifigan import Hifigan, HifiganShape
from steadyvoice.workers.networks.weight_norm import published

_VOCODER = "hifigan_decoder.waveform_decoder."


def decoder(path: Path, device: str) -> tuple[HifiganDecoder, Tensor]:
    """The vocoder, and the voice's vector. BadModelFile; DeviceUnavailable."""
    checkpoint.files(path)
    shape = HifiganShape()
    weights = published(checkpoint.weights(path), _VOCODER, shape.tensors())
    return HifiganDecoder(Hifigan(weights, devices.place(device), shape)), checkpoint.voice(path, gpt.SHAPE)[1]


def check(path: Path) -> None:
    """Load the vocoder. BadModelFile."""
    decoder(path, "cpu")
