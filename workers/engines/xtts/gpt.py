"""XTTS-v2's language model: GPT-2 over rows of voice, text and audio codes, to latents of 46 ms for the vocoder.

As in idiap/coqui-ai-TTS at 7cde79e (``layers/xtts/gpt.py``): positions of text and of codes are learned and counted
apart, and a latent is the hidden state, normed twice, at the position that predicts its code. The latent that predicts
the stop is the last one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from steadyvoice.workers.networks import perceiver
from steadyvoice.workers.networks.gpt2_lm import Gpt2LM, Gpt2Shape
from steadyvoice.workers.networks.matrix import Formats, Matrix
from steadyvoice.workers.networks.sampling import PenaltyFirst
from steadyvoice.workers.networks.session import Prefix, Session

_PERCEIVER: Final = "gpt.conditioning_perceiver."
_SAMPLER: Final = PenaltyFirst(penalty=10.0, temperature=0.75, top_k=50, top_p=0.85)
_FILLER: Final = 1
"""The code that upstream puts in place of rows before the codes, so that it counts as seen."""


@dataclass(frozen=True)
class GptShape:
    layers: Gpt2Shape
    text_vocab: int
    codes: int
    """The last two begin and end the codes of a text."""
    text_positions: int
    code_positions: int
    queries: int = 32
    start_text: int = 261
    stop_text: int = 0

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Published name and shape of each tensor that speaking needs."""
        w = self.layers.width
        return {
            "gpt.text_embedding.weight": (self.text_vocab, w),
            "gpt.mel_embedding.weight": (self.codes, w),
            "gpt.text_pos_embedding.emb.weight": (self.text_positions, w),
            "gpt.mel_pos_embedding.emb.weight": (self.code_positions, w),
            "gpt.final_norm.weight": (w,),
            "gpt.final_norm.bias": (w,),
            "gpt.mel_head.weight": (self.codes, w),
            "gpt.mel_head.bias": (self.codes,),
        } | self.layers.tensors("gpt.gpt.")

    @property
    def unused(self) -> dict[str, tuple[int, ...]]:
        """Tensors of the published file that only training needs."""
        return {
            "gpt.text_head.weight": (self.text_vocab, self.layers.width),
            "gpt.text_head.bias": (self.text_vocab,),
        }

    @property
    def cloning(self) -> dict[str, tuple[int, ...]]:
        """The perceiver's tensors, which are needed to make a voice's latents."""
        return perceiver.resampler_shapes(_PERCEIVER, self.layers.width, self.queries)


SHAPE: Final = GptShape(Gpt2Shape(30, 1024, 16), 6681, 1026, text_positions=404, code_positions=608)


class XttsGpt:
    """A `SpeechModel`. Its positions are those of the longest voice, text and speech."""

    batch = 1

    def __init__(self, shape: GptShape, weights: Mapping[str, Tensor], formats: Formats) -> None:
        """weights: as in ``shape.tensors``, on the device of the model."""
        self.shape, self.vocab = shape, shape.codes
        self.most_codes = shape.code_positions - 6
        """Codes of one text, as upstream."""
        rows = shape.queries + shape.text_positions + shape.code_positions
        self.layers = Gpt2LM(shape.layers, weights, "gpt.gpt.", formats, rows)
        self._head = Matrix(formats, weights["gpt.mel_head.weight"], weights["gpt.mel_head.bias"])
        names = ("text_embedding", "mel_embedding", "text_pos_embedding.emb", "mel_pos_embedding.emb")
        self._text, self._codes, self._text_places, self._code_places = (
            weights[f"gpt.{name}.weight"].to(formats.state, copy=True) for name in names
        )
        self._norm = [weights[f"gpt.final_norm.{part}"].to(formats.state, copy=True) for part in ("weight", "bias")]

    def voice_rows(self, latents: Tensor) -> Tensor:
        """The rows before a text [1, n, width], of the published latents of a voice [1, n, width]."""
        return latents.to(self._text)

    def text_rows(self, ids: Sequence[int]) -> Tensor:
        """The rows of a text and of the begin of its codes [1, n, width]. ValueError where the text is too long."""
        tokens = [self.shape.start_text, *ids, self.shape.stop_text]
        if len(tokens) > self.shape.text_positions:
            raise ValueError(f"a text of {len(ids)} tokens; the model takes {self.shape.text_positions - 2}")
        text = self._text[torch.tensor(tokens, device=self.layers.device)] + self._text_places[: len(tokens)]
        return torch.cat((text, (self._codes[self.shape.codes - 2] + self._code_places[0])[None]))[None]

    def embed(self, token: Tensor, count: int | Tensor) -> Tensor:
        """See `SpeechModel.embed`."""
        return (self._codes[token] + self._code_places[count + 1])[None]

    def read(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """See `SpeechModel.read`: the latent [width]."""
        latent = layer_norm(hidden, hidden.shape[-1:], self._norm[0], self._norm[1])
        return latent[0], self._head(latent)[0].float()


def voice_latents(weights: Mapping[str, Tensor], rows: Tensor) -> Tensor:
    """A voice's latents [1, queries, width] of the encoded spectrum of its recording [n, width]."""
    return perceiver.resampler_reads(weights, _PERCEIVER, rows)[None]


def new_session(model: XttsGpt) -> Session:
    session = Session(model, _SAMPLER, (_FILLER, model.shape.codes - 2))
    session.capture()
    return session


def speech_latents(model: XttsGpt, session: Session, prefix: Prefix, ids: Sequence[int], most: int) -> Iterator[Tensor]:
    """Latents [width] of a text, as they are computed, at most ``most``; the last one is that of the stop."""
    for step in session.steps(prefix, model.text_rows(ids), most):
        yield step.latent
        if step.token == model.shape.codes - 1:
            return
