"""From a text to the frames of its speech."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.soprano.batch import Batch
from steadyvoice.workers.engines.soprano.checkpoint import Prompt
from steadyvoice.workers.engines.soprano.lm import LanguageModel, new_session
from steadyvoice.workers.engines.soprano.speech import MOST_FRAMES, Sampling, Speech
from steadyvoice.workers.engines.soprano.text import MAX_CHARS
from steadyvoice.workers.networks.sessions import Sessions

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROWS = MAX_CHARS + 3 + MOST_FRAMES
"""Tokens of the longest prompt (one per character, and three marks) and of its speech."""


class Speaker:
    """One voice. Several texts may be spoken in turn: each has its own session."""

    def __init__(self, model: LanguageModel, tokens: "Tokenizer", prompt: Prompt, sampling: Sampling) -> None:
        self._model, self._tokens, self._prompt, self._sampling = model, tokens, prompt, sampling
        self._sessions = Sessions(partial(new_session, model), captured=model.device.type == "cuda")
        self._batch = Batch()

    def warm(self) -> None:
        """See `Sessions.warm`."""
        self._sessions.warm()

    def speak(self, text: str, joins: Callable[[], bool] = lambda: False) -> Iterator[Frames]:
        """Frames [1, 512] of a prepared text, as they are computed.

        Ends at the model's stop token; or with a line to stderr where the speech is implausibly long, or sustains one
        sound (the detector of upstream's pull request 24). ArithmeticError where the output is not finite.
        joins: asked before each frame after the first. Once it is true, the frames are computed together with those of
        other texts: they differ by rounding from those that are computed alone, and do not depend on the other texts.
        """
        ids = self._prompt.before + self._tokens.encode(text, add_special_tokens=False).ids + self._prompt.after
        with self._sessions.borrowed() as session:
            speech = Speech(self._model, self._sampling, text, ids)
            frame = speech.take(*session.begin(ids))
            while frame is not None:
                yield frame
                if speech.token is None:
                    return
                if joins():
                    yield from self._batch.frames(session, speech)
                    return
                frame = speech.take(*session.step(speech.token))
