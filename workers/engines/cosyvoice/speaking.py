"""From a text to the tokens of its speech."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from steadyvoice.workers.engines.cosyvoice.lm import CosyLM, CosyVoice, new_session, speech_tokens, voice_prefix
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.long_texts import pieces
from steadyvoice.workers.engines.text_tokens import Encode
from steadyvoice.workers.networks.sessions import Sessions

MOST_CHARS: Final = 400
"""Of one piece; a segment is longer only where much of it is numbers."""


class Speaker:
    """One voice. Several texts may be spoken in turn: each has its own session."""

    def __init__(self, model: CosyLM, encode: Encode, voice: CosyVoice) -> None:
        self._model, self._encode, self._voice = model, encode, voice
        self._prefix = voice_prefix(model, voice)
        self._sessions = Sessions(lambda: new_session(model), captured=model.layers.device.type == "cuda")

    def warm(self) -> None:
        """See `Sessions.warm`."""
        self._sessions.warm()

    def speak(self, text: str, *, more: bool) -> Iterator[Frames]:
        """Tokens [1, 1] as they are computed, 40 ms each: equal texts have equal tokens.

        more: the sentence continues; has no effect. ArithmeticError where the model computes no numbers.
        """
        for piece in pieces(text, MOST_CHARS):
            with self._sessions.borrowed() as session:
                for token in speech_tokens(self._model, session, self._prefix, self._voice, self._encode(piece)):
                    yield np.full((1, 1), token, np.float32)
