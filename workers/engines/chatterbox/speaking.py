"""From a text to the tokens of its speech."""

import sys
from collections.abc import Iterator
from typing import Final

import numpy as np

from steadyvoice.workers.engines.chatterbox.t3 import BOS, STOP, T3, Conditions
from steadyvoice.workers.engines.chatterbox.text import prepared
from steadyvoice.workers.engines.chatterbox.variants import SILENCE, Variant
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.long_texts import longest, pieces
from steadyvoice.workers.engines.text_tokens import Encode
from steadyvoice.workers.networks.session import Session, prefill
from steadyvoice.workers.networks.sessions import Sessions

_MOST_CHARS: Final = 400
"""Of one piece; a segment is longer only where much of it is numbers."""
_MOST_TOKENS: Final = 1000  # 40 s, as upstream


def rows(variant: Variant) -> int:
    """Positions of the longest utterance: voice, text with a token per character and its marks, speech."""
    voice = 2 + (variant.shape.queries or variant.prompt)
    return voice + _MOST_CHARS + 4 + _MOST_TOKENS


class Speaker:
    """One voice. Several texts may be spoken in turn: each has its own session. The voice's rows are computed once."""

    def __init__(self, model: T3, variant: Variant, encode: Encode, conditions: Conditions) -> None:
        self._model, self._variant, self._encode = model, variant, encode
        self._voice = prefill(model, model.voice_rows(conditions))
        self.sessions = Sessions(self._session, captured=model.layers.device.type == "cuda")

    def warm(self) -> None:
        """See `Sessions.warm`."""
        self.sessions.warm()

    def speak(self, text: str, *, more: bool) -> Iterator[Frames]:
        """Tokens [1, 1] as they are computed, 40 ms each: equal texts have equal tokens.

        more: the sentence continues, so that no silence follows. Ends at the model's stop token; or, with a line to
        stderr, where the speech is implausibly long. ArithmeticError where the model computes no numbers.
        """
        for piece in pieces(prepared(text, self._variant, more=more), _MOST_CHARS):
            yield from self._piece(piece)
        if not more:
            yield from (frame(SILENCE) for _ in range(self._variant.silences))

    def _piece(self, text: str) -> Iterator[Frames]:
        most = longest(text, _MOST_TOKENS)
        with self.sessions.borrowed() as session:
            for step in session.steps(self._voice, self._model.text_rows(self._encode(text)), most):
                if step.token == STOP:
                    return
                if step.token < BOS:  # others are read by the model, and no sound
                    yield frame(step.token)
        print(f"chatterbox: no end after {most} tokens ({len(text)} characters)", file=sys.stderr, flush=True)

    def _session(self) -> Session:
        session = Session(self._model, self._variant.sampler, (BOS,), forgets=not self._model.shape.is_guided)
        session.capture()
        return session


def frame(token: int) -> Frames:
    return np.full((1, 1), token, np.float32)
