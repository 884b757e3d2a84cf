"""The program espeak-ng in tests, and how far phonemes are from its own."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from steadyvoice.workers.phonemes import espeak

SENTENCES = Path(__file__).parents[1] / "fixtures" / "sentences"
"""One a line, written for this project."""
_PHONEME = re.compile("[^\\s\u0300-\u036f](?:[\u0300-\u0360\u0362-\u036fːˑʰʲʷ]|\u0361.)*")

needs_espeak = pytest.mark.skipif(not espeak.is_installed(), reason="the program espeak-ng is not installed")


def sentences(language: str, others: str = "") -> list[str]:
    """Two hundred, or the forty ``_unseen`` others."""
    return (SENTENCES / f"{language.partition('-')[0]}{others}.txt").read_text(encoding="utf-8").splitlines()


def phonemes(ipa: str, *, stress: bool) -> list[str]:
    """One string for each phoneme, and for each stress mark; without spaces and punctuation."""
    marks = "" if stress else "ˈˌ"
    return list(_PHONEME.findall(re.sub(f'[;:,.!?—…"()“”{marks}-]', "", ipa)))


def distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Levenshtein's: insertions, deletions and substitutions."""
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (one != other))
    return row[-1]


def error_rate(pairs: Iterable[tuple[str, str]], *, stress: bool) -> float:
    """Differences to the second of each pair, by its phonemes."""
    split = [(phonemes(ours, stress=stress), phonemes(theirs, stress=stress)) for ours, theirs in pairs]
    return sum(distance(*both) for both in split) / sum(len(theirs) for _, theirs in split)
