"""Which words of a text belong to which words of its phonemes. Pure.

A program for phonemes may join words ("of the" is one) and part others ("42" is two), and does not say where.
"""

from collections.abc import Sequence
from typing import Final

Group = tuple[int, int, int, int]
"""Words [first, last) of the text, and words [first, last) of the phonemes."""

_MOST: Final = 6
"""Words in a group at most, unless all are one group."""


def align(text: Sequence[str], phonemes: Sequence[str]) -> list[Group]:
    """Groups in order that together are all words: one word of one side with one or more of the other.

    Chosen so that long words of the text have many phonemes; all words are one group where that is impossible. Empty
    where one side is.
    """
    n, m = len(text), len(phonemes)
    if not n or not m:
        return []
    if n == m:
        return [(i, i + 1, i, i + 1) for i in range(n)]
    letters, sounds = [len(word) for word in text], [len(word) for word in phonemes]
    ratio = sum(sounds) / max(1, sum(letters))

    sizes = [(1, 1), *((k, 1) for k in range(2, _MOST + 1)), *((1, k) for k in range(2, _MOST + 1))]
    best = {(n, m): (0.0, 0, 0)}
    """By the first words that are left: cost of the best groups, and the size of their first."""
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            costs = [
                (abs(ratio * sum(letters[i : i + a]) - sum(sounds[j : j + b])) + best[i + a, j + b][0], a, b)
                for a, b in sizes
                if (i + a, j + b) in best
            ]
            if costs:
                best[i, j] = min(costs)
    if (0, 0) not in best:
        return [(0, n, 0, m)]
    groups, i, j = [], 0, 0
    while i < n:
        _, a, b = best[i, j]
        groups.append((i, i + a, j, j + b))
        i, j = i + a, j + b
    return groups
