"""An XTTS-v2 of random weights in the published format and size, for benchmarks."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from steadyvoice.workers.engines import text_tokens
from steadyvoice.workers.engines.xtts.checkpoint import TOKENIZER, VOICES, WEIGHTS
from steadyvoice.workers.engines.xtts.gpt import SHAPE, GptShape
from steadyvoice.workers.networks.random_tensors import random_tensors
from steadyvoice.workers.networks.random_vocoders import random_hifigan


def make_random(
    path: Path, vocoder: Mapping[str, Tensor] | None = None, shape: GptShape = SHAPE, seed: int = 0
) -> None:
    """Create the directory with model.pth, vocab.json and speakers_xtts.pth. OSError where that fails.

    vocoder: the tensors of model.pth that are not the language model's; None: random ones.
    """
    path.mkdir(parents=True, exist_ok=True)
    text_tokens.make_spaced(path / TOKENIZER, shape.start_text, ["[en]"])
    weights = random_tensors(shape.tensors | shape.unused | shape.cloning, seed)
    weights["gpt.mel_head.bias"][-1] = -100  # speech as long as the model allows
    torch.save({"model": weights | dict(random_hifigan() if vocoder is None else vocoder)}, path / WEIGHTS)
    dice = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, shape.queries, shape.layers.width, generator=dice)
    speaker = torch.nn.functional.normalize(torch.randn(1, 512, 1, generator=dice), dim=1)
    torch.save({"random": {"gpt_cond_latent": latents, "speaker_embedding": speaker}}, path / VOICES)
