"""CosyVoice2's flow as a stream: speech tokens to mel frames, a chunk of 25 tokens at a time.

The flow was trained with chunk masks: a token attends to its chunk and to the chunks before it, counted from the
prompt's beginning, and the tokens behind a chunk are only the context of one convolution. So no later token changes a
chunk, and keys and values that are kept are exact (CosyVoice ace7c47: ``streaming=True``). Upstream computes the last
chunk with another mask, and lets the chunks of a shared model grow; this does neither.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.networks.conformer import AHEAD, UP
from steadyvoice.workers.networks.flow import Check, Flow, FlowModel, FlowShape, FlowVoice, Reference
from steadyvoice.workers.networks.solver import COSINE

CHUNK: Final = 25
"""Tokens, as trained."""
KEPT: Final = 250
"""Tokens that a chunk attends to besides the prompt's: ten seconds. In a longer segment the first ones are dropped."""


def load(weights: Mapping[str, Tensor], device: str, dtype: torch.dtype) -> FlowModel:
    """The flow of ``flow.pt``. RuntimeError: it has other tensors."""
    return FlowModel(Flow.of(FlowShape(), weights).to(device), COSINE, dtype)


def voice(model: FlowModel, reference: Reference, chunk: int = CHUNK) -> FlowVoice:
    """Computes what the layers keep of the prompt's chunks that no token of a text can change."""
    made = FlowVoice(model, reference, [chunk] * (max(0, len(reference.tokens) - AHEAD) // chunk))
    if model.device.type == "cuda":
        made.capture([chunk], 0, KEPT)
    return made


class FlowSession:
    """The flow for one utterance: tokens [n, 1] to mel frames [m, 80], two for each token.

    The first chunk contains the prompt's last tokens, so that it makes less sound than the others.
    """

    def __init__(
        self, voice: FlowVoice, check: Check = lambda: None, *, chunk: int = CHUNK, kept: int | None = KEPT
    ) -> None:
        """check: as in Chatterbox's ``FlowSession``. chunk: as given to ``voice``. kept: None: all tokens."""
        self._voice, self._check, self._chunk, self._kept = voice, check, chunk, kept
        self._stream = voice.stream(kept)

    def push(self, tokens: Frames) -> Frames:
        """Take the next tokens, whole numbers; return the frames of the chunks that are complete. ValueError."""
        self._stream.append(tokens)
        return self._chunks(self._chunk + AHEAD)

    def finish(self) -> Frames:
        """Return the last frames of the segment, and reset for the next one."""
        has_text = self._stream.state.at + len(self._stream.waiting) > self._voice.tokens
        made = self._chunks(1) if has_text else self._chunks(len(self._stream.waiting) + 1)
        self._stream = self._voice.stream(self._kept)
        return made

    def warmup(self) -> None:
        """See `Flow.warmup`."""
        self.push(np.zeros((2 * self._chunk + AHEAD, 1), np.float32))
        self.finish()

    def _chunks(self, least: int) -> Frames:
        """Compute chunks while ``least`` tokens wait."""
        made: list[Frames] = [np.empty((0, self._voice.prompt.shape[1]), np.float32)]
        while len(self._stream.waiting) >= least:
            of_prompt = max(0, self._voice.tokens - self._stream.state.at)
            count = min(self._chunk, len(self._stream.waiting))
            made.append(self._stream.window(count, count, self._check).cpu().numpy()[UP * of_prompt :])
        return np.concatenate(made)
