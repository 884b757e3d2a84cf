"""Speech tokens of one utterance, step by step, in tensors that are allocated once.

A step computes the next token from the last one, including the choice: on CUDA it is one captured graph, and the
program waits for the device once a token, while the device computes the next one.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Protocol

import torch
from torch import Tensor

from steadyvoice.workers.networks.sampling import History, Sampler

_SEED: Final = 0


class Layers(Protocol):
    """`DecoderLM` or `Gpt2LM`."""

    rows: int
    device: torch.device

    def cache(self, batch: int) -> Tensor: ...
    def forward(self, x: Tensor, at: int | Tensor, cache: Tensor) -> Tensor: ...


class SpeechModel(Protocol):
    """What a session needs of a model."""

    batch: int
    """Sequences that make one token: 2 with classifier-free guidance."""
    vocab: int

    @property
    def layers(self) -> Layers: ...

    def embed(self, token: Tensor, count: int | Tensor) -> Tensor:
        """A speech token [1], the ``count``-th from 0 that was made (an int, or [1]), to rows [batch, 1, width]."""
        ...

    def read(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [batch, width] to what the next stage needs of them [n], and float32 logits [vocab]."""
        ...


class Prefix(NamedTuple):
    """Rows that are equal in all utterances of a voice, computed once."""

    cache: Tensor
    """[layers, 2, batch, kv_heads, n, head_dim]"""

    @property
    def length(self) -> int:
        return self.cache.shape[4]


class Step(NamedTuple):
    token: int
    latent: Tensor
    """What ``SpeechModel.read`` returned beside the logits from which the token was drawn. Of a model on CUDA it is in
    the program's memory, and overwritten by the next step but one."""


@torch.inference_mode()
def prefill(model: SpeechModel, rows: Tensor) -> Prefix:
    """Compute a voice's rows [batch, n, width]."""
    cache = model.layers.cache(model.batch)
    model.layers.forward(rows, 0, cache)
    return Prefix(cache[:, :, :, :, : rows.shape[1]].clone())


class Session:
    """The state of one utterance at a time. Not thread-safe.

    starts: tokens that the sampler regards as seen; with ``forgets`` only in the first choice.
    """

    def __init__(
        self, model: SpeechModel, sampler: Sampler, starts: tuple[int, ...] = (), *, forgets: bool = False
    ) -> None:
        self._model, self._sampler, self._starts, self._forgets = model, sampler, starts, forgets
        device = model.layers.device
        self._cache = model.layers.cache(model.batch)
        self._history = History(model.vocab, device)
        # The same numbers for every utterance: a text that is said again after a crash has the same tokens.
        dice = torch.rand(model.layers.rows, 2, generator=torch.Generator().manual_seed(_SEED))
        self._dice = dice.to(device)
        self._token = torch.zeros(1, dtype=torch.int64, device=device)
        self._place = torch.zeros(1, dtype=torch.int64, device=device)
        self._count = torch.zeros(1, dtype=torch.int64, device=device)
        self._graph: Any = None

    @torch.inference_mode()
    def capture(self) -> None:
        """Capture the graph of a step on CUDA, after three runs in which kernels are selected; elsewhere nothing."""
        device = self._model.layers.device
        if device.type != "cuda" or self._graph is not None:
            return
        aside: Any = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._advance()
        torch.cuda.current_stream(device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._latent = self._advance()
        self._graph = graph

    def steps(self, prefix: Prefix, rows: Tensor, most: int, least: int = 0) -> Iterator[Step]:
        """At most ``most`` tokens that follow the voice's prefix and these rows [batch, n, width].

        least: tokens before which a sampler that can do so draws no stop. The caller ends the iteration at the model's
        stop token. ValueError where the rows do not fit in; ArithmeticError where the model computed no numbers.
        """
        first = self._begin(prefix, rows, most, least)
        after = self._ahead(first, most) if self._graph is not None else self._one_by_one(first, most)
        for step in after:
            if step.token < 0:
                raise ArithmeticError("the language model computed something that is no number")
            yield step

    @torch.inference_mode()
    def _begin(self, prefix: Prefix, rows: Tensor, most: int, least: int) -> Tensor:
        """Compute the rows and the first token; return its latent."""
        done = prefix.length
        at = done + rows.shape[1]
        if at + most > self._model.layers.rows:
            raise ValueError(f"{at} rows and {most} tokens do not fit into {self._model.layers.rows} positions")
        self._cache[:, :, :, :, :done] = prefix.cache
        self._history.begin(self._starts, least)
        self._count.zero_()
        self._place.fill_(at)
        self._at = at
        hidden = self._model.layers.forward(rows, done, self._cache)
        latent = self._choose(hidden[:, -1], 0)
        if self._forgets:
            self._history.seen[list(self._starts)] = False
            self._history.seen[self._token.clamp(min=0)] = True
        return latent

    def _one_by_one(self, latent: Tensor, most: int) -> Iterator[Step]:
        for made in range(1, most + 1):
            yield Step(int(self._token), latent)
            if made < most:
                latent = self._computed(made)

    @torch.inference_mode()
    def _computed(self, made: int) -> Tensor:
        """One step on a CPU: attention reads only the rows that are there."""
        rows = self._model.embed(self._token, made - 1)
        hidden = self._model.layers.forward(rows, self._at + made - 1, self._cache)
        return self._choose(hidden[:, -1], made)

    @torch.inference_mode()
    def _advance(self) -> Tensor:
        """One step with static shapes; changes token, place and count on the device."""
        rows = self._model.embed(self._token, self._count)
        hidden = self._model.layers.forward(rows, self._place, self._cache)
        self._place += 1
        self._count += 1
        return self._choose(hidden[:, -1], self._count)

    def _choose(self, hidden: Tensor, count: int | Tensor) -> Tensor:
        latent, logits = self._model.read(hidden)
        token = self._sampler.pick(logits, self._history, self._dice[count].flatten())
        self._history.add(token)
        self._token.copy_(token)
        return latent

    def _ahead(self, latent: Tensor, most: int) -> Iterator[Step]:
        """The graph of the next step runs while a step is read: through two pinned places, each behind an event.

        The event blocks: a wait that spins under SCHED_FIFO would count as a stage that hangs.
        """
        tokens = torch.zeros(2, dtype=torch.int64).pin_memory()
        latents = torch.zeros(2, len(latent), dtype=latent.dtype).pin_memory()
        events = [torch.cuda.Event(blocking=True) for _ in range(2)]  # type: ignore[no-untyped-call]

        def send(place: int, latent: Tensor) -> None:
            tokens[place : place + 1].copy_(self._token, non_blocking=True)
            latents[place].copy_(latent, non_blocking=True)
            events[place].record()

        send(0, latent)
        for made in range(most):
            if made + 1 < most:
                self._graph.replay()
                send((made + 1) % 2, self._latent)
            events[made % 2].synchronize()
            yield Step(int(tokens[made % 2]), latents[made % 2])
