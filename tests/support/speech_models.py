"""Tiny sizes of the language models for speech, with weights that do not depend on torch's generator."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.engines.chatterbox.t3 import T3Shape
from steadyvoice.workers.engines.cosyvoice.lm import CosyShape
from steadyvoice.workers.engines.xtts.gpt import GptShape
from steadyvoice.workers.networks.decoder_lm import DecoderShape, LongRope
from steadyvoice.workers.networks.gpt2_lm import Gpt2Shape
from steadyvoice.workers.networks.sampling import History, PenaltyFirst, PenaltyLast

LLAMA = DecoderShape(2, 32, 4, 4, 8, 48, 5e5, 1e-5, LongRope(8.0, 1.0, 4.0, 64))
GUIDED = T3Shape(LLAMA, 300, 8194, text_positions=40, speech_positions=40, queries=6, speaker=16)
FAST = T3Shape(Gpt2Shape(2, 32, 4, positions=64), 300, 6563, speaker=16)
COSY = CosyShape(DecoderShape(2, 32, 4, 2, 8, 48, 1e6, 1e-6, has_qkv_bias=True), 50, speech=61)
XTTS = GptShape(Gpt2Shape(2, 32, 4), 60, 70, text_positions=22, code_positions=28, queries=6, start_text=41)


def tiny_weights(shapes: Mapping[str, tuple[int, ...]], seed: int = 5) -> dict[str, Tensor]:
    dice = np.random.RandomState(seed)
    weights = {}
    for name, shape in shapes.items():
        drawn = dice.standard_normal(shape).astype(np.float32)
        is_norm = len(shape) == 1 and name.endswith(("weight", "gamma"))
        weights[name] = torch.from_numpy(1 + 0.3 * drawn if is_norm else 0.3 * drawn)
    return weights


class Given:
    """Draws the given tokens, and keeps the logits and the chances [vocab] that a sampler would have drawn from."""

    def __init__(self, tokens: Iterable[int], sampler: PenaltyFirst | PenaltyLast) -> None:
        self._tokens, self._sampler = iter(tokens), sampler
        self.logits: list[Tensor] = []
        self.chances: list[Tensor] = []

    def pick(self, logits: Tensor, history: History, dice: Tensor) -> Tensor:
        chances, tokens = self._sampler.chances(logits, history)
        self.logits.append(logits.clone())
        self.chances.append(torch.zeros_like(logits).index_put((tokens,), chances))
        return torch.tensor([next(self._tokens)])
