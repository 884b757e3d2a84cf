"""Characters by name, keys by name and announced capitals, in traced text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.workers.text.english import key_names
from steadyvoice.workers.text.english.characters_by_name import cluster_name, clusters
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.traced import Traced

_WORD: Final = lazy(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def is_one_character(text: str) -> bool:
    return bool(text) and next(clusters(text)) == (0, len(text))


def spelled_out(text: Traced, mode: ReadingMode, *, english: bool) -> Traced:
    """Every character by its name. In a language without names of characters: letters, digits and signs one by one."""
    return text.replaced(list(_names(text, mode) if english else _alone(text)))


def _names(text: str, mode: ReadingMode) -> Iterator[tuple[int, int, str]]:
    """Names between spaces; commas set off a name of several words."""
    names = [(start, end, _capital(text[start], mode) + cluster_name(text[start:end])) for start, end in clusters(text)]
    for i, (start, end, name) in enumerate(names, 1):
        has_comma = any(" " in each for _, _, each in names[i - 1 : i + 1])
        separator = "" if i == len(names) else ", " if has_comma else " "
        yield start, end, name + separator


def _capital(letter: str, mode: ReadingMode) -> str:
    return "capital " if mode.capitals == "spell" and letter.isupper() else ""


def _alone(text: str) -> Iterator[tuple[int, int, str]]:
    for start, end in clusters(text):
        cluster = text[start:end]
        upper = cluster.upper()
        said = upper if len(upper) == len(cluster) else cluster
        yield start, end, f"{said if cluster.isprintable() else ''} "


def key(text: Traced, mode: ReadingMode, *, english: bool) -> Traced:
    """A key, or keys that are pressed together."""
    if is_one_character(text):
        return spelled_out(text, mode, english=english)
    if english:
        return text.replaced(list(key_names.key_names(text)))
    return text.replaced(
        (match.start(), match.end(), match[0].upper() if len(match[0]) == 1 and match[0] != "_" else " ")
        for match in re.finditer(r"(?<![^_])[^_](?![^_])|(?<=[^_])_(?=.)", text)
    )


def capitals(text: Traced, written: str) -> list[tuple[int, str]]:
    """Where words are to be inserted: "capital" before a word written with a capital, "all caps" before capitals."""
    found: dict[int, str] = {}
    for match in _WORD.finditer(written):
        word = match[0]
        at = bisect_right(text.ends, match.start())
        while at < len(text) and not text[at].isalnum() and text.begins[at] < match.end():
            at += 1
        if not word[0].isupper() or at == len(text) or text.begins[at] >= match.end():
            continue
        found.setdefault(at, "all caps " if len(word) > 1 and word.isupper() else "capital ")
    return sorted(found.items())
