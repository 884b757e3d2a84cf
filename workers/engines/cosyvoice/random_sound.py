"""Flow and vocoder of random weights in the published format and size, for tests and benchmarks."""

from pathlib import Path

import torch

from steadyvoice.workers.engines.cosyvoice.checkpoint import FLOW, HIFT
from steadyvoice.workers.networks.flow import FlowShape
from steadyvoice.workers.networks.random_flow import random_flow
from steadyvoice.workers.networks.random_vocoders import random_hift


def make_random(path: Path, seed: int = 0) -> None:
    """Write flow.pt and hift.pt. OSError where that fails."""
    torch.save(random_flow("", FlowShape(), seed), path / FLOW)
    torch.save(random_hift("", seed), path / HIFT)
