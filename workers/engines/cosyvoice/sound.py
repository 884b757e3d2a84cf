"""Flow and vocoder of a published directory."""

from pathlib import Path

from steadyvoice.workers.engines import mel_models
from steadyvoice.workers.engines.chatterbox.vocoder import HiftDecoder
from steadyvoice.workers.engines.cosyvoice import checkpoint, flow
from steadyvoice.workers.networks import device as devices
from steadyvoice.workers.networks import tensor_file
from steadyvoice.workers.networks.flow import FlowVoice
from steadyvoice.workers.networks.hift import Hift, HiftShape
from steadyvoice.workers.networks.weight_norm import published

_GENERATOR = "generator."
"""Before the names in hift.pt as it is trained; upstream's ``CosyVoiceModel.load`` removes it, too."""


def flow_of(path: Path, device: str) -> FlowVoice:
    """Loads the flow, and computes its voice. BadModelFile; DeviceUnavailable."""
    file, place = path / checkpoint.FLOW, devices.place(device)
    weights = mel_models.copied(tensor_file.plain(file), "", place)
    names = ("flow_prompt_speech_token", "prompt_speech_feat", "flow_embedding")
    reference = mel_models.reference(path / checkpoint.VOICES, checkpoint.voice(path), *names)
    with mel_models.fitting(file):
        return flow.voice(flow.load(weights, place, mel_models.dtype(place)), reference)


def decoder(path: Path, device: str) -> HiftDecoder:
    """BadModelFile; DeviceUnavailable."""
    tensors = tensor_file.plain(path / checkpoint.HIFT)
    plain = {name.removeprefix(_GENERATOR): tensor for name, tensor in tensors.items()}
    shape = HiftShape()
    weights = published(plain, "", shape.tensors())
    return HiftDecoder(Hift(weights, devices.place(device), shape, by_frame=True), fades_in=False)


def check(path: Path) -> None:
    """Load flow and vocoder. BadModelFile."""
    flow_of(path, "cpu")
    decoder(path, "cpu")
