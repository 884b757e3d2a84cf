"""Amounts in primes and degree signs: feet and inches, angles, positions on the globe."""

import re
from typing import Final

from steadyvoice.workers.text.english.amounts import GAP, NOT_INSIDE, NUMBER, amount, counted, is_attributive
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_HEIGHT: Final = lazy(
    rf"{NOT_INSIDE}(?P<feet>\d{{1,3}}){GAP}?['′’]-?{GAP}?(?P<inches>\d{{1,2}}(?:\.\d{{1,2}}|½)?){GAP}?(?:[\"″”]|''|''|′′|’’)"
)
_SHORT_HEIGHT: Final = lazy(rf"{NOT_INSIDE}(?P<feet>[4-7])['’](?P<inches>1[01]|\d)(?![\w'’\"])")
_STANDS: Final = lazy(r"(?:\b(?:is|am|was|are|at|stands|only|about|nearly|almost|over|under)|['’](?:s|m|re))\s$")
_TALL: Final = lazy(r"\stall\b")
_FEET: Final = lazy(rf"{NOT_INSIDE}(?P<feet>\d{{1,3}}){GAP}?['′’](?=\s(?:tall|wide|long|high|deep)\b|\s?[x×]\s?\d)")
_SCREEN: Final = (
    r"monitors?|screens?|tvs?|televisions?|displays?|laptops?|pipes?|tablets?|wheels?|rims?|bikes?|rulers?|pizzas?|wide|"
    r"tall|long|deep|thick|high"
)
_INCHES: Final = lazy(
    rf"{NOT_INSIDE}(?P<inches>{NUMBER})(?:″|\"(?=[ -](?:\w{{1,12}} )?(?:{_SCREEN})\b|\s?[x×]\s?\d)|"
    r"\"(?<=[x×] \d\")|\"(?<=[x×] \d\d\")|"
    r"\"(?<=/\d\")|\"(?<=/\d\d\")|\"(?<=[½¼¾⅛⅜⅝⅞]\")|(?P<alone>\")(?=[\s.,;]*$))",
    re.IGNORECASE,
)

_ANNOUNCED: Final = lazy(r"\s*|[^\"“]*[:=]\s?")
"""Before an amount that ends the text, so that the sign after it ends no quotation."""


def _read_height(match: re.Match[str]) -> str:
    """Twelve inches are a foot, so that more are seconds and the number before them is of minutes."""
    feet = amount(match["feet"])
    inches = amount(match["inches"])
    if len(inches.whole) > 1 and int(inches.whole) >= 12:
        return f"{counted(feet, 'minute', 'minutes')} {counted(inches, 'second', 'seconds')}"
    return f"{counted(feet, 'foot', 'feet')} {counted(inches, 'inch', 'inches')}"


def _read_short_height(match: re.Match[str]) -> str | None:
    """ "He's 5'11"."""
    return _read_height(match) if follows(match, _STANDS) or precedes(match, _TALL) else None


def _read_feet(match: re.Match[str]) -> str:
    return counted(amount(match["feet"]), "foot", "feet")


def _read_inches(match: re.Match[str]) -> str | None:
    if match["alone"] and not _ANNOUNCED.fullmatch(match.string, 0, match.start()):
        return None
    attributive = is_attributive(match.string, match.start(), match.end())
    return counted(amount(match["inches"]), "inch", "inch" if attributive else "inches")


_SIDES: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}
_ANGLE: Final = lazy(
    rf"{NOT_INSIDE}(?P<degrees>[−–-]?\d{{1,3}}(?:\.\d++)?){GAP}?°"
    rf"(?:{GAP}?(?P<minutes>\d{{1,2}}(?:\.\d++)?){GAP}?['′’](?:{GAP}?(?P<seconds>\d{{1,2}}(?:\.\d++)?){GAP}?(?:[\"″”]|''|′′))?)?"
    rf"(?:{GAP}?(?P<side>[NSEW])(?!\w))?"
)


def _read_angle(match: re.Match[str]) -> str | None:
    if not match["minutes"] and not match["side"]:
        return None
    parts = [counted(amount(match[part]), part[:-1], part) for part in ("degrees", "minutes", "seconds") if match[part]]
    return " ".join([*parts, *([_SIDES[match["side"]]] if match["side"] else [])])


RULES: tuple[Rule, ...] = (
    Rule("height", DIGIT, _HEIGHT, _read_height),
    Rule("height", DIGIT, _SHORT_HEIGHT, _read_short_height),
    Rule("feet", DIGIT, _FEET, _read_feet),
    Rule("inches", DIGIT, _INCHES, _read_inches),
    Rule("angle", DIGIT + "−–-", _ANGLE, _read_angle),
)
