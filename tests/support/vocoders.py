"""Vocoders of tiny size with drawn weights."""

from collections.abc import Mapping
from math import prod, sqrt

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.networks.hifigan import HifiganShape
from steadyvoice.workers.networks.hift import HiftShape

TINY = HiftShape(mels=10, width=16, f0_width=12)
TINY_HIFIGAN = HifiganShape(latents=12, width=32, speaker=6)


def drawn(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Weights that keep the size of what they multiply, smaller in residual blocks."""
    dice, weights = np.random.RandomState(seed), {}
    for name, shape in shapes.items():
        numbers = torch.from_numpy(dice.standard_normal(shape).astype(np.float32))
        size = 0.5 if "resblocks" in name else 1.0
        weights[name] = 1 + numbers.abs() / 3 if name.endswith("alpha") else size * numbers / sqrt(prod(shape[1:]))
    return weights


def hift_weights() -> dict[str, Tensor]:
    """With pitches of 0 to 400 Hz, some of them unvoiced."""
    weights = drawn(TINY.tensors(), 1)
    weights["f0_predictor.classifier.weight"] *= 300
    weights["f0_predictor.classifier.bias"] += 380
    weights["conv_post.bias"][: TINY.fft // 2 + 1] -= 5
    return weights


def hifigan_weights() -> dict[str, Tensor]:
    weights = drawn(TINY_HIFIGAN.tensors(), 3)
    weights["conv_post.weight"] /= 20
    return weights


def rows(count: int, width: int) -> Tensor:
    """Mel frames, latents or, for a count of 1, a speaker."""
    return torch.from_numpy(np.random.RandomState(2).standard_normal((count, width)).astype(np.float32))
