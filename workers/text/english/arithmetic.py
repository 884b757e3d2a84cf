"""Signs of operations and comparisons between numbers. Only the sign is read; the numbers are other rules'."""

import re
from typing import Final

from steadyvoice.workers.text.english import numerals
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_NUMBER_LEFT: Final = "".join(
    ("(?:", "|".join(rf"(?<={end})|(?<={end}\s)" for end in (r"[\d½⅓¼¾⁰¹²³⁴⁵⁶⁷⁸⁹]", r"\d%", r"\d!", r"\d\)")), ")")
)
_NUMBER_RIGHT: Final = r"(?=\s?[-−+±(√$€£]?\.?\d)"
_LETTER_LEFT: Final = r"(?:(?<=\b[A-Za-z])|(?<=\b[A-Za-z]\s)|(?<=\b[A-Za-z]\))|(?<=\b[A-Za-z]\)\s))"
_LETTER_RIGHT: Final = r"(?=\s?[A-Za-z](?![\w:.'’*-]))"
_TERM: Final = "(?:[0-9]{0,9}[kmnxyz](?![A-Za-z'’.])|[0-9])"
_EQUATION: Final = lazy(rf"[xX×] ?{numerals.NUMBER}\s?=")
_FACTORS: Final = lazy(r"(?<![\d.])\d{3,}×\d{3,}(?!\d)")


def _cross(match: re.Match[str]) -> str | None:
    """8 x 10 as "eight by ten", 3 × 4 as "three times four"."""
    text, at = match.string, match.start()
    if re.search(r"(?<!\d)0$", text[max(0, at - 2) : at]):  # 0x1F
        return None
    is_size = match[0] != "×" or _FACTORS.search(text[max(0, at - 6) : at + 7])
    return "times" if not is_size or _EQUATION.match(text, at) else "by"


def _infix(kind: str, first: str, sign: str, words: str) -> Rule:
    """At least one operand is a number; the other may be a single letter. Spaces on both sides or on neither."""
    sign = rf"(?:(?<=\s)(?:{sign})(?=\s)|(?<!\s)(?:{sign})(?!\s))"
    pattern = rf"{_NUMBER_LEFT}(?:{sign})(?:{_NUMBER_RIGHT}|{_LETTER_RIGHT})|{_LETTER_LEFT}(?:{sign}){_NUMBER_RIGHT}"
    return Rule(kind, first, lazy(pattern), lambda _: words)


def _word_infix(kind: str, first: str, sign: str, words: str) -> Rule:
    """After a word, such as "count > 3"."""
    pattern = rf"(?<=[A-Za-z_]{{2}}\s)(?:{sign})(?=\s[-−+]?\.?\d)"
    return Rule(kind, first, lazy(pattern), lambda _: words)


def _prefix(kind: str, first: str, words: str) -> Rule:
    return Rule(kind, first, lazy(rf"{first}(?=\s?[\d(])"), lambda _: words)


RULES: Final[tuple[Rule, ...]] = (
    Rule("minus", "-–", lazy(rf"{_NUMBER_LEFT}(?<=\s)[-–](?=\s[-−+(√]?\.?\d)"), lambda _: "minus"),
    Rule(
        "minus",
        "-",
        lazy(rf"(?:(?<=\b[kmnxyz]\s)|(?<=\d[kmnxyz]\s)|{_NUMBER_LEFT}(?<=\s))-(?=\s{_TERM})"),
        lambda _: "minus",
    ),
    Rule("minus", "-–", lazy(r"(?<=\d)[-–](?=\s\d[\d.,]{0,9}\s?=)"), lambda _: "minus"),
    _infix("plus", "+", r"\+", "plus"),
    _infix("times", "*⋅·∙", r"[⋅·∙]|(?<!\)\s)\*|\*(?!\s\()", "times"),
    Rule("cross", "Xx" + "×✕", lazy(rf"{_NUMBER_LEFT}[xX×✕](?=\s?\.?\d)"), _cross),
    _infix("divided by", "÷", "÷", "divided by"),
    _infix("divided by", "/", r"(?<=\s)(?<!19\d\d\s)(?<!20\d\d\s)/(?=\s)", "divided by"),
    _infix("comparison", "≠!", "≠|!=", "is not equal to"),
    _infix("comparison", "≈", "≈", "is approximately"),
    _infix("comparison", "≤<", "≤|<=", "is less than or equal to"),
    _infix("comparison", "≥>", "≥|>=", "is greater than or equal to"),
    _infix("comparison", "<", r"(?<=\d)<|<(?!3(?![\d.,%]))", "is less than"),
    _infix("comparison", ">", ">", "is greater than"),
    _infix("equals", "=", "={1,3}", "equals"),
    Rule("equals", "=", lazy(rf"{_NUMBER_LEFT}=(?=\s?[\w?])"), lambda _: "equals"),
    Rule("equals", "=", lazy(r"(?<=\w)=(?=[-−+]?\.?\d)"), lambda _: "equals"),
    _word_infix("equals", "=", "={1,3}", "equals"),
    _word_infix("comparison", "<", "<", "less than"),
    _word_infix("comparison", ">", ">", "greater than"),
    _word_infix("comparison", "≤<", "≤|<=", "less than or equal to"),
    _word_infix("comparison", "≥>", "≥|>=", "greater than or equal to"),
    _prefix("root", "√", "the square root of"),
    _prefix("root", "∛", "the cube root of"),
)
