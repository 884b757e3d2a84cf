"""Random weights of vocoders in the published format and size: a hum at the cost of speech."""

from collections.abc import Callable, Mapping
from math import prod, sqrt
from typing import Final

import torch
from torch import Tensor

from steadyvoice.workers.networks.hifigan import HifiganShape
from steadyvoice.workers.networks.hift import HiftShape
from steadyvoice.workers.networks.weight_norm import unfolded

_HERTZ: Final = 150.0


def random_hift(prefix: str = "mel2wav.", seed: int = 0, shape: HiftShape | None = None) -> dict[str, Tensor]:
    """The tensors of HiFT, as they are published in Chatterbox's s3gen files; in CosyVoice2's hift.pt without a prefix.

    Its sound has the pitch of a low voice, unvoiced in places, and stays within 1.
    """
    shape = shape or HiftShape()
    weights = _drawn(shape.tensors(), seed)
    weights["f0_predictor.classifier.weight"] *= _HERTZ
    weights["f0_predictor.classifier.bias"] += _HERTZ
    weights["conv_post.weight"][: shape.fft // 2 + 1] /= 4  # logarithms of magnitudes
    return _published(
        weights, prefix, lambda name: not name.startswith(("source_downs", "m_source", "f0_predictor.cl"))
    )


def random_hifigan(
    prefix: str = "hifigan_decoder.waveform_decoder.", seed: int = 0, shape: HifiganShape | None = None
) -> dict[str, Tensor]:
    """The tensors of HiFi-GAN, as they are published in XTTS-v2's model.pth."""
    weights = _drawn((shape or HifiganShape()).tensors(), seed)
    weights["conv_post.weight"] /= 4
    return _published(weights, prefix, lambda name: name.startswith(("ups", "resblocks")))


def _drawn(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Weights that keep the size of what they multiply, smaller in residual blocks."""
    dice, weights = torch.Generator().manual_seed(seed), {}
    for name, shape in shapes.items():
        numbers = torch.randn(shape, generator=dice)
        if name.endswith("alpha"):
            weights[name] = 1 + numbers.abs() / 3
        else:
            weights[name] = numbers * (
                (0.5 if "resblocks" in name else 1) / sqrt(prod(shape[1:]) if shape[1:] else 100)
            )
    return weights


def _published(weights: Mapping[str, Tensor], prefix: str, is_normed: Callable[[str], bool]) -> dict[str, Tensor]:
    every: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        normed = name.endswith("weight") and is_normed(name)
        every |= unfolded(f"{prefix}{name}", tensor) if normed else {f"{prefix}{name}": tensor}
    return every
