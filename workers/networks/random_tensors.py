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
    matrices, norms = 0.02 * drawn, 1 + 0.1 * drawn
    at, weights = 0, {}
    for name, shape in shapes.items():
        size = torch.Size(shape).numel()
        block = norms if len(shape) == 1 and name.endswith(_NORMS) else matrices
        weights[name] = _repeated(block, at, size).view(shape)
        at = (at + size) % count
    return weights


def _repeated(block: Tensor, at: int, size: int) -> Tensor:
    """``size`` numbers of the block from ``at`` on, from its begin again after its end."""
    whole, done = torch.empty(size), 0
    while done < size:
        part = block[at : at + size - done]
        whole[done : done + len(part)] = part
        done, at = done + len(part), 0
    return whole
