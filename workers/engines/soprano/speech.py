"""The speech of one text, token by token: sampling, and when to stop."""

import sys
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.soprano.lm import LanguageModel

MOST_FRAMES = 512
"""Frames of one piece of text at most, as upstream: 32.8 s."""

_SUSTAINED, _ALIKE = 16, 300.0  # frames; sum of absolute differences between successive frames


@dataclass(frozen=True)
class Sampling:
    """Defaults as published. Temperature 0 selects the most likely token (upstream samples at 0.001)."""

    temperature: float = 0.0
    top_p: float = 0.95
    penalty: float = 1.2
    """Repetition penalty, which includes the prompt's tokens (CTRL, Keskar et al. 2019)."""

    def pick(self, logits: Tensor, seen: Tensor, dice: torch.Generator | None) -> int:
        """The next token. logits [vocab]; seen [vocab] bool. dice: None where the temperature is 0."""
        logits = torch.where(seen, torch.where(logits > 0, logits / self.penalty, logits * self.penalty), logits)
        if self.temperature <= 0:
            return int(logits.argmax())
        chances, tokens = torch.softmax(logits / self.temperature, 0).sort(descending=True)
        chances = chances * (chances.cumsum(0) - chances < self.top_p)  # including the token that crosses top_p
        return int(tokens[torch.multinomial(chances, 1, generator=dice)])


class Speech:
    """ids: tokens of the prompt."""

    def __init__(self, model: LanguageModel, sampling: Sampling, text: str, ids: list[int]) -> None:
        self._sampling, self._text, self._stop = sampling, text, model.config.stop
        self._seen = torch.zeros(model.config.vocab, dtype=torch.bool, device=model.device)
        self._seen[ids] = True
        self._dice = torch.Generator(model.device).manual_seed(0) if sampling.temperature > 0 else None
        self._made, self._alike = 0, 0
        self._before: NDArray[np.float32] | None = None
        self.token: int | None = None
        """The next input of the model; None before the first frame and after the last."""

    def take(self, hidden: Tensor, logits: Tensor) -> Frames | None:
        """The frame [1, hidden] that the model has computed; None where it has ended the speech instead.

        ArithmeticError where the frame is not finite.
        """
        self.token = None
        frame: NDArray[np.float32] = hidden.cpu().numpy().copy()
        if not np.isfinite(frame).all():
            raise ArithmeticError("the language model computed something that is no number")
        token = self._sampling.pick(logits, self._seen, self._dice)
        if token == self._stop:
            return None
        self._made += 1
        self._seen[token] = True
        if not self._is_over(frame):
            self.token = token
        self._before = frame
        return frame[None]

    def _is_over(self, frame: NDArray[np.float32]) -> bool:
        if self._before is not None:
            is_alike = np.abs(frame - self._before).sum() < _ALIKE
            self._alike = self._alike + 1 if is_alike else max(0, self._alike - 1)
            if self._alike > _SUSTAINED:
                self._report(f"a sound was held for {self._alike} frames; cut after {self._made}")
                return True
        if self._made == longest(self._text):
            self._report(f"no end after {self._made} frames, the most for its length")
            return True
        return False

    def _report(self, what: str) -> None:
        print(f"soprano: {what} ({len(self._text)} characters)", file=sys.stderr, flush=True)


def longest(text: str) -> int:
    """Frames beyond which speech is implausibly long: two per character is half the speed of a slow reader."""
    return min(MOST_FRAMES, 24 + 2 * len(text))
