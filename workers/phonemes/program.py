"""Languages without rules here: the phonemes of the program espeak-ng, divided among the words of the text."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from steadyvoice.workers.phonemes import clauses, espeak
from steadyvoice.workers.phonemes.reading import Reader, Reading

_REGIONAL: Final = frozenset("en-029 en-gb en-us es-419 fr-be fr-ch pt-br".split())
_NAMES: Final = {"en": "en-us", "zh": "cmn", "no": "nb", "iw": "he", "in": "id"}
"""Of the program, where it is not the language's tag."""
_MOST: Final = 3
"""Words that the program joins to one, or parts that it makes of one word."""
_MARKS: Final = re.compile("[ˈˌː͡ ]")


def voice(language: str) -> str:
    """The program's name of a language (BCP 47)."""
    tag = language.lower()
    base = tag.partition("-")[0]
    return tag if tag in _REGIONAL else _NAMES.get(base, base)


def reader(language: str) -> Reader:
    return partial(_read, voice(language))


def _read(name: str, text: str) -> Reading:
    """One call for the segment. A comma ends a clause in every language of the program."""
    written = [" ".join(words) for words in clauses.words(text)]
    if not written:
        return clauses.read(text, list)
    lines = espeak.clauses(", ".join(written), name, tied=True)
    if len(lines) != len(written):
        lines = [espeak.phonemes(clause, name, tied=True) for clause in written]
    answers = iter(lines)
    return clauses.read(text, lambda words: divided(next(answers).split(), words))


def divided(said: Sequence[str], words: Sequence[str]) -> list[str]:
    """What is said of each word: the program makes two words of one, and one of two such as "of the".

    Where the numbers differ, the assignment is the one in order with the smallest differences of length. Of words that
    the program joins, the first has the phonemes and the others have none.
    """
    if len(said) == len(words):
        return list(said)
    if not words:
        return []
    best: dict[tuple[int, int], tuple[float, list[str]]] = {(0, 0): (0.0, [])}
    for i in range(len(words)):
        for j in range(len(said) + 1):
            if (i, j) not in best:
                continue
            cost, parts = best[i, j]
            for taken, joined in [(1, n) for n in range(_MOST + 1)] + [(n, 1) for n in range(2, _MOST + 1)]:
                if i + taken > len(words) or j + joined > len(said):
                    continue
                letters = sum(map(len, words[i : i + taken]))
                ipa = " ".join(said[j : j + joined])
                total = cost + abs(letters - len(_MARKS.sub("", ipa))) + ((taken, joined) != (1, 1))
                place = i + taken, j + joined
                if place not in best or total < best[place][0]:
                    best[place] = total, [*parts, ipa, *[""] * (taken - 1)]
    end = len(words), len(said)
    return best[end][1] if end in best else [" ".join(said), *[""] * (len(words) - 1)]
