"""The three published models of Chatterbox (Resemble AI, MIT): files, sizes and sampling.

Numbers from resemble-ai/chatterbox at 5de7a54 (``t3_config.py``, ``llama_configs.py``, ``tts.py``, ``tts_turbo.py``).
"""

from dataclasses import dataclass

from steadyvoice.workers.engines.chatterbox.t3 import T3Shape
from steadyvoice.workers.networks.decoder_lm import DecoderShape, LongRope
from steadyvoice.workers.networks.gpt2_lm import Gpt2Shape
from steadyvoice.workers.networks.sampling import PenaltyFirst, PenaltyLast, Sampler

SILENCE = 4299
"""The speech token of silence."""


@dataclass(frozen=True)
class Variant:
    name: str
    weights: str
    """File of the language model, by which a directory is recognised."""
    flow: str
    """File of flow and vocoder."""
    text: tuple[str, ...]
    """Files of the tokenizer."""
    shape: T3Shape
    sampler: Sampler
    silences: int
    """Tokens of silence after the last token of a text."""
    prompt: int
    """Tokens of the voice's prompt, at most."""

    @property
    def files(self) -> tuple[str, ...]:
        return (self.weights, self.flow, *self.text, "conds.pt")


_LLAMA = DecoderShape(30, 1024, 16, 16, 64, 4096, 5e5, 1e-5, LongRope(8.0, 1.0, 4.0, 8192))
_BYTES = ("vocab.json", "merges.txt")
_FAST = PenaltyLast(temperature=0.8, top_k=1000, top_p=0.95, penalty=1.2)


def _fast(name: str, layers: int, width: int, heads: int) -> Variant:
    shape = T3Shape(Gpt2Shape(layers, width, heads, positions=8196), text_vocab=50276, speech_vocab=6563)
    return Variant(name, f"t3_{name}_v1.safetensors", "s3gen_meanflow.safetensors", _BYTES, shape, _FAST, 3, 375)


FULL = Variant(
    "full",
    "t3_cfg.safetensors",
    "s3gen.safetensors",
    ("tokenizer.json",),
    T3Shape(_LLAMA, text_vocab=704, speech_vocab=8194, text_positions=2050, speech_positions=4100, queries=32),
    PenaltyFirst(penalty=1.2, temperature=0.8, min_p=0.05),
    silences=0,
    prompt=150,
)
TURBO = _fast("turbo", 24, 1024, 16)
NANO = _fast("nano", 12, 768, 12)
VARIANTS = {variant.name: variant for variant in (FULL, TURBO, NANO)}
