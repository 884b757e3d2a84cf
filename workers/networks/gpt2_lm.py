"""GPT-2 (Radford et al. 2019): LayerNorm before each half layer, biases, GELU by tanh, learned positions.

The reference is ``GPT2Model`` of transformers 4.57.6. Embeddings of tokens and heads are the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm

from steadyvoice.workers.networks.attention import Span, new_cache
from steadyvoice.workers.networks.matrix import Formats, Matrix

_EPS = 1e-5


@dataclass(frozen=True)
class Gpt2Shape:
    layers: int
    width: int
    heads: int
    positions: int = 0
    """Rows of the table of learned positions; 0: none."""

    def tensors(self, prefix: str) -> dict[str, tuple[int, ...]]:
        """Published name and shape of each tensor, as in transformers, without the unused embedding of tokens."""
        w = self.width
        sides = {"attn.c_attn": (w, 3 * w), "attn.c_proj": (w, w), "mlp.c_fc": (w, 4 * w), "mlp.c_proj": (4 * w, w)}
        layer: dict[str, tuple[int, ...]] = {}
        for name, shape in ({"ln_1": (w,), "ln_2": (w,)} | sides).items():
            layer |= {f"{name}.weight": shape, f"{name}.bias": shape[-1:]}
        whole: dict[str, tuple[int, ...]] = {"ln_f.weight": (w,), "ln_f.bias": (w,)}
        if self.positions:
            whole["wpe.weight"] = (self.positions, w)
        layers = {f"h.{i}.{name}": shape for i in range(self.layers) for name, shape in layer.items()}
        return {f"{prefix}{name}": shape for name, shape in (layers | whole).items()}


class _Norm:
    def __init__(self, formats: Formats, weights: Mapping[str, Tensor], name: str) -> None:
        self._weight = weights[f"{name}.weight"].to(formats.state, copy=True)
        self._bias = weights[f"{name}.bias"].to(formats.state, copy=True)

    def __call__(self, x: Tensor) -> Tensor:
        return layer_norm(x, self._weight.shape, self._weight, self._bias, _EPS)


class _Layer:
    def __init__(self, formats: Formats, weights: Mapping[str, Tensor], prefix: str) -> None:
        def matrix(name: str) -> Matrix:  # published as [in, out]
            return Matrix(formats, weights[f"{prefix}{name}.weight"].t().contiguous(), weights[f"{prefix}{name}.bias"])

        self.first_norm = _Norm(formats, weights, f"{prefix}ln_1")
        self.qkv, self.out = matrix("attn.c_attn"), matrix("attn.c_proj")
        self.second_norm = _Norm(formats, weights, f"{prefix}ln_2")
        self.up, self.down = matrix("mlp.c_fc"), matrix("mlp.c_proj")


class Gpt2LM:
    """The layers and the last norm. ``rows``: positions at most."""

    def __init__(
        self, shape: Gpt2Shape, weights: Mapping[str, Tensor], prefix: str, formats: Formats, rows: int
    ) -> None:
        """weights: as in ``shape.tensors(prefix)``, on the device of the model."""
        self.shape, self.rows = shape, min(rows, shape.positions or rows)
        self._norm = _Norm(formats, weights, f"{prefix}ln_f")
        self._layers = [_Layer(formats, weights, f"{prefix}h.{i}.") for i in range(shape.layers)]
        self._like = weights[f"{prefix}ln_f.weight"].to(formats.state, copy=True)
        self.device = self._like.device
        self._places = (
            weights[f"{prefix}wpe.weight"][: self.rows].to(formats.state, copy=True) if shape.positions else None
        )
        self._range = torch.arange(self.rows, device=self.device)

    def cache(self, batch: int) -> Tensor:
        """A new cache of keys and values: see `new_cache`."""
        s = self.shape
        return new_cache(s.layers, batch, s.heads, self.rows, s.width // s.heads, self._like)

    def forward(self, x: Tensor, at: int | Tensor, cache: Tensor) -> Tensor:
        """Rows [batch, n, width] at positions ``at`` (see `Span`) to hidden states after the last norm, as many."""
        s = self.shape
        span = Span(at, x.shape[1], self._range)
        if self._places is not None:
            x = x + self._places[span.where]
        for layer, kept in zip(self._layers, cache, strict=True):
            qkv = layer.qkv(layer.first_norm(x)).view(*x.shape[:2], 3, s.heads, -1)
            x = x + layer.out(span.attend(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2], kept))
            x = x + layer.down(gelu(layer.up(layer.second_norm(x)), approximate="tanh"))
        return self._norm(x)
