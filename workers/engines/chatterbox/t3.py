"""T3, Chatterbox's language model: rows of a voice and of a text, to speech tokens of 40 ms.

Two forms, as in resemble-ai/chatterbox at 5de7a54 (``models/t3``). The first: Llama with classifier-free guidance (the
second sequence has no text), a perceiver over the voice's prompt, an emotion, learned positions of text and speech.
Turbo and Nano: GPT-2 with the whole prompt. In the order of their rows: speaker, prompt, emotion, text, BOS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import linear

from steadyvoice.workers.networks import perceiver
from steadyvoice.workers.networks.decoder_lm import DecoderLM, DecoderShape
from steadyvoice.workers.networks.gpt2_lm import Gpt2LM, Gpt2Shape
from steadyvoice.workers.networks.matrix import Formats, Matrix

BOS, STOP = 6561, 6562
"""Speech tokens that begin and end a text; all below BOS are sound."""
START_TEXT, STOP_TEXT = 255, 0
"""Text tokens around a text, in the form with guidance."""
_GUIDANCE: Final = 0.5


@dataclass(frozen=True)
class T3Shape:
    layers: DecoderShape | Gpt2Shape
    text_vocab: int
    speech_vocab: int
    text_positions: int = 0
    speech_positions: int = 0
    queries: int = 0
    """Rows that the perceiver makes of the prompt; 0: no perceiver and no emotion."""
    speaker: int = 256

    @property
    def width(self) -> int:
        return self.layers.width

    @property
    def is_guided(self) -> bool:
        return isinstance(self.layers, DecoderShape)

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Published name and shape of each tensor that speaking needs."""
        w = self.width
        shapes: dict[str, tuple[int, ...]] = {
            "text_emb.weight": (self.text_vocab, w),
            "speech_emb.weight": (self.speech_vocab, w),
            "speech_head.weight": (self.speech_vocab, w),
            "cond_enc.spkr_enc.weight": (w, self.speaker),
            "cond_enc.spkr_enc.bias": (w,),
        }
        if not self.is_guided:
            return shapes | {"speech_head.bias": (self.speech_vocab,)} | self.layers.tensors("tfmr.")
        shapes |= {
            "text_pos_emb.emb.weight": (self.text_positions, w),
            "speech_pos_emb.emb.weight": (self.speech_positions, w),
            "cond_enc.emotion_adv_fc.weight": (w, 1),
        }
        shapes |= perceiver.block_shapes("cond_enc.perceiver.", w, self.queries)
        return shapes | self.layers.tensors("tfmr.")

    @property
    def unused(self) -> dict[str, tuple[int, ...]]:
        """Tensors of the published file that speaking does not need."""
        if self.is_guided:
            return {"text_head.weight": (self.text_vocab, self.width), "tfmr.embed_tokens.weight": (8, self.width)}
        return dict.fromkeys(("text_head.weight", "tfmr.wte.weight"), (self.text_vocab, self.width))


@dataclass(frozen=True)
class Conditions:
    """What T3 knows of a voice."""

    speaker: Tensor
    """[256]"""
    prompt: Tensor
    """Speech tokens [n] int64."""
    emotion: float


class T3:
    """A `SpeechModel`. ``rows``: positions at most."""

    def __init__(self, shape: T3Shape, weights: Mapping[str, Tensor], formats: Formats, rows: int) -> None:
        """weights: as in ``shape.tensors``, on the device of the model."""
        self.shape, self.vocab = shape, shape.speech_vocab
        self.batch = 2 if shape.is_guided else 1
        self.layers: DecoderLM | Gpt2LM
        if isinstance(shape.layers, DecoderShape):
            self.layers = DecoderLM(shape.layers, weights, "tfmr.", formats, rows)
        else:
            self.layers = Gpt2LM(shape.layers, weights, "tfmr.", formats, rows)
        bias = None if shape.is_guided else weights["speech_head.bias"]
        self._head = Matrix(formats, weights["speech_head.weight"], bias)
        self._state = formats.state
        self._speech = weights["speech_emb.weight"].to(formats.state, copy=True)
        self._text = weights["text_emb.weight"].to(formats.row, copy=True)
        if shape.is_guided:
            self._text_places, self._places = (
                weights[f"{name}_pos_emb.emb.weight"].to(formats.state, copy=True) for name in ("text", "speech")
            )
        voice = (name for name in shape.tensors if name.startswith("cond_enc."))
        self._voice = {name: weights[name].to(torch.float32, copy=True) for name in voice}

    @torch.inference_mode()
    def voice_rows(self, conditions: Conditions) -> Tensor:
        """The rows before a text [batch, n, width]."""
        device = self.layers.device
        spoken = conditions.speaker.to(device)[None].float()
        rows = [linear(spoken, self._voice["cond_enc.spkr_enc.weight"], self._voice["cond_enc.spkr_enc.bias"])]
        prompt = self._speech[conditions.prompt.to(device)].float()
        if self.shape.is_guided:
            placed = prompt + self._places[: len(prompt)].float()
            prompt = perceiver.block_reads(self._voice, "cond_enc.perceiver.", placed)
            emotion = torch.full((1, 1), conditions.emotion, device=device)
            rows += [prompt, linear(emotion, self._voice["cond_enc.emotion_adv_fc.weight"])]
        else:
            rows.append(prompt)
        return torch.cat(rows).to(self._state).expand(self.batch, -1, -1)

    @torch.inference_mode()
    def text_rows(self, ids: Sequence[int]) -> Tensor:
        """The rows of a text's tokens and BOS [batch, n, width]. ValueError where there are more than positions."""
        device = self.layers.device
        tokens = torch.tensor(ids, device=device)
        text = self._text[tokens].to(self._state)
        begin = self._speech[BOS][None]
        if not self.shape.is_guided:
            return torch.cat((text, begin))[None]
        if len(ids) > self.shape.text_positions:
            raise ValueError(f"a text of {len(ids)} tokens; the model has {self.shape.text_positions} positions")
        places = self._text_places[: len(ids)]
        begin = begin + self._places[:1]
        # Twice, and both at position 0, as the model is used by its authors.
        sequences = [torch.cat((part + places, begin, begin)) for part in (text, torch.zeros_like(text))]
        return torch.stack(sequences)

    def embed(self, token: Tensor, count: int | Tensor) -> Tensor:
        """See `SpeechModel.embed`."""
        row = self._speech[token]
        if self.shape.is_guided:
            row = row + self._places[count + 1]
        return row.expand(self.batch, 1, -1)

    def read(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """See `SpeechModel.read`. The next stage needs the token only."""
        logits = self._head(hidden).float()
        if self.shape.is_guided:
            return hidden[0], logits[0] + _GUIDANCE * (logits[0] - logits[1])
        return hidden[0], logits[0]
