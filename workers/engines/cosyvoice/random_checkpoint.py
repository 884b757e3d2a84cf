"""The language model's part of a CosyVoice2 of random weights, in the published format and size, for benchmarks."""

from pathlib import Path

import torch

from steadyvoice.workers.engines import text_tokens
from steadyvoice.workers.engines.cosyvoice.checkpoint import TOKENIZER, VOICES, WEIGHTS
from steadyvoice.workers.engines.cosyvoice.lm import SHAPE, CosyShape
from steadyvoice.workers.networks.random_tensors import random_tensors

_PROMPT_TEXT, _PROMPT = 12, 75  # tokens; of text, and 3 s of speech


def make_random(path: Path, shape: CosyShape = SHAPE, seed: int = 0) -> None:
    """Create the directory with llm.pt, a tokenizer and a voice. OSError where that fails."""
    (path / TOKENIZER).mkdir(parents=True, exist_ok=True)
    text_tokens.make_byte_pairs(path / TOKENIZER)
    weights = random_tensors(shape.tensors, seed)
    weights["llm_decoder.bias"][shape.speech :] = -100  # speech as long as the text allows
    weights |= dict.fromkeys(shape.unused, weights["llm.model.model.embed_tokens.weight"])  # tied
    torch.save(weights, path / WEIGHTS)
    torch.save({"random": random_voice(shape, seed)}, path / VOICES)


def random_voice(shape: CosyShape, seed: int = 0) -> dict[str, torch.Tensor]:
    """A voice of spk2info.pt."""
    dice = torch.Generator().manual_seed(seed)
    speech = torch.randint(shape.speech, (1, _PROMPT), generator=dice)
    embedding = torch.randn(1, 192, generator=dice)
    return {
        "prompt_text": torch.randint(200, (1, _PROMPT_TEXT), generator=dice),
        "prompt_text_len": torch.tensor([_PROMPT_TEXT]),
        "llm_prompt_speech_token": speech,
        "llm_prompt_speech_token_len": torch.tensor([_PROMPT]),
        "flow_prompt_speech_token": speech,
        "flow_prompt_speech_token_len": torch.tensor([_PROMPT]),
        "prompt_speech_feat": torch.randn(1, 2 * _PROMPT, 80, generator=dice) - 6,
        "prompt_speech_feat_len": torch.tensor([2 * _PROMPT]),
        "llm_embedding": embedding,
        "flow_embedding": embedding,
    }
