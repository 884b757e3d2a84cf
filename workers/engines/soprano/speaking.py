"""From a text to the frames of its speech: prompt, sampling, and when to stop."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.soprano.checkpoint import Prompt
from steadyvoice.workers.engines.soprano.lm import LanguageModel, Session
from steadyvoice.workers.engines.soprano.text import MAX_CHARS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_FRAMES = 512
"""Frames of one piece of text at most, as upstream: 32.8 s."""
ROWS = MAX_CHARS + 3 + MOST_FRAMES
"""Tokens of the longest prompt (one per character, and three marks) and of its speech."""

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


class Speaker:
    """One voice. Several texts may be spoken in turn: each has its own session."""

    def __init__(self, model: LanguageModel, tokens: "Tokenizer", prompt: Prompt, sampling: Sampling) -> None:
        self._model, self._tokens, self._prompt, self._sampling = model, tokens, prompt, sampling
        self._idle: list[Session] = []

    def speak(self, text: str) -> Iterator[Frames]:
        """Frames [1, 512] of a prepared text, as they are computed.

        Ends at the model's stop token; or with a line to stderr where the speech is implausibly long, or sustains one
        sound (the detector of upstream's pull request 24). ArithmeticError where the output is not finite.
        """
        session = self._idle.pop() if self._idle else Session(self._model)
        try:
            yield from self._frames(session, text)
        finally:
            self._idle.append(session)

    def _frames(self, session: Session, text: str) -> Iterator[Frames]:
        ids = self._prompt.before + self._tokens.encode(text, add_special_tokens=False).ids + self._prompt.after
        seen = torch.zeros(self._model.config.vocab, dtype=torch.bool, device=self._model.device)
        seen[ids] = True
        dice = torch.Generator(self._model.device).manual_seed(0) if self._sampling.temperature > 0 else None
        hidden, logits = session.begin(ids)
        limit = longest(text)
        alike, before = 0, None
        for made in range(limit):
            frame = hidden.cpu().numpy()
            if not np.isfinite(frame).all():
                raise ArithmeticError("the language model computed something that is no number")
            token = self._sampling.pick(logits, seen, dice)
            if token == self._model.config.stop:
                return
            yield frame[None].copy()
            if before is not None:
                is_alike = np.abs(frame - before).sum() < _ALIKE
                alike = alike + 1 if is_alike else max(0, alike - 1)
                if alike > _SUSTAINED:
                    _report(f"a sound was held for {alike} frames; cut after {made + 1}", text)
                    return
            before = frame.copy()
            seen[token] = True
            if made + 1 < limit:
                hidden, logits = session.step(token)
        _report(f"no end after {limit} frames, the most for its length", text)


def longest(text: str) -> int:
    """Frames beyond which speech is implausibly long: two per character is half the speed of a slow reader."""
    return min(MOST_FRAMES, 24 + 2 * len(text))


def _report(what: str, text: str) -> None:
    print(f"soprano: {what} ({len(text)} characters)", file=sys.stderr, flush=True)
