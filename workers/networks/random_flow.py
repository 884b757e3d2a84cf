"""Random weights of a flow in the published format and size: noise at the cost of speech."""

import torch
from torch import Tensor

from steadyvoice.workers.networks.flow import Flow, FlowShape
from steadyvoice.workers.networks.random_tensors import random_tensors


def random_flow(prefix: str, shape: FlowShape, seed: int = 0) -> dict[str, Tensor]:
    """The tensors of ``flow.pt``, or with a prefix those of a flow in Chatterbox's s3gen files."""
    with torch.device("meta"):
        flow = Flow(shape)
    return random_tensors({f"{prefix}{name}": tuple(each.shape) for name, each in flow.state_dict().items()}, seed)
