"""A Soprano checkpoint of random weights in the published format and size, for tests and benchmarks without a network.

Its output is no speech, but costs as much as speech, and its length depends on the text's.
"""

import json
import string
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from steadyvoice.workers.engines.soprano import decoder
from steadyvoice.workers.engines.soprano.lm import Config

_OTHERS = 192  # non-audio tokens
CONFIG = Config(
    vocab=8192,
    hidden=512,
    layers=17,
    heads=4,
    kv_heads=1,
    head_dim=128,
    ffn=2304,
    positions=512,
    theta=10000.0,
    eps=1e-6,
    stop=3,
)
_FORMS = {"1.0": (512, 3), "1.1": (768, 1)}  # width and first kernel of the decoder


def make_random(path: Path, version: str = "1.1", seed: int = 0, config: Config = CONFIG) -> None:
    """Create the directory and its four files. version: "1.0" or "1.1". OSError where that fails."""
    dice = torch.Generator().manual_seed(seed)
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(_config(config), indent=2) + "\n")
    (path / "tokenizer.json").write_text(tokenizer_json(config.vocab))
    save_file(_model(config, dice), path / "model.safetensors", {"format": "pt"})
    torch.save(_decoder(*_FORMS[version], dice), path / "decoder.pth")


def _config(config: Config) -> dict[str, object]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": config.vocab,
        "hidden_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "intermediate_size": config.ffn,
        "max_position_embeddings": config.positions,
        "rope_theta": config.theta,
        "rms_norm_eps": config.eps,
        "bos_token_id": config.stop,
        "eos_token_id": config.stop,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": False,
        "dtype": "bfloat16",
    }


def tokenizer_json(vocab: int) -> str:
    """Byte-pair encoding with Soprano's special tokens; the pairs are a consonant and a vowel, in both orders."""
    special = ["[UNK]", "[TEXT]", "[START]", "[STOP]", *(f"[{i}]" for i in range(vocab - _OTHERS))]
    letters = [*string.ascii_lowercase, *string.digits, *" .,!?'-"]
    vowels, consonants = "aeiou", [c for c in string.ascii_lowercase if c not in "aeiou"]
    pairs = [(c, v) for c in consonants for v in vowels] + [(v, c) for c in consonants for v in vowels]
    pairs = pairs[: vocab - len(special) - len(letters)]
    tokens = [*special, *letters, *map("".join, pairs)]
    model = {"type": "BPE", "unk_token": "[UNK]", "fuse_unk": False, "byte_fallback": False, "dropout": None}
    model |= {"vocab": {token: i for i, token in enumerate(tokens)}, "merges": pairs}
    model |= {"continuing_subword_prefix": None, "end_of_word_suffix": None}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    split = {"type": "Split", "pattern": {"Regex": r"\s+|\w+|[^\w\s]+"}, "behavior": "Isolated", "invert": False}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": i, "content": token} | flags for i, token in enumerate(special)],
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [{"type": "Digits", "individual_digits": True}, split],
            },
            "post_processor": None,
            "decoder": None,
            "model": model,
        }
    )


def _model(config: Config, dice: torch.Generator) -> dict[str, Tensor]:
    """Norms near 1, matrices near the published deviation; the stop token is never the most likely one."""
    weights = {}
    for name, shape in config.shapes.items():
        drawn = torch.randn(shape, generator=dice)
        weights[name] = (1 + 0.1 * drawn if len(shape) == 1 else drawn / 24).bfloat16()
    weights["lm_head.weight"][config.stop] = 0
    return weights


def _decoder(width: int, kernel: int, dice: torch.Generator) -> dict[str, Tensor]:
    """Weights for a murmur: a spectrum that falls towards high frequencies."""
    weights = {}
    for name, shape in decoder.shapes(width, kernel).items():
        drawn = torch.randn(shape, generator=dice)
        is_norm = name.endswith(("norm.weight", "gamma"))
        weights[name] = 0.5 + 0.1 * drawn if is_norm else drawn * (0.02 if len(shape) > 1 else 0.1)
    half = len(weights["head.out.bias"]) // 2
    weights["head.out.bias"][:half] += 4 - torch.arange(half) / 60
    weights["head.istft.window"] = torch.hann_window(decoder.SIZE)
    return weights
