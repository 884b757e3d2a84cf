"""Superscripts, subscripts and exponents: x², 10⁻³, 2^10, H₂O."""

import re
from typing import Final

from steadyvoice.workers.text import spelling
from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import LETTER, Rule

_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUBSCRIPTS: Final = "₀₁₂₃₄₅₆₇₈₉"
_TO_DIGITS: Final = str.maketrans(_SUPERSCRIPTS + _SUBSCRIPTS + "⁻⁺", "0123456789" * 2 + "-+")
_EXPONENT: Final = rf"[⁻⁺]?[{_SUPERSCRIPTS}]{{1,20}}"
_SIGNS: Final = {"-": "minus ", "−": "minus ", "+": "plus "}


def to_the_power(exponent: str) -> str:
    """exponent: digits with a sign, or a letter."""
    if exponent in ("2", "3"):
        return "squared" if exponent == "2" else "cubed"
    if exponent.isalpha():
        return f"to the power of {spelling.letters(exponent)}"
    sign = _SIGNS.get(exponent[0], "")
    return f"to the power of {sign}{number_words.cardinal(exponent.removeprefix('−').lstrip('-+'))}"


def _power(match: re.Match[str]) -> str:
    return to_the_power(match["exponent"].translate(_TO_DIGITS))


def _power_of_letters(match: re.Match[str]) -> str:
    base = match["base"]
    return f"{base if base.lower() == 'pi' else spelling.letters(base)} {_power(match)}"


def _subscripted(match: re.Match[str]) -> str:
    """Letters by name and numbers: H₂O, CO₂, x₁."""
    pieces = re.findall(rf"[{_SUBSCRIPTS}]+|[^{_SUBSCRIPTS}]", match[0])
    return " ".join(
        number_words.cardinal(piece.translate(_TO_DIGITS)) if piece[0] in _SUBSCRIPTS else spelling.letters(piece)
        for piece in pieces
    )


RULES: Final[tuple[Rule, ...]] = (
    # A mark of a footnote, which nobody reads aloud.
    Rule(
        "footnote",
        _SUPERSCRIPTS,
        lazy(
            rf"(?:(?<=[.,;:!?\"'”’])|(?<=[A-Za-z]{{3}})(?<!sin)(?<!cos)(?<!tan)(?<!log))[{_SUPERSCRIPTS}]{{1,3}}(?!\w)"
        ),
        lambda _: "",
    ),
    Rule("power", _SUPERSCRIPTS + "⁻⁺", lazy(rf"(?<=[\w)\]])(?P<exponent>{_EXPONENT})"), _power),
    Rule("power", "ⁿ", lazy(r"(?<=[\w)\]])(?P<exponent>ⁿ)"), lambda _: to_the_power("n")),
    Rule(
        "power of letters",
        LETTER,
        lazy(rf"(?P<base>[A-Za-z]{{1,2}})(?P<exponent>{_EXPONENT})"),
        _power_of_letters,
    ),
    Rule(
        "exponent",
        "^",
        lazy(
            r"(?<=[\w)\]])\^(?:(?P<exponent>[-−+]?\d{1,20}+|[a-z](?!\w))|[({](?P<inner>[-−+]?\d{1,20}+|[A-Za-z])[)}])"
        ),
        lambda match: to_the_power(match["exponent"] or match["inner"]),
    ),
    Rule(
        "subscript",
        LETTER,
        lazy(rf"(?=[A-Za-z]{{1,20}}+[{_SUBSCRIPTS}])[A-Za-z{_SUBSCRIPTS}]++"),
        _subscripted,
    ),
    Rule("power", "²³", lazy(r"(?<=\w\s)[²³](?!\w)"), lambda match: to_the_power("2" if match[0] == "²" else "3")),
    Rule(
        "superscript",
        _SUPERSCRIPTS + _SUBSCRIPTS,
        lazy(rf"[{_SUPERSCRIPTS}]{{1,30}}|[{_SUBSCRIPTS}]{{1,30}}"),
        lambda match: number_words.cardinal(match[0].translate(_TO_DIGITS)),
    ),
)
