"""Signs of operations and comparisons between numbers. Only the sign is read; the numbers are other rules'."""

import re
from typing import Final

from steadyvoice.workers.text.english import numerals
from steadyvoice.workers.text.rules import LETTER, Rule

_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LEFT: Final = rf"(?:(?<=[\d)\]%!½⅓¼¾{_SUPERSCRIPTS}])|(?<=[\d)\]%!½⅓¼¾{_SUPERSCRIPTS}]\s))"
"""An operand stands before the sign, with or without a space."""
_LEFT_OR_LETTER: Final = rf"(?:{_LEFT}|(?<=\b[A-Za-z])|(?<=\b[A-Za-z]\s))"
_RIGHT: Final = r"(?=\s?[-−+±(√$€£]?\.?\d)"
_RIGHT_OR_LETTER: Final = rf"(?:{_RIGHT}|(?=\s?[A-Za-z](?!\w)))"
_EQUATION: Final = re.compile(rf"[xX×] ?{numerals.NUMBER}\s?=")
_FACTORS: Final = re.compile(r"(?<![\d.])\d{3,}×\d{3,}(?!\d)")


def _cross(match: re.Match[str]) -> str | None:
    """8 x 10 as "eight by ten", 3 × 4 as "three times four"."""
    text, at = match.string, match.start()
    if text[max(0, at - 2) : at].lstrip().zfill(2) == "00":  # 0x1F
        return None
    is_size = _FACTORS.search(text[max(0, at - 6) : at + 7]) if match[0] == "×" else True
    return "times" if not is_size or _EQUATION.match(text, at) else "by"


def _rule(kind: str, first: str, pattern: str, words: str) -> Rule:
    return Rule(kind, first, re.compile(pattern), lambda _: words)


RULES: Final[tuple[Rule, ...]] = (
    _rule("minus", "-–", rf"(?<=[\d)\]%!½⅓¼¾{_SUPERSCRIPTS}]\s)[-–](?=\s[-−+(√]?\.?\d)", "minus"),
    _rule("minus", "-", r"(?<=\d\s)-(?=\s[A-Za-z]\s[=+*/])", "minus"),
    _rule("plus", "+", rf"{_LEFT_OR_LETTER}\+{_RIGHT}|{_LEFT}\+(?=\s?[A-Za-z](?!\w))", "plus"),
    _rule("times", "*", rf"{_LEFT}\*{_RIGHT_OR_LETTER}|(?<=\b[A-Za-z]\s)\*(?=\s\.?\d)", "times"),
    _rule("times", "⋅·∙", rf"{_LEFT}[⋅·∙]{_RIGHT}", "times"),
    Rule("cross", LETTER + "×✕", re.compile(rf"{_LEFT}[xX×✕](?=\s?\.?\d)"), _cross),
    _rule("divided by", "÷", rf"{_LEFT_OR_LETTER}÷{_RIGHT_OR_LETTER}", "divided by"),
    _rule("divided by", "/", r"(?<=[\d)\]]\s)/(?=\s[-−+(√]?\.?\d)", "divided by"),
    _rule("comparison", "≠!", rf"{_LEFT_OR_LETTER}(?:≠|!=){_RIGHT_OR_LETTER}", "is not equal to"),
    _rule("comparison", "≈", rf"{_LEFT_OR_LETTER}≈{_RIGHT}", "is approximately"),
    _rule("comparison", "≤<", rf"{_LEFT_OR_LETTER}(?:≤|<=){_RIGHT_OR_LETTER}", "is less than or equal to"),
    _rule("comparison", "≥>", rf"{_LEFT_OR_LETTER}(?:≥|>=){_RIGHT_OR_LETTER}", "is greater than or equal to"),
    _rule("comparison", "<", rf"{_LEFT}<{_RIGHT_OR_LETTER}|(?<=\b[A-Za-z]\s)<(?=\s\.?\d)", "is less than"),
    _rule("comparison", ">", rf"{_LEFT}>{_RIGHT_OR_LETTER}|(?<=\b[A-Za-z]\s)>(?=\s\.?\d)", "is greater than"),
    _rule("equals", "=", rf"{_LEFT_OR_LETTER}={{1,3}}{_RIGHT_OR_LETTER}|{_LEFT}=(?=\s?\w|\s?\?)", "equals"),
    _rule("root", "√", r"√(?=\s?[\d(A-Za-z])", "the square root of"),
    _rule("root", "∛", r"∛(?=\s?[\d(A-Za-z])", "the cube root of"),
)
