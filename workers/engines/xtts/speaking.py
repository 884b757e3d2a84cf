"""From a text to the latents of its speech."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from torch import Tensor

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.long_texts import longest, pieces
from steadyvoice.workers.engines.text_tokens import Encode
from steadyvoice.workers.engines.xtts.gpt import XttsGpt, new_session, speech_latents
from steadyvoice.workers.networks.session import prefill
from steadyvoice.workers.networks.sessions import Sessions

_MOST_CHARS: Final = 250
"""Of one piece: upstream's limit for English."""


class Speaker:
    """One voice. Several texts may be spoken in turn: each has its own session."""

    def __init__(self, model: XttsGpt, encode: Encode, latents: Tensor) -> None:
        self._model, self._encode = model, encode
        self._voice = prefill(model, model.voice_rows(latents))
        self._sessions = Sessions(lambda: new_session(model), captured=model.layers.device.type == "cuda")

    def warm(self) -> None:
        """See `Sessions.warm`."""
        self._sessions.warm()

    def speak(self, text: str, *, more: bool) -> Iterator[Frames]:
        """Latents [1, width] as they are computed: equal texts have equal latents.

        more: the sentence continues; has no effect. ArithmeticError where the model computes no numbers.
        """
        for piece in pieces(text, _MOST_CHARS):
            most = longest(piece, self._model.most_codes)
            with self._sessions.borrowed() as session:
                for latent in speech_latents(self._model, session, self._voice, self._encode(piece), most):
                    yield np.array(latent.float().numpy()[None])  # a copy: the next steps overwrite it
