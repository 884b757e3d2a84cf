"""Flow and vocoder of random weights in the published format and size, for tests and benchmarks."""

from pathlib import Path

from safetensors.torch import save_file

from steadyvoice.workers.engines.chatterbox.variants import VARIANTS
from steadyvoice.workers.networks.estimator import EstimatorShape
from steadyvoice.workers.networks.flow import FlowShape
from steadyvoice.workers.networks.random_flow import random_flow
from steadyvoice.workers.networks.random_vocoders import random_hift


def make_random(path: Path, name: str = "nano", seed: int = 0) -> None:
    """Write the file of flow and vocoder. name: of the variant. OSError where that fails."""
    shape = FlowShape(estimator=EstimatorShape(meanflow=not VARIANTS[name].shape.is_guided))
    weights = random_flow("flow.", shape, seed) | random_hift("mel2wav.", seed)
    save_file(weights, path / VARIANTS[name].flow, {"format": "pt"})
