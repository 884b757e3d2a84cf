"""What a reader gives an engine: the phonemes of a text, and where each word is in both."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

TIE: Final = "\u0361"
"""Joins the letters of one phoneme: t͡ʃ."""
PAUSES: Final = ';:,.!?—…"()“”'
"""Punctuation that stays between the phonemes, beside the space."""
_CLAUSE_END: Final = re.compile("[;:,.!?—…][”)]* ")


class Word(NamedTuple):
    """A word in the text and in the phonemes."""

    start: int
    end: int
    """Characters [start, end) of the text."""
    first: int
    last: int
    """Characters [first, last) of the phonemes."""


class Reading(NamedTuple):
    """The phonemes of a text in IPA, as espeak-ng writes it with ``--ipa --tie``, and the punctuation of the text."""

    ipa: str
    """Words are separated by one space. Stress marks precede the vowel."""
    words: tuple[Word, ...]
    """In order, without overlap; a word that has no phonemes is left out."""


class Reader(Protocol):
    """Reads one segment. Equal texts give equal results, whatever was read before.

    The text is words and punctuation, without digits and signs. Where it is a ``Spoken``, its pronunciations go before
    the rules.
    """

    def __call__(self, text: str) -> Reading: ...


def mapped(reading: Reading, symbols: Mapping[str, str]) -> Reading:
    """With these symbols replaced, the longest that fits first: {"t͡ʃ": "ʧ", "͡": ""}. The words stay in place."""
    if not symbols:
        return reading
    pattern = re.compile("|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True)))
    parts: list[str] = []
    places: list[int] = []
    """Of each character in the result, and of the end."""
    at = length = 0
    for match in pattern.finditer(reading.ipa):
        kept, put = reading.ipa[at : match.start()], symbols[match[0]]
        parts += [kept, put]
        places += [*range(length, length + len(kept)), *[length + len(kept)] * len(match[0])]
        length += len(kept) + len(put)
        at = match.end()
    parts.append(reading.ipa[at:])
    places += range(length, length + len(parts[-1]) + 1)
    words = (word._replace(first=places[word.first], last=places[word.last]) for word in reading.words)
    return Reading("".join(parts), tuple(word for word in words if word.first < word.last))


def cut(reading: Reading, most: int) -> list[Reading]:
    """In parts of at most ``most`` characters of phonemes: at the last clause that fits, else between words, else in a
    word, which then belongs to the part in which it ends.
    """
    parts: list[Reading] = []
    start = 0
    while len(reading.ipa) - start > most:
        head = reading.ipa[start : start + most + 1]
        clause = max((match.end() for match in _CLAUSE_END.finditer(head)), default=0)
        end = start + (clause or head.rfind(" ") + 1 or most)
        parts.append(_part(reading, start, end))
        start = end
    return [*parts, _part(reading, start, len(reading.ipa))]


def _part(reading: Reading, start: int, end: int) -> Reading:
    ipa = reading.ipa[start:end].rstrip()
    words = (
        word._replace(first=max(word.first - start, 0), last=word.last - start)
        for word in reading.words
        if start < word.last <= end
    )
    return Reading(ipa, tuple(words))
