"""Flow and vocoder of a published directory."""

from pathlib import Path

from steadyvoice.workers.engines import mel_models
from steadyvoice.workers.engines.chatterbox import checkpoint, flow
from steadyvoice.workers.engines.chatterbox.vocoder import HiftDecoder
from steadyvoice.workers.networks import device as devices
from steadyvoice.workers.networks.flow import FlowVoice
from steadyvoice.workers.networks.hift import Hift, HiftShape
from steadyvoice.workers.networks.tensor_file import TensorFile
from steadyvoice.workers.networks.weight_norm import published


def flow_of(path: Path, device: str) -> tuple[flow.ChatterboxFlow, FlowVoice]:
    """Loads the flow, and computes its voice. BadModelFile; DeviceUnavailable."""
    file, place = path / checkpoint.variant(path).flow, devices.place(device)
    weights = mel_models.copied(TensorFile(file), "flow.", place)
    names = ("prompt_token", "prompt_feat", "embedding")
    reference = mel_models.reference(path / "conds.pt", checkpoint.voice(path)["gen"], *names)
    with mel_models.fitting(file):
        model = flow.load(weights, place, mel_models.dtype(place))
        return model, model.voice(reference)


def decoder(path: Path, device: str) -> HiftDecoder:
    """BadModelFile; DeviceUnavailable."""
    file, place = path / checkpoint.variant(path).flow, devices.place(device)
    shape = HiftShape()
    weights = published(TensorFile(file), "mel2wav.", shape.tensors())
    return HiftDecoder(Hift(weights, place, shape, by_frame=False), fades_in=True)


def check(path: Path) -> None:
    """Load flow and vocoder. BadModelFile."""
    flow_of(path, "cpu")
    decoder(path, "cpu")
