"""A Chatterbox language model of random weights in the published format and size, for tests and benchmarks.

Its tokens are no speech, but cost as much; most texts reach the limit of their length.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from steadyvoice.workers.engines import text_tokens
from steadyvoice.workers.engines.chatterbox.t3 import BOS, START_TEXT, STOP
from steadyvoice.workers.engines.chatterbox.variants import VARIANTS, Variant
from steadyvoice.workers.networks.random_tensors import random_tensors

_FLOW_PROMPT = 250  # tokens: 10 s, the most that upstream gives the flow


def make_random(path: Path, name: str = "nano", seed: int = 0) -> None:
    """Create the directory with all files but the one of flow and vocoder. OSError where that fails.

    name: of the variant, full, turbo or nano.
    """
    variant = VARIANTS[name]
    path.mkdir(parents=True, exist_ok=True)
    save_file(random_model(variant, seed), path / variant.weights, {"format": "pt"})
    torch.save(random_voice(variant, seed), path / "conds.pt")
    if variant.shape.is_guided:
        text_tokens.make_spaced(path / "tokenizer.json", START_TEXT)
    else:
        text_tokens.make_byte_pairs(path)


def random_model(variant: Variant, seed: int = 0) -> dict[str, Tensor]:
    """Weights of T3; the stop token of the variants with a bias is never drawn."""
    weights = random_tensors(variant.shape.tensors, seed)
    weights |= {name: torch.zeros(shape) for name, shape in variant.shape.unused.items()}
    if not variant.shape.is_guided:
        weights["speech_head.bias"][STOP] = -100
    return weights


def random_voice(variant: Variant, seed: int = 0) -> dict[str, dict[str, object]]:
    """The content of conds.pt."""
    dice = torch.Generator().manual_seed(seed)
    t3 = {
        "speaker_emb": torch.randn(1, variant.shape.speaker, generator=dice) / variant.shape.speaker**0.5,
        "clap_emb": None,
        "cond_prompt_speech_tokens": torch.randint(BOS, (1, variant.prompt), generator=dice),
        "cond_prompt_speech_emb": None,
        "emotion_adv": torch.full((1, 1, 1), 0.5),
    }
    gen = {
        "prompt_token": torch.randint(BOS, (1, _FLOW_PROMPT), generator=dice),
        "prompt_token_len": torch.tensor([_FLOW_PROMPT]),
        "prompt_feat": torch.randn(1, 2 * _FLOW_PROMPT, 80, generator=dice) - 6,
        "prompt_feat_len": None,
        "embedding": torch.randn(1, 192, generator=dice),
    }
    return {"t3": t3, "gen": gen}
