"""The next token of a language model for speech. All shapes are static and no value is read, so that a CUDA graph can
hold a choice.

A sampler's ``pick`` takes logits [vocab], the `History` and uniform numbers [2] from [0, 1), and returns a token [1],
which is -1 where the logits are no numbers. Equal arguments give equal tokens on one device.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import torch
from torch import Tensor

_NEVER: Final = float("-inf")
RECENT: Final = 10
"""Last tokens that a history keeps in order."""


class History:
    """The tokens made so far, in tensors that are changed in place."""

    def __init__(self, vocab: int, device: torch.device) -> None:
        self.seen = torch.zeros(vocab, dtype=torch.bool, device=device)
        self.recent = torch.full((RECENT,), -1, dtype=torch.int64, device=device)
        self.missing = torch.zeros(1, dtype=torch.int64, device=device)
        """Tokens to make before a stop is allowed."""

    def begin(self, tokens: tuple[int, ...], least: int) -> None:
        """Forget all tokens, then see these. least: tokens before a stop."""
        self.seen.zero_()
        self.recent.fill_(-1)
        self.missing.fill_(least)
        self.seen[list(tokens)] = True

    def add(self, token: Tensor) -> None:
        self.missing -= 1
        self.seen.index_fill_(0, token.clamp(min=0), True)
        self.recent.copy_(torch.cat((self.recent[1:], token)))


class Sampler(Protocol):
    def pick(self, logits: Tensor, history: History, dice: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class PenaltyFirst:
    """Penalty, temperature, top-k, then min-p, then top-p: T3 with guidance (no top-k), XTTS-v2 (no min-p).

    The order of resemble-ai/chatterbox at 5de7a54 (``T3.inference``) and of transformers' ``generate``.
    """

    penalty: float
    """Repetition penalty (CTRL, Keskar et al. 2019)."""
    temperature: float
    top_k: int = 0
    """0: all tokens."""
    min_p: float = 0.0
    top_p: float = 1.0

    def chances(self, logits: Tensor, history: History) -> tuple[Tensor, Tensor]:
        """(probabilities, tokens), the most probable first."""
        scores, tokens = _sorted(penalised(logits, history.seen, self.penalty) / self.temperature, self.top_k)
        chances = torch.softmax(scores, 0)
        scores = scores.masked_fill(chances < self.min_p * chances[0], _NEVER)
        return torch.softmax(_nucleus(scores, self.top_p), 0), tokens

    def pick(self, logits: Tensor, history: History, dice: Tensor) -> Tensor:
        return drawn(*self.chances(logits, history), dice[:1])


@dataclass(frozen=True)
class PenaltyLast:
    """Temperature, top-k, top-p, then the penalty of those that are left: Chatterbox Turbo and Nano.

    The order of resemble-ai/chatterbox at 5de7a54 (``T3.inference_turbo``).
    """

    temperature: float
    top_k: int
    top_p: float
    penalty: float

    def chances(self, logits: Tensor, history: History) -> tuple[Tensor, Tensor]:
        """(probabilities, tokens)."""
        scores, tokens = _sorted(logits / self.temperature, self.top_k)
        scores = _nucleus(scores, self.top_p)
        return torch.softmax(penalised(scores, history.seen[tokens], self.penalty), 0), tokens

    def pick(self, logits: Tensor, history: History, dice: Tensor) -> Tensor:
        return drawn(*self.chances(logits, history), dice[:1])


@dataclass(frozen=True)
class RepetitionAware:
    """Top-k and top-p; a token that is one of the last ten is drawn again from all others (VALL-E 2, Chen et al. 2024).

    As FunAudioLLM/CosyVoice at ace7c47 (``ras_sampling``).
    """

    stop: int
    """The token that is not drawn as long as tokens are missing."""
    top_k: int = 25
    top_p: float = 0.8

    def chances(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """(probabilities, tokens) of the first draw, the most probable first."""
        chances, tokens = torch.softmax(logits, 0).topk(min(self.top_k, len(logits)))
        chances = chances * (chances.cumsum(0) - chances < self.top_p)  # including the token that crosses top_p
        return chances / chances.sum(), tokens

    def pick(self, logits: Tensor, history: History, dice: Tensor) -> Tensor:
        logits = logits.clone()
        logits[self.stop : self.stop + 1].masked_fill_(history.missing > 0, _NEVER)
        first = drawn(*self.chances(logits), dice[:1])
        others = torch.softmax(logits.index_fill(0, first.clamp(min=0), _NEVER), 0)
        second = drawn(others, torch.arange(len(logits), device=logits.device), dice[1:])
        return torch.where((history.recent == first).any(), second, first)


def penalised(scores: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Scores [n] with those of seen tokens moved away from probability."""
    return torch.where(seen, torch.where(scores > 0, scores / penalty, scores * penalty), scores)


def drawn(chances: Tensor, tokens: Tensor, dice: Tensor) -> Tensor:
    """The token [1] at which the sum of the chances exceeds the uniform number [1]; -1 where they are no numbers."""
    sums = chances.cumsum(0)
    # A little below the sum: rounding must not draw the last token, of which the chance may be 0.
    place = torch.searchsorted(sums, dice * (1 - 2**-20) * sums[-1:], right=True).clamp(max=len(sums) - 1)
    return torch.where(torch.isfinite(sums[-1:]), tokens[place], -1)


def _sorted(scores: Tensor, top_k: int) -> tuple[Tensor, Tensor]:
    if 0 < top_k < len(scores):
        values, places = scores.topk(top_k)
        return values, places
    values, places = scores.sort(descending=True)
    return values, places


def _nucleus(scores: Tensor, top_p: float) -> Tensor:
    """The fewest of the sorted scores with ``top_p`` of the probability; the others -inf."""
    if top_p >= 1:
        return scores
    chances = torch.softmax(scores, 0)
    return scores.masked_fill(chances.cumsum(0) - chances >= top_p, _NEVER)
