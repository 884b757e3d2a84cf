"""Numbers in digits as they are written: separators of thousands, decimal points, a leading point."""

from decimal import Decimal
from typing import Final

from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import lazy

_SPACE: Final = "[ \u00a0\u2007\u2009\u202f]"
_SEPARATORS: Final = lazy(rf"[,'’]|{_SPACE}")
SPACED: Final = rf"(?<!\d{_SPACE})[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!{_SPACE}?\d|[/⁄]\d)"
_THOUSANDS: Final = "|".join(
    (
        r"\d{1,3}(?:,\d{3})+(?!,?\d)",
        r"\d{1,2}(?:,\d{2})+,\d{3}(?!,?\d)",  # India: 1,00,000
        SPACED,
        r"\d{1,3}(?:['’]\d{3})+(?!\d)",
    )
)
WHOLE: Final = rf"(?:{_THOUSANDS}|\d++)"
NUMBER: Final = rf"(?:{WHOLE}(?:\.\d++)?|(?<![\w.)])\.\d++)"
"""Pattern without sign. It begins at the first digit of a run of digits, or at a point before digits."""


def said(number: str) -> str:
    """A NUMBER in words."""
    whole, _, fraction = _plain(number).partition(".")
    if not fraction:
        return number_words.cardinal(whole)
    return number_words.decimal(whole, fraction) if whole else f"point {number_words.spelled(fraction)}"


def value(number: str) -> Decimal:
    return Decimal(_plain(number))


def _plain(number: str) -> str:
    return _SEPARATORS.sub("", number)
