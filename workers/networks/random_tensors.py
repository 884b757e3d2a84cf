"""Random weights for published names and shapes: what a network costs, without what it knows."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

_DRAWN: Final = 4_194_301
"""Numbers drawn at most; larger tensors repeat them. A prime, so that no two rows of a matrix are equal."""

_NORMS: Final = ("weight", "gamma")


def random_tensors(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, Tensor]:
    """float32 tensors: norms near 1, biases near 0, matrices of a deviation that keeps activations finite."""
    count = min(_DRAWN, sum(torch.Size(shape).numel() for shape in shapes.values()))
    drawn = torch.randn(count, generator=torch.Generator().manual_seed(seed))
    small = 0.02 * drawn
    at, weights = 0, {}
    for name, shape in shapes.items():
        size = torch.Size(shape).numel()
        block = 1 + 0.1 * drawn if len(shape) == 1 and name.endswith(_NORMS) else small
        weights[name] = block.repeat((at + size) // count + 1)[at : at + size].view(shape).clone()
        at = (at + size) % count
    return weights
