"""Numbers with a unit."""

import re
from itertools import pairwise
from typing import Final

from steadyvoice.workers.text.english import primes, units
from steadyvoice.workers.text.english.amounts import (
    GAP,
    HAS_NUMBER,
    NOT_INSIDE,
    NUMBER,
    SIGN,
    SIGNS,
    Amount,
    amount,
    counted,
    is_attributive,
)
from steadyvoice.workers.text.english.surroundings import precedes
from steadyvoice.workers.text.english.unit_contexts import Written, is_unit
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, SMALL, Rule

_AMOUNT: Final = rf"{SIGN}{NUMBER}"
_TO: Final = r"(?:\s?[-–—−]\s?|\s?[x×X]\s?|\s?±\s?|/)"
_UNIT: Final = rf"\+?(?:{GAP}|-(?=[A-Za-z]))?{units.UNIT}"
_ITEM: Final = rf"(?P<amount>{_AMOUNT})(?P<plus>\+)?(?:(?P<gap>{GAP}|-)?(?P<unit>{units.UNIT}))?"
_FIRST_ITEM: Final = lazy(rf"(?P<to>){_ITEM}")
_NEXT_ITEM: Final = lazy(rf"(?P<to>{_TO}){_ITEM}")
_SEVERAL: Final = lazy(
    rf"{NOT_INSIDE}{_AMOUNT}(?:{_UNIT})?(?:{_TO}{_AMOUNT}(?:{_UNIT})?)?{_TO}{_AMOUNT}{_UNIT}", guard=HAS_NUMBER
)
_SINGLE: Final = lazy(rf"{NOT_INSIDE}{_AMOUNT}{_UNIT}", guard=HAS_NUMBER)
_LONG: Final = frozenset("meter foot inch yard pixel mile".split())
_FIRST: Final = DIGIT + SIGNS + "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"

_MEASURED: Final = lazy(
    r"\s(?:dash|sprint|race|hurdles|freestyle|relay|butterfly|backstroke|breaststroke|angle|bend|rotation|timeout|delay|"
    r"limit|window|interval|timer|radius|diagonal|lens|resistor|capacitor|gap|margin|bulb|"
    r"fuse|heater|lamp|laser|engine|tank|charger|adapter|battery|supply|motor|panel|speaker|amplifier|outlet|sensor|"
    r"pool|bag|bottle|barrel|container|"
    r"monitor|display|card|swim|walk|run)s?\b"
)
"""Nouns that the amount before them describes."""
_BIT: Final = lazy(r"(?<=\dbit)|\s(?!(?:of|in|per|and|or|to|for|at|are|is|were|was|long|wide|each)\b)[a-z]")


def _read(match: re.Match[str]) -> str | None:
    """One or several amounts with their units, and the words between them."""
    items = _items(match)
    if items[-1].end() != match.end():  # the same characters can be divided in another way
        return None
    numbers = [amount(item["amount"]) for item in items]
    for item, number in zip(items, numbers, strict=True):
        written = Written(match.string, number, *item.span(), (item["gap"] or "-") != "-")
        if item["unit"] and not is_unit(item["unit"].rstrip("."), written):
            return None
    last = items[-1]["unit"]
    is_pressure = last == "mmHg"
    if not is_pressure and any(item["to"] == "/" and not before["unit"] for before, item in pairwise(items)):
        return None
    attributive = items[-1]["gap"] == "-" or _is_attributive(match) or (last == "bit" and precedes(match, _BIT))
    words: list[str] = []
    for i, (item, number) in enumerate(zip(items, numbers, strict=True)):
        if i:
            words.append(_between(item["to"], last, numbers[i - 1], number))
        unit = item["unit"]
        if unit is None or (i < len(items) - 1 and unit == last and unit[0] in "%°℃℉"):
            words.append(number.words)
        else:
            words.append(counted(number, *_names(unit, attributive), plus=bool(item["plus"])))
    return " ".join(words).replace(" ,", ",") + ("." if last[-1] == "." and match.end() == len(match.string) else "")


def _is_attributive(match: re.Match[str]) -> bool:
    text, end = match.string, match.end()
    return is_attributive(text, match.start(), end) or precedes(match, _MEASURED)


def _items(match: re.Match[str]) -> list[re.Match[str]]:
    items: list[re.Match[str]] = []
    item = _FIRST_ITEM.match(match.string, match.start())
    while item is not None and item.end() <= match.end():
        items.append(item)
        item = _NEXT_ITEM.match(match.string, item.end())
    return items


def _names(unit: str, attributive: bool) -> tuple[str, str]:
    singular = units.name(unit, plural=False)
    return singular, singular if attributive else units.name(unit, plural=True)


def _between(sign: str, unit: str, before: Amount, after: Amount) -> str:
    sign = sign.strip(" ") if sign.strip() != "-" or sign == "-" else " - "
    if sign == "/":
        return "over" if unit == "mmHg" else ","
    if sign == "±":
        return "plus or minus"
    if sign in "xX×":
        return "by" if units.name(unit, plural=False).split()[-1].endswith(tuple(_LONG)) else "times"
    is_less = not (before.decimals or after.decimals) and int(after.whole or 0) < int(before.whole or 0)
    return "minus" if sign == " - " and is_less else "to"


_TIMES: Final = (
    r"/(?P<unit>day|week|month|year|hour|hr|minute|min|second|sec|kg|lb|oz|km|mi|ml|mL|mg|"
    r"sq (?:ft|mi|m|km)|kWh|MWh|GB|MB)"
    r"(?![\w/])"
)
_FREQUENCY: Final = lazy(rf"{NOT_INSIDE}(?P<count>{NUMBER}){_TIMES}")
_RATE: Final = lazy(rf"(?<=\d\s)(?P<count>[a-z]{{3,15}}){_TIMES}")


def _read_frequency(match: re.Match[str]) -> str:
    return f"{amount(match['count']).words} {units.per('/' + match['unit'])}"


def _read_rate(match: re.Match[str]) -> str:
    """Of what is counted, after its number: "2 tablets/day"."""
    return f"{match['count']} {units.per('/' + match['unit'])}"


_SCALE: Final = r"(?:(?<=million\s)|(?<=billion\s)|(?<=trillion\s)|(?<=thousand\s)|(?<=hundred\s))"
_AFTER_SCALE: Final = lazy(rf"{_SCALE}(?P<unit>{units.UNIT})", guard=lazy(_SCALE))
_SCALED_LETTERS: Final = frozenset("ft lb oz pt g t m".split())


def _read_after_scale(match: re.Match[str]) -> str | None:
    """ "30 million kg", "two thousand km"."""
    unit = match["unit"]
    symbol = unit.rstrip(".")
    if symbol in _WORDS or (len(symbol) == 1 and symbol not in _SCALED_LETTERS) or unit[0] in "%°":
        return None
    return units.name(unit, plural=True) + ("." if unit[-1] == "." and match.end() == len(match.string) else "")


_PER_UNIT: Final = lazy(rf"per\s(?P<count>1000?\s)?(?P<unit>{units.UNIT})", guard=lazy("per"))
_WORDS: Final = frozenset("in pt op mo A B C F H J K N S T".split())


def _read_per_unit(match: re.Match[str]) -> str | None:
    """A unit after "per" has no number: "per kg"."""
    unit = match["unit"]
    if unit.rstrip(".") in _WORDS or unit == "%":
        return None
    stop = "." if unit[-1] == "." and match.end() == len(match.string) else ""
    return units.per("/" + (match["count"] or "") + unit) + stop


RULES: tuple[Rule, ...] = (
    *primes.RULES,
    Rule("measures", _FIRST, _SEVERAL, _read),
    Rule("measure", _FIRST, _SINGLE, _read),
    Rule("unit after a scale", LETTER, _AFTER_SCALE, _read_after_scale),
    Rule("unit after per", "p", _PER_UNIT, _read_per_unit),
    Rule("frequency", SMALL, _RATE, _read_rate),
    Rule("frequency", DIGIT, _FREQUENCY, _read_frequency),
)
