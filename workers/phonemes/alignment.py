"""Which words of a text belong to which words of its phonemes. Pure.

A program for phonemes may join words ("of the" is one) and part others ("42" is two), and does not say where.
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.workers.phonemes.reading import TIE

_MOST: Final = 6
"""Words in a group at most, unless all are one group."""
_MARKS: Final = str.maketrans(dict.fromkeys(f"ˈˌ{TIE}"))
"""Counted as letters, stress gives the phonemes of short joined words ("of the") to others more often."""
_SIZES: Final = ((1, 1), *((n, 1) for n in range(2, _MOST + 1)), *((1, n) for n in range(2, _MOST + 1)))
"""Words of the text and of the phonemes in a group."""


def aligned(words: Sequence[str], said: Sequence[str]) -> list[str | None]:
    """What is said of each word of a clause; None: it is a part of what is said of the word before.

    One word of one side belongs to one or more of the other, so that long words have many phonemes; all are one group
    where that is impossible. "" for all words where nothing is said.
    """
    if not said:
        return [""] * len(words)
    parts: list[str | None] = []
    at = 0
    for taken, sounds in _groups([len(word) for word in words], [len(word.translate(_MARKS)) for word in said]):
        parts += [" ".join(said[at : at + sounds]), *[None] * (taken - 1)]
        at += sounds
    return parts


def _groups(letters: Sequence[int], sounds: Sequence[int]) -> list[tuple[int, int]]:
    """The sizes of groups, in order, that together are all words of both sides. Each side is given by its lengths."""
    n, m = len(letters), len(sounds)
    if n == m:
        return [(1, 1)] * n
    ratio = sum(sounds) / max(1, sum(letters))
    best = {(n, m): (0.0, 0, 0)}
    """By the first words that are left: cost of the best groups, and the size of their first."""
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            costs = [
                (abs(ratio * sum(letters[i : i + a]) - sum(sounds[j : j + b])) + best[i + a, j + b][0], a, b)
                for a, b in _SIZES
                if (i + a, j + b) in best
            ]
            if costs:
                best[i, j] = min(costs)
    if (0, 0) not in best:
        return [(n, m)]
    groups, i, j = [], 0, 0
    while i < n:
        _, a, b = best[i, j]
        groups.append((a, b))
        i, j = i + a, j + b
    return groups
