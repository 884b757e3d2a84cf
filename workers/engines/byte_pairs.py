"""Byte-level byte-pair encoding (Radford et al. 2019) from vocab.json and merges.txt: GPT-2, Qwen2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import BadModelFile

GPT2: Final = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""Words of GPT-2."""
QWEN2: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""Words of Qwen2."""


def encoder(path: Path, words: str, vocab: int) -> Callable[[str], list[int]]:
    """A function from a text to its tokens, without marks around them. BadModelFile.

    path: a directory with vocab.json, merges.txt and, where there are further tokens, added_tokens.json.
    vocab: how many tokens the model knows.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

    try:
        tokens = Tokenizer(models.BPE.from_file(str(path / "vocab.json"), str(path / "merges.txt")))
        added = json.loads((path / "added_tokens.json").read_bytes()) if (path / "added_tokens.json").is_file() else {}
        for token, number in sorted(added.items(), key=lambda pair: pair[1]):
            tokens.add_tokens([AddedToken(token, normalized=False)])
            if tokens.token_to_id(token) != number:
                raise BadModelFile(f'{path / "added_tokens.json"}: "{token}" is not the number {number}')
    except BadModelFile:
        raise
    except Exception as error:  # the library raises plain Exception
        line = " ".join(str(error).split())[:200]
        raise BadModelFile(f"{path} has no readable vocab.json and merges.txt: {line}") from error
    if tokens.get_vocab_size() > vocab:
        raise BadModelFile(f"{path} has {tokens.get_vocab_size()} tokens, the model knows {vocab}")
    split = pre_tokenizers.Split(Regex(words), "isolated")
    tokens.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )

    def encode(text: str) -> list[int]:
        ids: list[int] = tokens.encode(text, add_special_tokens=False).ids
        return ids

    return encode


def make_small(path: Path) -> None:
    """Write a vocab.json and a merges.txt: all bytes, and pairs of a consonant and a vowel. OSError."""
    from tokenizers import pre_tokenizers

    vowels, consonants = "aeiou", "bcdfghjklmnpqrstvwxyz"
    pairs = [(c, v) for c in consonants for v in vowels] + [("Ġ", c) for c in consonants + vowels]
    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *map("".join, pairs)]
    (path / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (path / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in pairs))
