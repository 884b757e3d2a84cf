"""Soprano's language model: Qwen3 (Qwen team, 2025) with a static key-value cache.

A frame for the vocoder is the hidden state after the last norm at the position that predicts an audio token.
``Qwen3ForCausalLM`` of transformers is the reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from steadyvoice.workers.networks.attention import Span
from steadyvoice.workers.networks.decoder_lm import DecoderLM, DecoderShape
from steadyvoice.workers.networks.matrix import Formats, Matrix

BATCH: Final = 8
"""Rows of a product of several sessions: one count, because the number of rows may decide how a product is rounded."""


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
        whole = {"model.embed_tokens.weight": (self.vocab, self.hidden), "lm_head.weight": (self.vocab, self.hidden)}
        return whole | self.layers_shape.tensors("model.")

    @property
    def layers_shape(self) -> DecoderShape:
        sizes = (self.layers, self.hidden, self.heads, self.kv_heads, self.head_dim, self.ffn)
        return DecoderShape(*sizes, self.theta, self.eps, has_head_norms=True)


class LanguageModel:
    """The weights. A `Session` holds the state of one utterance."""

    def __init__(self, config: Config, weights: Mapping[str, Tensor], device: str, formats: Formats, rows: int) -> None:
        """weights: as in ``config.shapes``. rows: maximum tokens of a session."""
        self.config, self.device, self.rows = config, torch.device(device), rows
        weights = {name: tensor.to(self.device) for name, tensor in weights.items()}
        # A copy, because a view would keep the whole loaded tensor alive.
        self._embed = weights["model.embed_tokens.weight"].to(formats.state, copy=True)
        self._head = Matrix(formats, weights["lm_head.weight"])
        self._layers = DecoderLM(config.layers_shape, weights, "model.", formats, rows)
        self._range = torch.arange(rows, device=self.device)

    def cache(self) -> Tensor:
        """A new cache of keys and values: see `new_cache`."""
        return self._layers.cache(1)

    def forward(self, ids: Tensor, at: Tensor | int, cache: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens [n] int64 at positions ``at``, at + 1, …: the last one's hidden state [hidden] and logits [vocab].

        Several tokens are allowed only at position 0. at: a tensor [1] int64 for one token with static shapes, for a
        CUDA graph: attention then covers the whole cache, masked.
        """
        hidden = self._layers.forward(self._embed[ids][None], at, cache)[0, -1:]
        return hidden[0].float(), self._head(hidden)[0].float()

    @torch.inference_mode()
    def forward_batch(self, tokens: list[int], places: list[int], caches: list[Tensor]) -> tuple[Tensor, Tensor]:
        """A token at its position for each of 1 to BATCH caches: hidden states [n, hidden] and logits [n, vocab].

        A row's result depends on no other row: the products always have BATCH rows, and each row its own attention.
        """
        missing = [0] * (BATCH - len(tokens))
        ids, where = torch.tensor(tokens + missing), torch.tensor(places + missing)
        spans = [Span(at, 1, self._range) for at in places]
        size = self.config.heads * self.config.head_dim

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            attended = q.new_zeros(BATCH, 1, size)
            for i, (span, cache) in enumerate(zip(spans, caches, strict=True)):
                row = slice(i, i + 1)
                attended[row] = span.attend(q[row], k[row], v[row], cache[layer])
            return attended

        hidden = self._layers.run(self._embed[ids][:, None], where[:, None], attend)[:, 0]
        return hidden[: len(tokens)], self._head(hidden)[: len(tokens)]


class Session:
    """The cache of one utterance; ``begin`` resets it. Not thread-safe.

    Once captured, on CUDA, ``step`` is a graph, and the next step overwrites the returned tensors.
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

    @torch.inference_mode()
    def capture(self) -> None:
        """Capture the graph of a step after three runs, in which CUDA selects and loads kernels; elsewhere nothing."""
        if self._model.device.type != "cuda":
            return
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


def new_session(model: LanguageModel) -> Session:
    session = Session(model)
    session.capture()
    return session


def step_together(sessions: Sequence[Session], tokens: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """`Session.step` of up to BATCH sessions of one model on a CPU. ValueError, and no step, where one is full."""
    model, places = sessions[0]._model, [session._at for session in sessions]
    if max(places) >= model.rows:
        raise ValueError(f"all {model.rows} positions are taken")
    hidden, logits = model.forward_batch(list(tokens), places, [session._cache for session in sessions])
    for session in sessions:
        session._at += 1
    return list(zip(hidden, logits, strict=True))
