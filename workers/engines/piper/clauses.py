"""The words of a text in clauses, each to be read at once, and the punctuation between them. Pure."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from steadyvoice.workers.text.front_end import Spoken

Span = tuple[int, int]
"""Characters [start, end) of the text."""

MARKS: Final = "?!.;:,"
"""Punctuation that Piper's voices know, the strongest first."""
_OTHER_MARKS: Final = {"？": "?", "！": "!", "。": ".", "．": ".", "；": ";", "：": ":", "؟": "?", "؛": ";", "।": "."}
"""All others are commas."""
_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<mark> [.,:;!?…]+(?!\w) | [—–(){}\[\]。．，、：；！？؟؛،।] | (?<!\S)-+(?!\S))
    | (?P<word> (?: [^\s.,:;!?…—–(){}\[\]。．，、：；！？؟؛،।] | [.,:;!?…]+(?=\w) )+ )
    """,
    re.X,
)
_QUOTES: Final = "\"'‘’“”«»‹›„‚`*_~|\\<>¿¡"
"""Around words; inside them, an apostrophe stays."""
_ALONE: Final = frozenset("%&@#§°€$£¥+=/")
"""Signs that a program for phonemes may read as words."""
_INITIAL: Final = re.compile(r"(?:^|[^\w.])(?:\w\.)*\w$")


class Clause(NamedTuple):
    """Words that are read together, or one pronunciation that is given."""

    text: str
    """Words, separated by one space each, without punctuation around them; with ``ipa``, as written."""
    words: tuple[Span, ...]
    """One for each word, or for the pronunciation."""
    before: str
    """What is between the phonemes of the clause before and those of this one: a mark, a space, or nothing."""
    ipa: str = ""


def clauses(text: str) -> tuple[list[Clause], str]:
    """The clauses of a segment, and the mark at its end, or ""."""
    reader = _Reader(text)
    at = 0
    for word in text.pronunciations if isinstance(text, Spoken) else ():
        reader.read(at, word.start)
        at = reader.pronounced(word.start, word.end, word.ipa)
    reader.read(at, len(text))
    return reader.end()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._clauses: list[Clause] = []
        self._words: list[Span] = []
        self._gap = ""
        """What was found since the last word: marks and spaces."""
        self._before = ""
        """The gap before the clause that is being read."""

    def read(self, start: int, end: int) -> None:
        for match in _TOKEN.finditer(self._text, start, end):
            if match.lastgroup != "word":
                self._gap += " " if match.lastgroup == "space" else self._marks(match)
                continue
            first, last = self._core(match.start(), match.end())
            if first == last:
                continue
            if self._gap != " " or not self._words:
                self._close()
                self._before = self._gap
            self._gap = ""
            self._words.append((first, last))

    def pronounced(self, start: int, end: int, ipa: str) -> int:
        """Take a pronunciation, and an 's that follows it; return the end of both."""
        self._close()
        if self._text[end : end + 2] in ("'s", "’s") and not self._text[end + 2 : end + 3].isalnum():
            end += 2
            ipa += "ɪz" if ipa[-1] in "szʃʒ" else "s" if ipa[-1] in "ptkfθ" else "z"
        self._clauses.append(Clause(self._text[start:end], ((start, end),), self._between(self._gap), ipa))
        self._gap = ""
        return end

    def end(self) -> tuple[list[Clause], str]:
        self._close()
        return self._clauses, _strongest(self._gap) if self._clauses else ""

    def _close(self) -> None:
        if self._words:
            text = " ".join(_plain(self._text[start:end]) for start, end in self._words)
            self._clauses.append(Clause(text, tuple(self._words), self._between(self._before)))
        self._words, self._before = [], ""

    def _between(self, gap: str) -> str:
        mark = _strongest(gap) if self._clauses else ""
        return f"{mark} " if mark or (gap and self._clauses) else ""

    def _marks(self, match: re.Match[str]) -> str:
        """Without the full stop of an abbreviation: one letter inside of a sentence, such as the U of U.S."""
        is_last = match.end() == len(self._text)
        return "" if match[0] == "." and not is_last and _INITIAL.search(self._text, 0, match.start()) else match[0]

    def _core(self, start: int, end: int) -> Span:
        """The word without quotes around it; empty where nothing of it can be said."""
        word = self._text[start:end]
        first = start + len(word) - len(word.lstrip(_QUOTES + "-"))
        last = max(first, start + len(word.rstrip(_QUOTES + "-")))
        is_said = any(c.isalnum() or c in _ALONE for c in self._text[first:last])
        return (first, last) if is_said else (first, first)


def _plain(word: str) -> str:
    return "".join(c for c in word.replace("’", "'") if c.isprintable() and c not in "[]<>\\")


def _strongest(gap: str) -> str:
    marks = [_OTHER_MARKS.get(c, c if c in MARKS else ",") for c in gap if not c.isspace()]
    return min(marks, key=MARKS.index, default="")


def sentences(phonemes: str) -> Iterator[Span]:
    """Ranges of phonemes that end with a mark of a sentence, and the rest."""
    at = 0
    for match in re.finditer(r"[.?!]+ ?", phonemes):
        yield at, match.end()
        at = match.end()
    if at < len(phonemes):
        yield at, len(phonemes)
