"""Months, days of the month and days of the week: names, patterns and readings that all dates share."""

import re
from typing import Final

from steadyvoice.workers.text.english.number_words import ordinal, year

MONTHS: Final = ("January February March April May June July August September October November December").split()
DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FULL: Final = {month: i for i, month in enumerate(MONTHS, 1)}
_SHORT: Final = {month[:3]: i for month, i in _FULL.items()} | {"Sept": 9}
_NAMES: Final = _FULL | _SHORT
MONTH_NUMBERS: Final = _NAMES | {case(name): i for name, i in _NAMES.items() for case in (str.upper, str.lower)}
"""By name and abbreviation."""
DAY_NAMES: Final = (
    {day: day for day in DAYS}
    | {day[:3]: day for day in DAYS}
    | {"Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday"}
)
"""By name and abbreviation."""


def _one_of(names: dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


DAY_NAME: Final = rf"(?:{_one_of(DAY_NAMES)})"
WEEKDAY: Final = rf"(?:(?P<weekday>{DAY_NAME})(?![\w'’])\.?(?P<comma>,)?\s)?"
TO: Final = r"\s?[-–—]\s?"
BEFORE: Final = r"(?<![\w./:,$€£#-])(?<!\w['’])"
AFTER: Final = r"(?![\w%/:]|[.,]\d|-\w)"


def month(n: str = "") -> str:
    """The pattern of a month as the group "month" + n."""
    return rf"(?P<month{n}>{_one_of(MONTH_NUMBERS)})(?![\w'’])(?:\.(?![\s\"'”’)]{{0,4}}$))?"


def day(n: str = "") -> str:
    return rf"(?P<day{n}>0?[1-9]|[12]\d|3[01])(?P<suffix{n}>st|nd|rd|th)?(?![\w%:/°]|[.,]\d)"


def year_of(n: str = "") -> str:
    return rf"(?P<year{n}>[12]\d{{3}}|['’]\d\d)(?![\w%:]|[.,]\d|[-/]\d(?!\d?[\s-][A-Z]))"


_OTHER_WORDS: Final = frozenset("may march mar".split())


def is_word(month: str) -> bool:
    """Without a capital, "may" and "march" are months only where more than a number is beside them."""
    return month in _OTHER_WORDS


def is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _LENGTHS[month - 1]


def month_first(month: int, day: int) -> str:
    return f"{MONTHS[month - 1]} {ordinal(day)}"


def day_first(month: int, day: int, article: str = "the ") -> str:
    return f"{article}{ordinal(day)} of {MONTHS[month - 1]}"


def article(match: re.Match[str]) -> str:
    """ "5 May" is said "the fifth of May"; after a written "the" no second one is said."""
    before = match.string[max(0, match.start() - 5) : match.start()]
    return "" if re.search(r"\bthe\s$", before, re.IGNORECASE) else "the "


def weekday(match: re.Match[str]) -> str:
    """Before a date: "Friday, " or "Friday "."""
    return f"{DAY_NAMES[match['weekday']]}{match['comma'] or ''} " if match["weekday"] else ""


def short_year(digits: str) -> str:
    """As it is written: 05 is "oh five"."""
    if len(digits) > 2 or digits == "00":
        return full_year(digits)
    return year(f"19{digits}").removeprefix("nineteen ")


def full_year(digits: str) -> str:
    """Two digits: of the years 1950 to 2049."""
    digits = digits.strip("'’")
    if len(digits) == 2:
        digits = ("20" if int(digits) < 50 else "19") + digits
    return year(digits)
