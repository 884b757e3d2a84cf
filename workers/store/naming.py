"""Suggest a name from a path. Pure."""

import re
import unicodedata
from pathlib import PurePath
from typing import Final

MOST_CHARS: Final = 64
_LETTERS: Final = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
})  # fmt: skip
"""Latin letters that Unicode does not decompose."""
_GENERIC: Final = re.compile(
    r"(model|weights?|voice|checkpoint|pytorch_model|generator|final|best|latest|[GD]_\d+)([-_.]?\d*)", re.I
)
"""Generic file names, in place of which the folder's name is used."""
_TRAINING: Final = re.compile(r"(_e\d+_s\d+|_\d+e_\d+s)(_best_epoch)?$")
"""Suffix of RVC and Applio: the epoch and the step."""
_COPY: Final = re.compile(r"\s*\(\d+\)$")
"""Suffix of a browser for a repeated download."""


def suggested_name(path: str) -> str:
    """The name of the file without its suffix, of the directory, or of the repository on a model hub.

    "" where most of its letters have no Latin form, or nothing is left.
    """
    *folders, last = [part for part in PurePath(path).parts if part != "/"] or [""]
    if re.search(r"\.(pth|pt|bin|safetensors|onnx|index|ckpt)$", last, re.I):
        stem = last.rpartition(".")[0]
        if not (_GENERIC.fullmatch(stem) and folders):
            return _plain(stem)
        *folders, last = folders
    if (
        len(folders) >= 2
        and folders[-1] == "snapshots"
        and (hub := re.fullmatch(r"models--(?:.+?--)?(.+)", folders[-2]))
    ):
        last = hub[1]  # the cache of a model hub: models--OWNER--NAME/snapshots/COMMIT
    return _plain(last)


def _plain(text: str) -> str:
    text = _TRAINING.sub("", _COPY.sub("", text.strip()))
    whole = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    letters = [character for character in whole if character.isalpha()]
    if sum(character.isascii() for character in letters) * 2 < len(letters):
        return ""
    words = re.findall(r"[A-Za-z0-9._-]+", "".join(c for c in whole if not unicodedata.combining(c)))
    name = re.sub(r"-*([_.])-*|-{2,}", lambda found: found[1] or "-", "-".join(words)).strip("-.")
    return name[:MOST_CHARS].rstrip("-.")
