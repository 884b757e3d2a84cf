"""Text to phonemes, in pieces for one model run each, with the phonemes of each word."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from hibari.tts import MAX_PHONEMES
from hibari.tts import Hibari as Package

from steadyvoice.workers.engines.hibari.traced import Traced, normalized, substitute

PUNCTUATION = ';:,.!?—…"()“” '
"""Phonemes that are pauses."""

_ENDLESS = re.compile(r"(?:\d,?){34,}")  # the package fails on longer numbers
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
    plain = Traced.of("".join(_plain(c) for c in text))
    plain = substitute(_ENDLESS, lambda digits: " ".join(re.findall(r"\d", digits[0])) + " ", plain)
    sentences = Package.split_sentences(str(plain))
    at = 0
    for i, sentence in enumerate(sentences, 1):
        at = plain.index(sentence, at)
        phonemes, said = read(g2p, text, plain.part(at, at + len(sentence)))
        at += len(sentence)
        cuts = list(_cuts(phonemes))
        for j, (start, end) in enumerate(cuts, 1):
            here = [
                SpokenWord(word.start, word.end, max(0, word.first - start), word.last - start)
                for word in said
                if start < word.last <= end
            ]
            yield Piece(phonemes[start:end], here, j < len(cuts) or (more and i == len(sentences)))


def read(g2p: Any, text: str, sentence: Traced) -> tuple[str, list[SpokenWord]]:
    """The phonemes of ``g2p(sentence)``, and the words of ``text``, from which ``sentence`` was made, in them."""
    plain = normalized(sentence)
    string = str(plain)
    starts, ends = _words(text, sentence.begins[0], sentence.ends[-1])
    sounds: list[str] = []
    said: list[list[int]] = []  # first and last word, first phoneme, end of phonemes
    at = total = 0
    for token in g2p.phonemize_tokens(g2p.tokenize(string)):
        sound = g2p.unk if token.phonemes is None else token.phonemes
        if not string.startswith(token.text, at):  # unspoken text in between, or a token that lost characters
            found = string.find(token.text, at)
            at = found if found >= 0 and " " not in string[at:found] else min(at, len(string) - 1)
        end = min(at + len(token.text), len(string))
        if isinstance(plain, Traced) and (core := sound.strip(PUNCTUATION)):
            first = total + sound.index(core)
            a, b = bisect_right(ends, plain.begins[at]), bisect_left(starts, plain.ends[end - 1]) - 1
            if said and (a > b or a <= said[-1][1]):
                said[-1][1] = max(said[-1][1], b)
                said[-1][3] = first + len(core)
            elif a < len(starts):
                said.append([a, max(a, b), first, first + len(core)])
        sounds.append(sound)
        total += len(sound)
        at = end
        if token.whitespace:
            sounds.append(" ")
            total += 1
            at = string.find(" ", end) + 1 or len(string)
    joined = "".join(sounds)
    blank = len(joined) - len(joined.lstrip())
    return joined.strip(), [SpokenWord(starts[a], ends[b], first - blank, last - blank) for a, b, first, last in said]


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


def _plain(character: str) -> str:
    """Superscript and circled digits as plain digits, which the package can read."""
    if character.isdigit() and not character.isdecimal():
        return str(unicodedata.digit(character))
    return character
