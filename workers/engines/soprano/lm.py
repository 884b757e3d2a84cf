"""Soprano's language model: a Qwen3 decoder-only transformer with a static key-value cache.

The architecture is that of Qwen3 (Qwen team, 2025; ``Qwen3ForCausalLM`` of transformers is the reference):
RMSNorm before each half layer, normalised queries and keys, rotary positions by half rotation, grouped-query attention,
SwiGLU. A frame for the vocoder is the hidden state after the last norm at the position that predicts an audio token.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear, rms_norm, scaled_dot_product_attention, silu


@dataclass(frozen=True)
class Config:
    """The model's shape, from config.json."""

    vocab: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    positions: int
    theta: float
    eps: float
    stop: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each tensor of model.safetensors."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        layer = {
            "input_layernorm": (self.hidden,),
            "self_attn.q_proj": (queries, self.hidden),
            "self_attn.k_proj": (keys, self.hidden),
            "self_attn.v_proj": (keys, self.hidden),
            "self_attn.q_norm": (self.head_dim,),
            "self_attn.k_norm": (self.head_dim,),
            "self_attn.o_proj": (self.hidden, queries),
            "post_attention_layernorm": (self.hidden,),
            "mlp.gate_proj": (self.ffn, self.hidden),
            "mlp.up_proj": (self.ffn, self.hidden),
            "mlp.down_proj": (self.hidden, self.ffn),
        }
        whole = {"model.embed_tokens": (self.vocab, self.hidden), "lm_head": (self.vocab, self.hidden)}
        return {f"{name}.weight": shape for name, shape in (whole | {"model.norm": (self.hidden,)}).items()} | {
            f"model.layers.{i}.{name}.weight": shape for i in range(self.layers) for name, shape in layer.items()
        }


class Formats(NamedTuple):
    """Number formats of the matrices: for one row, where reading the weights dominates, and for many rows."""

    row: torch.dtype
    rows: torch.dtype


EXACT = Formats(torch.float32, torch.float32)
BATCH: Final = 8
"""Rows of a product of several sessions: one count, because the number of rows may decide how a product is rounded."""

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Layer, queries [n, heads, head_dim], keys and values [n, kv_heads, head_dim] to outputs [n, heads * head_dim]."""


class _Matrix:
    """A weight [out, in] in both formats, applied to float32 rows [n, in]."""

    def __init__(self, formats: Formats, *parts: Tensor) -> None:
        whole = torch.cat(parts)
        self._row = whole.to(formats.row)
        self._rows = self._row if formats.rows == formats.row else whole.to(formats.rows)

    def __call__(self, x: Tensor) -> Tensor:
        weight = self._row if len(x) == 1 else self._rows
        return linear(x.to(weight.dtype), weight).float()


class _Layer:
    def __init__(self, config: Config, formats: Formats, weights: Mapping[str, Tensor]) -> None:
        def part(name: str) -> Tensor:
            return weights[f"{name}.weight"]

        self.first_norm = part("input_layernorm").float()
        self.qkv = _Matrix(formats, *(part(f"self_attn.{name}_proj") for name in "qkv"))
        # One norm for queries and keys, which stay one tensor up to the attention.
        norms = [part("self_attn.q_norm")] * config.heads + [part("self_attn.k_norm")] * config.kv_heads
        self.head_norms = torch.stack(norms).float()
        self.out = _Matrix(formats, part("self_attn.o_proj"))
        self.second_norm = part("post_attention_layernorm").float()
        self.gate_up = _Matrix(formats, part("mlp.gate_proj"), part("mlp.up_proj"))
        self.down = _Matrix(formats, part("mlp.down_proj"))


class LanguageModel:
    """The weights. A `Session` holds the state of one utterance."""

    def __init__(self, config: Config, weights: Mapping[str, Tensor], device: str, formats: Formats, rows: int) -> None:
        """weights: as in ``config.shapes``. rows: maximum tokens of a session."""
        self.config, self.device, self.rows = config, torch.device(device), rows
        weights = {name: tensor.to(self.device) for name, tensor in weights.items()}
        # A copy, because a view would keep the whole loaded tensor alive.
        self._embed = weights["model.embed_tokens.weight"].to(torch.float32, copy=True)
        self._norm = weights["model.norm.weight"].float()
        self._head = _Matrix(formats, weights["lm_head.weight"])
        self._layers = []
        for i in range(config.layers):
            prefix = f"model.layers.{i}."
            here = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
            self._layers.append(_Layer(config, formats, here))
        half = config.head_dim // 2
        steps = config.theta ** -(torch.arange(half, dtype=torch.float32) / half)
        angles = torch.outer(torch.arange(rows, dtype=torch.float32), steps)
        # Half rotation negates the first half of a head: the sines contain that sign.
        self._cos = torch.cat((angles.cos(), angles.cos()), 1)[:, None].to(self.device)
        self._sin = torch.cat((-angles.sin(), angles.sin()), 1)[:, None].to(self.device)
        self._range = torch.arange(rows, device=self.device)

    def cache(self) -> Tensor:
        """A new cache of keys and values: [layers, 2, kv_heads, rows, head_dim] float32."""
        c = self.config
        return torch.zeros(c.layers, 2, c.kv_heads, self.rows, c.head_dim, device=self.device)

    def forward(self, ids: Tensor, at: Tensor | int, cache: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens [n] int64 at positions ``at``, at + 1, …: the last one's hidden state [hidden] and logits [vocab].

        Several tokens are allowed only at position 0. at: a tensor [1] int64 for one token with static shapes, for a
        CUDA graph: attention then covers the whole cache, masked.
        """
        where = at if isinstance(at, Tensor) else slice(at, at + len(ids))
        mask = (self._range <= at)[None] if isinstance(at, Tensor) else None

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            keys, values = cache[layer]
            keys[:, where] = k.transpose(0, 1)
            values[:, where] = v.transpose(0, 1)
            if isinstance(where, slice):
                keys, values = keys[:, : where.stop], values[:, : where.stop]
            return self._attend(q, keys, values, mask)

        x = self._run(ids, where, attend)
        hidden = rms_norm(x[-1:], (self.config.hidden,), self._norm, self.config.eps)
        return hidden[0], self._head(hidden)[0]

    @torch.inference_mode()
    def forward_batch(self, tokens: list[int], places: list[int], caches: list[Tensor]) -> tuple[Tensor, Tensor]:
        """A token at its position for each of 1 to BATCH caches: hidden states [n, hidden] and logits [n, vocab].

        A row's result depends on no other row: the products always have BATCH rows, and each row its own attention.
        """
        missing = [0] * (BATCH - len(tokens))
        ids, where = torch.tensor(tokens + missing), torch.tensor(places + missing)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            attended = q.new_zeros(BATCH, self.config.heads * self.config.head_dim)
            for row, (at, cache) in enumerate(zip(places, caches, strict=True)):
                keys, values = cache[layer]
                keys[:, at], values[:, at] = k[row], v[row]
                attended[row] = self._attend(q[row : row + 1], keys[:, : at + 1], values[:, : at + 1], None)
            return attended

        hidden = rms_norm(self._run(ids, where, attend), (self.config.hidden,), self._norm, self.config.eps)
        return hidden[: len(tokens)], self._head(hidden)[: len(tokens)]

    def _run(self, ids: Tensor, where: Tensor | slice, attend: Attend) -> Tensor:
        """The layers: tokens [n] at positions ``where`` to [n, hidden]."""
        c = self.config
        x, cos, sin = self._embed[ids], self._cos[where], self._sin[where]
        for i, layer in enumerate(self._layers):
            qkv = layer.qkv(rms_norm(x, (c.hidden,), layer.first_norm, c.eps)).view(len(ids), -1, c.head_dim)
            qk = rms_norm(qkv[:, : c.heads + c.kv_heads], (c.head_dim,), None, c.eps) * layer.head_norms
            qk = torch.addcmul(qk * cos, qk.roll(c.head_dim // 2, -1), sin)
            x = x + layer.out(attend(i, qk[:, : c.heads], qk[:, c.heads :], qkv[:, c.heads + c.kv_heads :]))
            gate_up = layer.gate_up(rms_norm(x, (c.hidden,), layer.second_norm, c.eps))
            x = x + layer.down(silu(gate_up[:, : c.ffn]) * gate_up[:, c.ffn :])
        return x

    def _attend(self, q: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """Attention: queries [n, heads, head_dim] to outputs [n, heads * head_dim]."""
        n = len(q)
        if n == 1:  # queries that share a key are rows of one product
            grouped = q.view(1, self.config.kv_heads, -1, self.config.head_dim)
            return scaled_dot_product_attention(grouped, keys[None], values[None], attn_mask=mask).reshape(1, -1)
        gathered = scaled_dot_product_attention(
            q.transpose(0, 1)[None], keys[None], values[None], is_causal=True, enable_gqa=True
        )
        return gathered[0].transpose(0, 1).reshape(n, -1)


class Session:
    """The cache of one utterance; ``begin`` resets it. Not thread-safe.

    On CUDA, ``step`` is a graph, captured at the first ``begin``, and the next step overwrites the returned tensors.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model, self._cache, self._at = model, model.cache(), 0
        self._graph: Any = None
        self._token = torch.zeros(1, dtype=torch.int64, device=model.device)
        self._place = torch.zeros(1, dtype=torch.int64, device=model.device)

    @torch.inference_mode()
    def begin(self, ids: list[int]) -> tuple[Tensor, Tensor]:
        """The prompt, one token at least: see `LanguageModel.forward`. ValueError where it is too long."""
        if len(ids) >= self._model.rows:
            raise ValueError(f"a prompt of {len(ids)} tokens does not fit into {self._model.rows} positions")
        if self._model.device.type == "cuda" and self._graph is None:
            self._capture()
        self._at = len(ids)
        return self._model.forward(torch.tensor(ids, device=self._model.device), 0, self._cache)

    @torch.inference_mode()
    def step(self, token: int) -> tuple[Tensor, Tensor]:
        """One more token: see `LanguageModel.forward`. ValueError where no position is left."""
        if self._at >= self._model.rows:
            raise ValueError(f"all {self._model.rows} positions are taken")
        self._token.fill_(token)
        at, self._at = self._at, self._at + 1
        if self._graph is None:
            return self._model.forward(self._token, at, self._cache)
        self._place.fill_(at)
        self._graph.replay()
        return self._result

    def _capture(self) -> None:
        """Capture the graph after three runs, in which CUDA selects and loads kernels."""
        aside: Any = torch.cuda.Stream(self._model.device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(self._model.device))
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._model.forward(self._token, self._place, self._cache)
        torch.cuda.current_stream(self._model.device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._result = self._model.forward(self._token, self._place, self._cache)
        self._graph = graph


def step_together(sessions: Sequence[Session], tokens: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """`Session.step` of up to BATCH sessions of one model on a CPU. ValueError, and no step, where one is full."""
    model, places = sessions[0]._model, [session._at for session in sessions]
    if max(places) >= model.rows:
        raise ValueError(f"all {model.rows} positions are taken")
    hidden, logits = model.forward_batch(list(tokens), places, [session._cache for session in sessions])
    for session in sessions:
        session._at += 1
    return list(zip(hidden, logits, strict=True))
