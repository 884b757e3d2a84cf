"""CosyVoice2's language model: Qwen2 over rows of text and speech, to speech tokens of 40 ms.

The rows, as in FunAudioLLM/CosyVoice at ace7c47 (``cosyvoice/llm/llm.py``, ``Qwen2LM.inference``): a mark, the text of
the prompt, the text, another mark, the tokens of the prompt. The first two are the voice's, and computed once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from steadyvoice.workers.networks.decoder_lm import DecoderLM, DecoderShape
from steadyvoice.workers.networks.matrix import Formats, Matrix
from steadyvoice.workers.networks.sampling import RepetitionAware
from steadyvoice.workers.networks.session import Prefix, Session, prefill

_LAYERS: Final = "llm.model.model."
_BEGIN, _SPEAK = 0, 1  # rows of ``llm_embedding``
_LEAST, _MOST = 2, 20  # speech tokens for each token of text
MOST_TOKENS: Final = 1000
"""Speech tokens of one text: 40 s."""


@dataclass(frozen=True)
class CosyShape:
    layers: DecoderShape
    text_vocab: int
    speech: int
    """Tokens of sound; three more end the speech."""

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Published name and shape of each tensor of llm.pt that speaking needs."""
        w = self.layers.width
        return {
            f"{_LAYERS}embed_tokens.weight": (self.text_vocab, w),
            "llm_embedding.weight": (2, w),
            "speech_embedding.weight": (self.speech + 3, w),
            "llm_decoder.weight": (self.speech + 3, w),
            "llm_decoder.bias": (self.speech + 3,),
        } | self.layers.tensors(_LAYERS)

    @property
    def unused(self) -> dict[str, tuple[int, ...]]:
        """Tensors of the published file that speaking does not need."""
        return {"llm.model.lm_head.weight": (self.text_vocab, self.layers.width)}


SHAPE: Final = CosyShape(
    DecoderShape(24, 896, 14, 2, 64, 4864, 1e6, 1e-6, has_qkv_bias=True), text_vocab=151936, speech=6561
)


@dataclass(frozen=True)
class CosyVoice:
    """What the language model knows of a voice."""

    text: Sequence[int]
    """Tokens of what the prompt says; empty with an empty prompt."""
    prompt: Sequence[int]
    """Its speech tokens."""


class CosyLM:
    """A `SpeechModel`. ``rows``: positions at most."""

    batch = 1

    def __init__(self, shape: CosyShape, weights: Mapping[str, Tensor], formats: Formats, rows: int) -> None:
        """weights: as in ``shape.tensors``, on the device of the model."""
        self.shape, self.vocab = shape, shape.speech + 3
        self.layers = DecoderLM(shape.layers, weights, _LAYERS, formats, rows)
        self._head = Matrix(formats, weights["llm_decoder.weight"], weights["llm_decoder.bias"])
        self._text = weights[f"{_LAYERS}embed_tokens.weight"].to(formats.row, copy=True)
        self._marks = weights["llm_embedding.weight"].to(formats.state, copy=True)
        self._speech = weights["speech_embedding.weight"].to(formats.state, copy=True)

    def voice_rows(self, voice: CosyVoice) -> Tensor:
        """The rows before a text [1, n, width]."""
        return torch.cat((self._marks[_BEGIN][None], self._said(voice.text)))[None]

    def text_rows(self, ids: Sequence[int], voice: CosyVoice) -> Tensor:
        """The rows of a text and of the prompt's speech [1, n, width]."""
        prompt = self._speech[torch.tensor(list(voice.prompt), dtype=torch.int64, device=self.layers.device)]
        return torch.cat((self._said(ids), self._marks[_SPEAK][None], prompt))[None]

    def embed(self, token: Tensor, count: int | Tensor) -> Tensor:
        """See `SpeechModel.embed`."""
        return self._speech[token][None]

    def read(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """See `SpeechModel.read`. The next stage needs the token only."""
        return hidden[0], self._head(hidden)[0].float()

    def _said(self, ids: Sequence[int]) -> Tensor:
        return self._text[torch.tensor(list(ids), dtype=torch.int64, device=self.layers.device)].to(self._marks.dtype)


def voice_prefix(model: CosyLM, voice: CosyVoice) -> Prefix:
    """The part of a voice that precedes all texts, computed."""
    return prefill(model, model.voice_rows(voice))


def new_session(model: CosyLM) -> Session:
    session = Session(model, RepetitionAware(stop=model.shape.speech))
    session.capture()
    return session


def speech_tokens(
    model: CosyLM, session: Session, prefix: Prefix, voice: CosyVoice, ids: Sequence[int]
) -> Iterator[int]:
    """Speech tokens of a text, as they are computed: at least 2 and at most 20 for each of its tokens."""
    most = min(MOST_TOKENS, _MOST * len(ids))
    for step in session.steps(prefix, model.text_rows(ids, voice), most, min(most, _LEAST * len(ids))):
        if step.token >= model.shape.speech:
            return
        yield step.token
