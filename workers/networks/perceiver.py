"""Perceivers (Jaegle et al. 2021): a few learned queries that read a sequence of any length.

Two forms: Chatterbox's, of which one block is used twice (resemble-ai/chatterbox at 5de7a54), and XTTS-v2's, with two
layers of its own (idiap/coqui-ai-TTS at 7cde79e). Both run once for a voice, in float32.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear, normalize, scaled_dot_product_attention

_BLOCK_HEADS: Final = 4
_RESAMPLER_HEADS, _RESAMPLER_SIZE, _RESAMPLER_LAYERS = 8, 64, 2


def block_shapes(prefix: str, width: int, queries: int) -> dict[str, tuple[int, ...]]:
    """Published name and shape of each tensor of Chatterbox's form."""
    shapes: dict[str, tuple[int, ...]] = {
        "pre_attention_query": (1, queries, width),
        "attn.norm.weight": (width,),
        "attn.norm.bias": (width,),
    }
    for name in ("to_q", "to_k", "to_v", "proj_out"):
        shapes |= {f"attn.{name}.weight": (width, width), f"attn.{name}.bias": (width,)}
    return {f"{prefix}{name}": shape for name, shape in shapes.items()}


def block_reads(weights: Mapping[str, Tensor], prefix: str, rows: Tensor) -> Tensor:
    """Rows [n, width] to [queries, width]: the queries attend to the rows, then to themselves, with one block."""

    def projected(name: str, x: Tensor) -> Tensor:
        return linear(x, weights[f"{prefix}attn.{name}.weight"], weights[f"{prefix}attn.{name}.bias"])

    def attended(x: Tensor, context: Tensor) -> Tensor:
        norm = weights[f"{prefix}attn.norm.weight"], weights[f"{prefix}attn.norm.bias"]
        inner, outer = (layer_norm(each, each.shape[-1:], *norm) for each in (x, context))
        return x + projected(
            "proj_out",
            _attention(projected("to_q", inner), projected("to_k", outer), projected("to_v", outer), _BLOCK_HEADS),
        )

    read = attended(weights[f"{prefix}pre_attention_query"][0], rows)
    return attended(read, read)


def resampler_shapes(prefix: str, width: int, queries: int) -> dict[str, tuple[int, ...]]:
    """Published name and shape of each tensor of XTTS-v2's form."""
    inner, gated = _RESAMPLER_HEADS * _RESAMPLER_SIZE, 2 * _hidden(width)
    layer: dict[str, tuple[int, ...]] = {
        "0.to_q.weight": (inner, width),
        "0.to_kv.weight": (2 * inner, width),
        "0.to_out.weight": (width, inner),
        "1.0.weight": (gated, width),
        "1.0.bias": (gated,),
        "1.2.weight": (width, gated // 2),
        "1.2.bias": (width,),
    }
    layers = {f"layers.{i}.{name}": shape for i in range(_RESAMPLER_LAYERS) for name, shape in layer.items()}
    whole = {"latents": (queries, width), "norm.gamma": (width,)} | layers
    return {f"{prefix}{name}": shape for name, shape in whole.items()}


def resampler_reads(weights: Mapping[str, Tensor], prefix: str, rows: Tensor) -> Tensor:
    """Rows [n, width] to [queries, width]: the queries attend to themselves and the rows together, layer by layer."""
    x = weights[f"{prefix}latents"]
    for i in range(_RESAMPLER_LAYERS):
        part = f"{prefix}layers.{i}."
        keys, values = linear(torch.cat((x, rows)), weights[f"{part}0.to_kv.weight"]).chunk(2, -1)
        read = _attention(linear(x, weights[f"{part}0.to_q.weight"]), keys, values, _RESAMPLER_HEADS)
        x = x + linear(read, weights[f"{part}0.to_out.weight"])
        up, gate = linear(x, weights[f"{part}1.0.weight"], weights[f"{part}1.0.bias"]).chunk(2, -1)
        x = x + linear(up * gelu(gate), weights[f"{part}1.2.weight"], weights[f"{part}1.2.bias"])
    return normalize(x, dim=-1) * (weights[f"{prefix}norm.gamma"] * float(x.shape[-1] ** 0.5))


def _hidden(width: int) -> int:
    """Width of a gated feed-forward with as many parameters as a plain one of four times the width."""
    return int(width * 4 * 2 / 3)


def _attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """[n, width] each, without a mask."""
    q, k, v = (each.view(len(each), heads, -1).transpose(0, 1)[None] for each in (q, k, v))
    return scaled_dot_product_attention(q, k, v)[0].transpose(0, 1).flatten(1)
