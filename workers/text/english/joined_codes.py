"""Codes of parts joined by hyphens and slashes, which are pauses: F-16/F-18, 118/402915/2019."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import SHORT_WORDS, is_pronounceable, said
from steadyvoice.workers.text.english.identifiers import EDGE, END
from steadyvoice.workers.text.english.number_words import cardinal, spelled, year
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letters

_PIECE: Final = lazy(r"[A-Za-z]+|\d+")
_FRACTION: Final = lazy(r"(?:\d+-)?\d{1,2}/\d{1,2}-[A-Za-z]+")


def _code(match: re.Match[str]) -> str | None:
    """Letters that are no words, with digits; formulas have single small letters."""
    text = match[0]
    names = [piece for piece in _PIECE.findall(text) if piece.isalpha()]
    is_formula = all(len(name) == 1 and name.islower() for name in names)
    if is_formula or not any(map(str.isdecimal, text)) or any(map(_is_word, names)) or _FRACTION.fullmatch(text):
        return None
    return _read(text)


def _is_word(name: str) -> bool:
    return name.lower() in SHORT_WORDS or (len(name) > 2 and not name.isupper() and is_pronounceable(name))


def _numbers(match: re.Match[str]) -> str | None:
    return None if match[0].startswith("24/7/") else _read(match[0])


def _read(code: str) -> str:
    return ", ".join(
        " ".join(_piece(piece) for part in group.split("-") for piece in _PIECE.findall(part))
        for group in code.split("/")
    )


def _piece(piece: str) -> str:
    if piece.isalpha():
        return said(piece) if piece.isupper() else letters(piece)
    if len(piece) == 4 and piece[:2] in ("19", "20"):
        return year(piece)
    return cardinal(piece) if len(piece) < 4 else spelled(piece)


RULES: tuple[Rule, ...] = (
    Rule(
        "code",
        LETTER + DIGIT,
        lazy(rf"{EDGE}(?<!/)[A-Za-z0-9]{{1,12}}(?:[/-][A-Za-z0-9]{{1,12}}){{2,7}}{END}(?!/)"),
        _code,
    ),
    Rule("number", DIGIT, lazy(rf"{EDGE}(?<!/)\d{{1,12}}(?:/\d{{1,12}}){{2,4}}{END}(?!/)"), _numbers),
)
