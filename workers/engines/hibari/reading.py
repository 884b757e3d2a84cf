"""Text to phonemes, in pieces for one model run each, with the phonemes of each word."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hibari.tts import MAX_PHONEMES
from hibari.tts import Hibari as Package

from steadyvoice.workers.engines.hibari.ipa import to_model
from steadyvoice.workers.text.front_end import Pronunciation, Spoken

PUNCTUATION = ';:,.!?—…"()“” '
"""Phonemes that are pauses."""

_CLAUSE = re.compile("(?<=[,;:—]) ")
_WORD = re.compile(r"(?:[^\s.\u2013\u2014\u2026-]++|(?<!-)-(?!-)|(?<!\.)\.(?!\.))+")
# Punctuation around a word, not part of it.
_BEFORE, _AFTER = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb([{<*_`", ",;:!?\"'\u2019\u201d\u00bb)]}>*_`-"
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}")


class SpokenWord(NamedTuple):
    """A word in the text and in the phonemes."""

    start: int
    end: int
    """Characters [start, end) of the text."""
    first: int
    last: int
    """Phonemes [first, last)."""


class Piece(NamedTuple):
    """Input of one run of the model."""

    phonemes: str
    said: list[SpokenWord]
    """In order, without overlap. A word that spans two pieces belongs to the last one."""
    goes_on: bool
    """The sentence continues in the next piece."""


def pieces(g2p: Any, text: str, more: bool) -> Iterator[Piece]:
    """The sentences of the text, long ones in parts. more: the last sentence continues after the text."""
    pronunciations = text.pronunciations if isinstance(text, Spoken) else ()
    sentences = Package.split_sentences(text)
    at = 0
    for i, sentence in enumerate(sentences, 1):
        at = text.index(sentence, at)
        phonemes, said = read(g2p, text, at, at + len(sentence), pronunciations)
        at += len(sentence)
        cuts = list(_cuts(phonemes))
        for j, (start, end) in enumerate(cuts, 1):
            here = [
                SpokenWord(word.start, word.end, max(0, word.first - start), word.last - start)
                for word in said
                if start < word.last <= end
            ]
            yield Piece(phonemes[start:end], here, j < len(cuts) or (more and i == len(sentences)))


def read(
    g2p: Any, text: str, start: int, end: int, pronunciations: Sequence[Pronunciation] = ()
) -> tuple[str, list[SpokenWord]]:
    """The phonemes of the sentence [start, end) of the text, and its words in them."""
    string = text[start:end]
    starts, ends = _words(text, start, end)
    sounds: list[str] = []
    said: list[list[int]] = []  # first and last word, first phoneme, end of phonemes
    at = total = 0
    for token in g2p.phonemize_tokens(g2p.tokenize(_with_pronunciations(text, start, end, pronunciations))):
        sound = g2p.unk if token.phonemes is None else token.phonemes
        if not string.startswith(token.text, at):  # unspoken text in between, or a token that lost characters
            found = string.find(token.text, at)
            at = found if found >= 0 and " " not in string[at:found] else min(at, len(string) - 1)
        stop = min(at + len(token.text), len(string))
        if core := sound.strip(PUNCTUATION):
            first = total + sound.index(core)
            a, b = bisect_right(ends, start + at), bisect_left(starts, start + stop) - 1
            if said and (a > b or a <= said[-1][1]):
                said[-1][1] = max(said[-1][1], b)
                said[-1][3] = first + len(core)
            elif a < len(starts):
                said.append([a, max(a, b), first, first + len(core)])
        sounds.append(sound)
        total += len(sound)
        at = stop
        if token.whitespace:
            sounds.append(" ")
            total += 1
            at = string.find(" ", stop) + 1 or len(string)
    joined = "".join(sounds)
    blank = len(joined) - len(joined.lstrip())
    return joined.strip(), [SpokenWord(starts[a], ends[b], first - blank, last - blank) for a, b, first, last in said]


def _with_pronunciations(text: str, start: int, end: int, pronunciations: Sequence[Pronunciation]) -> str:
    """The sentence [start, end), with phonemes in the package's notation: [word](/phonemes/)."""
    parts, at = [], start
    for word in pronunciations:
        if start <= word.start and word.end <= end:
            parts += [_plain(text[at : word.start]), f"[{text[word.start : word.end]}](/{to_model(word.ipa)}/)"]
            at = word.end
    return "".join([*parts, _plain(text[at:end])])


def _plain(text: str) -> str:
    """Without the package's notation for phonemes, which a text may contain by chance."""
    return text.replace("](", "] (")


def _words(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """Begin and end of each word of a sentence. A full stop inside the sentence belongs to an abbreviation."""
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(text, start, end):
        if match[0].rstrip(_AFTER + ".").lstrip(_BEFORE):
            starts.append(match.end() - len(match[0].lstrip(_BEFORE)))
            ends.append(match.start() + len(match[0].rstrip(_AFTER)))
    if ends and text[ends[-1] - 1] == "." and not _INITIALS.fullmatch(text, starts[-1], ends[-1]):
        ends[-1] = starts[-1] + len(text[starts[-1] : ends[-1]].rstrip(_AFTER + "."))
    return starts, ends


def _cuts(phonemes: str) -> Iterator[tuple[int, int]]:
    """Ranges of at most the model's maximum number of phonemes: cut at a clause, else a word, else anywhere."""
    start = 0
    while len(phonemes) - start > MAX_PHONEMES:
        head = phonemes[start : start + MAX_PHONEMES + 1]
        clauses = [match.start() for match in _CLAUSE.finditer(head)]
        cut = clauses[-1] if clauses else head.rfind(" ")
        cut = cut if cut > 0 else MAX_PHONEMES
        yield start, start + cut
        start = len(phonemes) - len(phonemes[start + cut :].lstrip())
    yield start, len(phonemes)
