"""The parts and signs of an address in words."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import named, named_user
from steadyvoice.workers.text.english.number_words import cardinal, spelled, year
from steadyvoice.workers.text.patterns import lazy

SIGNS: Final = {
    ".": "dot",
    "-": "dash",
    "_": "underscore",
    "/": "slash",
    "\\": "backslash",
    ":": "colon",
    "@": "at",
    "+": "plus",
    "?": "question mark",
    "=": "equals",
    "&": "ampersand",
    "%": "percent",
    "#": "hash",
    "~": "tilde",
    "*": "star",
    ",": "comma",
    ";": "semicolon",
    "!": "exclamation mark",
    "'": "apostrophe",
}
_PIECE: Final = lazy(r"\d+|[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[A-Z]|.", re.DOTALL)
LABELS: Final = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}+\.){1,6}"
"""Of a host's name, all but the last."""
PORT: Final = r"(?::(?P<port>\d{1,5})(?!\w))?"
REST: Final = r"(?>(?:[\w/%&=+~#@-]|[.,:;!?](?=[\w/%&=+~#@-]))*)"
"""Of a web address, after the host."""


def read(address: str) -> str:
    """Every part and every sign of an address."""
    return " ".join(_part(piece[0]) for piece in _PIECE.finditer(address))


def read_user(name: str) -> str:
    """As read; an initial before a surname is said apart: "jsmith"."""
    return " ".join(
        named_user(piece[0].lower()) if piece[0].isalpha() else _part(piece[0]) for piece in _PIECE.finditer(name)
    )


def _part(piece: str) -> str:
    if piece.isdecimal():
        return _number(piece)
    return named(piece.lower()) if piece.isalpha() else SIGNS.get(piece, piece)


def _number(digits: str) -> str:
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return year(digits)
    if len(digits) == 4 and digits[0] != "0" and digits.endswith("000"):
        return cardinal(digits)
    return cardinal(digits) if len(digits) < 3 else spelled(digits)


def port(digits: str) -> str:
    """8080 as "eighty eighty", 3000 as "three thousand", 443 digit by digit."""
    if len(digits) == 4 and digits[0] != "0" and digits[2] != "0":
        return f"{cardinal(digits[:2])} {cardinal(digits[2:])}"
    return _number(digits)


def host_and_rest(match: re.Match[str]) -> str:
    """Of a match with the groups "host", "port" and "rest". The slash at the end is silent."""
    parts = [
        read(match["host"]),
        f"colon {port(match['port'])}" if match["port"] else "",
        read((match["rest"] or "").removesuffix("/")),
    ]
    return " ".join(filter(None, parts))
