"""A decoder-only transformer with RMSNorm, rotary positions and a gated feed-forward: Llama, Qwen2, Qwen3.

References: ``LlamaModel`` and ``Qwen2Model`` of transformers 4.57.6, ``Qwen3ForCausalLM`` of 5.23.0. Rotation of
halves; grouped-query attention; the scaling of frequencies by wavelength of Llama 3.1 (Meta, 2024); norms of queries
and keys of Qwen3. Embeddings and heads are the caller's.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import rms_norm, silu

from steadyvoice.workers.networks.attention import Span, new_cache
from steadyvoice.workers.networks.matrix import Formats, Matrix

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Layer, queries [batch, n, heads, head_dim], keys and values [batch, n, kv_heads, head_dim] to outputs [batch, n,
heads * head_dim]."""


@dataclass(frozen=True)
class LongRope:
    """Frequencies with a wavelength above ``positions / low`` are divided by ``factor``; above ``positions / high``
    kept; between them interpolated."""

    factor: float
    low: float
    high: float
    positions: int


@dataclass(frozen=True)
class DecoderShape:
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    theta: float
    eps: float
    long_rope: LongRope | None = None
    has_qkv_bias: bool = False
    has_head_norms: bool = False

    def tensors(self, prefix: str) -> dict[str, tuple[int, ...]]:
        """Published name and shape of each tensor, as in transformers."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention: dict[str, tuple[int, ...]] = {
            "q_proj.weight": (queries, self.width),
            "k_proj.weight": (keys, self.width),
            "v_proj.weight": (keys, self.width),
        }
        if self.has_qkv_bias:
            attention |= {"q_proj.bias": (queries,), "k_proj.bias": (keys,), "v_proj.bias": (keys,)}
        if self.has_head_norms:
            attention |= {"q_norm.weight": (self.head_dim,), "k_norm.weight": (self.head_dim,)}
        attention["o_proj.weight"] = (self.width, queries)
        layer: dict[str, tuple[int, ...]] = {
            "input_layernorm.weight": (self.width,),
            **{f"self_attn.{name}": shape for name, shape in attention.items()},
            "post_attention_layernorm.weight": (self.width,),
            "mlp.gate_proj.weight": (self.ffn, self.width),
            "mlp.up_proj.weight": (self.ffn, self.width),
            "mlp.down_proj.weight": (self.width, self.ffn),
        }
        layers = {f"{prefix}layers.{i}.{name}": shape for i in range(self.layers) for name, shape in layer.items()}
        return {f"{prefix}norm.weight": (self.width,)} | layers


class _Layer:
    def __init__(self, shape: DecoderShape, formats: Formats, weights: Mapping[str, Tensor], prefix: str) -> None:
        def joined(part: str, *names: str) -> Tensor:
            return torch.cat([weights[f"{prefix}{name}.{part}"] for name in names])

        qkv = [f"self_attn.{name}_proj" for name in "qkv"]
        self.first_norm = weights[f"{prefix}input_layernorm.weight"].to(formats.state, copy=True)
        self.qkv = Matrix(formats, joined("weight", *qkv), joined("bias", *qkv) if shape.has_qkv_bias else None)
        self.head_norms: Tensor | None = None
        if shape.has_head_norms:  # one norm for queries and keys, which stay one tensor up to the attention
            counts = {"q": shape.heads, "k": shape.kv_heads}
            norms = [weights[f"{prefix}self_attn.{name}_norm.weight"].expand(n, -1) for name, n in counts.items()]
            self.head_norms = torch.cat(norms).to(formats.state, copy=True)
        self.out = Matrix(formats, weights[f"{prefix}self_attn.o_proj.weight"])
        self.second_norm = weights[f"{prefix}post_attention_layernorm.weight"].to(formats.state, copy=True)
        self.gate_up = Matrix(formats, joined("weight", "mlp.gate_proj", "mlp.up_proj"))
        self.down = Matrix(formats, weights[f"{prefix}mlp.down_proj.weight"])


class DecoderLM:
    """The layers and the last norm. ``rows``: positions at most."""

    def __init__(
        self, shape: DecoderShape, weights: Mapping[str, Tensor], prefix: str, formats: Formats, rows: int
    ) -> None:
        """weights: as in ``shape.tensors(prefix)``, on the device of the model."""
        self.shape, self.rows = shape, rows
        self._norm = weights[f"{prefix}norm.weight"].to(formats.state, copy=True)
        self.device = self._norm.device
        self._layers = [_Layer(shape, formats, weights, f"{prefix}layers.{i}.") for i in range(shape.layers)]
        angles = torch.outer(torch.arange(rows, dtype=torch.float32), frequencies(shape))
        # Half rotation negates the first half of a head: the sines contain that sign.
        self._cos = torch.cat((angles.cos(), angles.cos()), 1)[:, None].to(self._norm)
        self._sin = torch.cat((-angles.sin(), angles.sin()), 1)[:, None].to(self._norm)
        self._range = torch.arange(rows, device=self.device)

    def cache(self, batch: int) -> Tensor:
        """A new cache of keys and values: see `new_cache`."""
        return new_cache(self.shape.layers, batch, self.shape.kv_heads, self.rows, self.shape.head_dim, self._norm)

    def forward(self, x: Tensor, at: int | Tensor, cache: Tensor) -> Tensor:
        """Rows [batch, n, width] at positions ``at`` (see `Span`) to hidden states after the last norm, as many."""
        span = Span(at, x.shape[1], self._range)
        return self.run(x, span.where, lambda layer, q, k, v: span.attend(q, k, v, cache[layer]))

    def run(self, x: Tensor, where: Tensor | slice, attend: Attend) -> Tensor:
        """As ``forward``, with an attention of the caller's. where: positions of the rows: [n], or [batch, n]."""
        s = self.shape
        cos, sin = self._cos[where], self._sin[where]
        for i, layer in enumerate(self._layers):
            qkv = layer.qkv(rms_norm(x, (s.width,), layer.first_norm, s.eps)).view(*x.shape[:2], -1, s.head_dim)
            qk, v = qkv[:, :, : s.heads + s.kv_heads], qkv[:, :, s.heads + s.kv_heads :]
            if layer.head_norms is not None:
                qk = rms_norm(qk, (s.head_dim,), None, s.eps) * layer.head_norms
            qk = torch.addcmul(qk * cos, qk.roll(s.head_dim // 2, -1), sin)
            x = x + layer.out(attend(i, qk[:, :, : s.heads], qk[:, :, s.heads :], v))
            gate_up = layer.gate_up(rms_norm(x, (s.width,), layer.second_norm, s.eps))
            x = x + layer.down(silu(gate_up[..., : s.ffn]) * gate_up[..., s.ffn :])
        return rms_norm(x, (s.width,), self._norm, s.eps)


def frequencies(shape: DecoderShape) -> Tensor:
    """Radians per position of each pair of a head: [head_dim / 2]."""
    half = shape.head_dim // 2
    plain = shape.theta ** -(torch.arange(half, dtype=torch.float32) / half)
    if shape.long_rope is None:
        return plain
    rope = shape.long_rope
    turns = rope.positions * plain / (2 * math.pi)  # within the positions of the first training
    kept = ((turns - rope.low) / (rope.high - rope.low)).clamp(0, 1)
    return kept * plain + (1 - kept) * plain / rope.factor
