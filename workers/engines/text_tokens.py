"""Tokens of a text by published tokenizers: byte pairs from vocab.json and merges.txt, or a tokenizer of its own file.

Each function returns one from a text to its tokens, without marks around them, and raises BadModelFile.
"""

import json
import string
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steadyvoice.ipc.errors import BadModelFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Encode = Callable[[str], list[int]]

GPT2: Final = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""Words of GPT-2 (Radford et al. 2019)."""
QWEN2: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""Words of Qwen2."""
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_PAIRS: Final = [(c, v) for c in _CONSONANTS for v in _VOWELS]


def byte_pairs(path: Path, words: str, vocab: int) -> Encode:
    """By a directory with vocab.json, merges.txt and, where there are further tokens, added_tokens.json.

    words: the pattern of a word. vocab: how many tokens the model knows.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

    extra = path / "added_tokens.json"
    try:
        tokens = Tokenizer(models.BPE.from_file(str(path / "vocab.json"), str(path / "merges.txt")))
        added: dict[str, int] = json.loads(extra.read_bytes()) if extra.is_file() else {}
        tokens.add_tokens(
            [AddedToken(token, normalized=False) for token in sorted(added, key=lambda each: added[each])]
        )
    except Exception as error:  # the library raises plain Exception
        raise BadModelFile(f"{path} has no readable vocab.json and merges.txt: {_line(error)}") from error
    _check(path, tokens, vocab, added)
    split = pre_tokenizers.Split(Regex(words), "isolated")
    tokens.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return lambda text: list(tokens.encode(text, add_special_tokens=False).ids)


def spaced(file: Path, vocab: int, marks: Mapping[str, int]) -> Encode:
    """By a tokenizer's file, for texts in which a mark stands for a space.

    vocab: how many tokens the model knows. marks: tokens and their numbers in the model.
    """
    from tokenizers import Tokenizer

    try:
        tokens = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise BadModelFile(f"{file} cannot be read as a tokenizer: {_line(error)}") from error
    _check(file, tokens, vocab, marks)
    return lambda text: list(tokens.encode(text.replace(" ", "[SPACE]"), add_special_tokens=False).ids)


def _check(path: Path, tokens: "Tokenizer", vocab: int, marks: Mapping[str, int]) -> None:
    for mark, number in marks.items():
        if tokens.token_to_id(mark) != number:
            raise BadModelFile(f'{path}: the token "{mark}" is not number {number}')
    if tokens.get_vocab_size() > vocab:
        raise BadModelFile(f"{path} has {tokens.get_vocab_size()} tokens, the model knows {vocab}")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def make_byte_pairs(path: Path) -> None:
    """Write a small vocab.json and merges.txt: all bytes, and pairs of a consonant and a vowel. OSError."""
    from tokenizers import pre_tokenizers

    pairs = [*_PAIRS, *(("Ġ", letter) for letter in _CONSONANTS + _VOWELS)]
    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *map("".join, pairs)]
    (path / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (path / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in pairs))


def make_spaced(file: Path, start: int, languages: Iterable[str] = ()) -> None:
    """Write a small tokenizer's file: letters, pairs of a consonant and a vowel, and marks. OSError.

    start: the number of [START]. languages: further marks.
    """
    marks = ["[STOP]", "[UNK]", "[SPACE]", *languages]
    letters = [*string.ascii_letters, *string.digits, *"!'(),-.:;?\""]
    tokens = [*marks, *letters, *map("".join, _PAIRS)]
    tokens += [f"[{i}]" for i in range(start - len(tokens))] + ["[START]"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    model: dict[str, object] = {"type": "BPE", "unk_token": "[UNK]", "fuse_unk": False, "byte_fallback": False}
    model |= {"dropout": None, "continuing_subword_prefix": None, "end_of_word_suffix": None}
    model |= {"vocab": {token: i for i, token in enumerate(tokens)}, "merges": _PAIRS}
    whole: dict[str, object] = {"version": "1.0", "truncation": None, "padding": None, "normalizer": None}
    whole |= {"added_tokens": [{"id": tokens.index(each), "content": each} | flags for each in (*marks, "[START]")]}
    whole |= {"pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None, "model": model}
    file.write_text(json.dumps(whole))
