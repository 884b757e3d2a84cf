"""Dates in digits: "3/4/2025", "2025-03-04T05:06:00Z"."""

import re
from typing import Final

from steadyvoice.workers.text.english import days, times
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letters

_NUMERIC: Final = lazy(
    rf"{days.BEFORE}(?P<first>\d{{1,2}})(?P<sign>[/.-])(?P<second>\d{{1,2}})(?P=sign)(?P<year>\d{{4}}|\d\d){days.AFTER}"
)
_VERSION: Final = lazy(r"\b(?:versions?|release|build|section|chapter|python|kernel|v)\s?$", re.IGNORECASE)


def _read_numeric(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "3/4/2025", "5.3.2024", "5-3-2024"."""
    sign, first, second = match["sign"], int(match["first"]), int(match["second"])
    is_short = len(match["year"]) == 2
    if is_short and (sign == "-" or (sign == "." and len(match[0]) < len("05.03.24"))):
        return None
    if not is_short and not 1000 <= int(match["year"]) <= 2999:
        return None
    if sign == "." and follows(match, _VERSION):
        return None
    is_day_first = first > 12 or (second <= 12 and day_first) or sign == "."
    day, month = (first, second) if is_day_first else (second, first)
    return _numeric(match, month, day, day_first=is_day_first)


def _numeric(match: re.Match[str], month: int, day: int, *, day_first: bool) -> str | None:
    return _date(match, month, day, day_first=day_first) if days.is_date(month, day) else None


def _date(match: re.Match[str], month: int, day: int, *, day_first: bool) -> str:
    date = days.day_first(month, day, days.article(match)) if day_first else days.month_first(month, day)
    year = days.short_year(match["year"]) if "/" in match[0] else days.full_year(match["year"])
    return f"{date}, {year}"


_ISO: Final = lazy(
    rf"{days.BEFORE}(?P<year>[12]\d{{3}})(?P<sign>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=sign)(?P<day>\d{{1,2}})"
    r"(?:(?:[T_]|,?\s)(?P<h>[01]\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s?(?P<zone>Z|UTC|GMT)(?!\w)|\s?(?P<offset_sign>[+−-])(?P<offset_hour>0\d|1[0-4]):?(?P<offset_minute>00|15|30|45))?)?"
    rf"{days.AFTER}"
)


def _read_iso(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "2024-05-05", "2024-05-05T14:30:00Z"."""
    month, day = int(match["month"]), int(match["day"])
    if not 1 <= day <= 31:  # also a 30th of February: what is written is a date
        return None
    words = _date(match, month, day, day_first=day_first)
    if match["h"] is None:
        return words
    words += f", {times.clock(match['h'], match['m'])}{times.seconds(match['s'], match['f'])}"
    if match["zone"]:
        return f"{words} {letters('GMT' if match['zone'] == 'GMT' else 'UTC')}"
    if match["offset_sign"]:
        offset = times.offset(match["offset_sign"], match["offset_hour"], match["offset_minute"])
        return f"{words} {letters('UTC')} {offset}".strip()
    return words


_DATE: Final = r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}"
_RANGE: Final = lazy(rf"{days.BEFORE}(?P<first>{_DATE})(?:{days.TO}|/)(?P<second>{_DATE}){days.AFTER}")


def _read_range(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "3/4/2025-3/6/2025"."""
    words: list[str] = []
    for date in match.group("first", "second"):
        if found := _ISO.fullmatch(date):
            words.append(_read_iso(found, day_first=day_first) or "")
        elif found := _NUMERIC.fullmatch(date):
            words.append(_read_numeric(found, day_first=day_first) or "")
    return " to ".join(words) if len(words) == 2 and all(words) else None


_NUMERIC_MONTH: Final = lazy(rf"{days.BEFORE}(?P<month>0?[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d){days.AFTER}")


def _read_numeric_month(match: re.Match[str]) -> str | None:
    """A month without a zero, only where a date is expected: 5/1980 is a fraction otherwise."""
    is_expected = follows(match, _DUE) or follows(match, _UNTIL) or follows(match, _IN)
    if len(match["month"]) == 1 and not is_expected:
        return None
    return f"{days.MONTHS[int(match['month']) - 1]} {days.full_year(match['year'])}"


_SHORT_DATE: Final = lazy(
    rf"(?<![\w./:,$€£#\[-]){days.WEEKDAY}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})"
    rf"(?:{days.TO}(?P<first2>\d{{1,2}})/(?P<second2>\d{{1,2}}))?{days.AFTER}"
)
_DUE: Final = lazy(
    r"\b(?:due|ends?|ended|starts?|begins?|began|opens?|closes?|launch(?:es)?|"
    r"arriv(?:es|ed|ing)|ships?|released|born|met|dated?|dates|on|expires|expiring|deadline|birthday|week of)"
    r"(?:\son|\sby|\sis)?:?\s$",
    re.IGNORECASE,
)
_UNTIL: Final = lazy(r"\b(?:by|until|till|before|since|from|through|between|starting|ending|after)\s$", re.IGNORECASE)
_IN: Final = lazy(r"\b[Ii]n\s$")
_WEEKDAY_BEFORE: Final = lazy(rf"\b(?:{days.DAY_NAME}|Mo|Tu|We|Th|Fr|Sa|Su)\.?,?\s\($")
_PART: Final = lazy(r"\s(?:of|cups?|in|inch|inches|tsp|tbsp|mile|miles|lb|oz|full|empty|majority|stars|points)\b|\"")
_EXPIRY: Final = lazy(
    r"\b(?:exp|expires|expiry|expiration|valid (?:thru|through|until))(?:\sdate)?[.:]?\s(?:on\s|in\s)?$",
    re.IGNORECASE,
)


def _read_short(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "12/25", only where a date is expected, since a fraction, a score and "3 of 12" look alike."""
    first, second = int(match["first"]), int(match["second"])
    if precedes(match, _PART) or (first, second) == (24, 7):
        return None
    if (
        follows(match, _EXPIRY)
        and 1 <= first <= 12
        and len(match["second"]) == 2
        and (second > 12 or match["first"][0] == "0")
    ):
        return f"{days.MONTHS[first - 1]} {days.full_year(match['second'])}"
    if (
        (first, second) == (9, 11)
        and not match["weekday"]
        and not match["first2"]
        and not match["first"].startswith("0")
    ):
        return "nine eleven"
    month, day = (second, first) if day_first else (first, second)
    if not days.is_date(month, day):
        return None
    is_fraction = first < second and second in (2, 3, 4, 5, 6, 8, 10, 16, 32, 64)
    is_expected = (
        match["weekday"]
        or follows(match, _DUE)
        or follows(match, _WEEKDAY_BEFORE)
        or (not is_fraction and follows(match, _UNTIL))
    )
    words = days.weekday(match) + _short(month, day, day_first)
    if not match["first2"]:
        return words if is_expected else None
    first2, second2 = int(match["first2"]), int(match["second2"])
    month2, day2 = (second2, first2) if day_first else (first2, second2)
    if not days.is_date(month2, day2):
        return None
    is_falling = first * second2 >= first2 * second and (month2, day2) > (month, day)
    return (
        f"{words} to {_short(month2, day2, day_first)}" if is_falling or is_expected or follows(match, _UNTIL) else None
    )


def _short(month: int, day: int, day_first: bool) -> str:
    return days.day_first(month, day) if day_first else days.month_first(month, day)


def rules(*, day_first: bool) -> tuple[Rule, ...]:
    """day_first: 3/4/2025 is the third of April."""
    return (
        Rule("dates", DIGIT, _RANGE, lambda match: _read_range(match, day_first=day_first)),
        Rule("date", DIGIT, _ISO, lambda match: _read_iso(match, day_first=day_first)),
        Rule("date", DIGIT, _NUMERIC, lambda match: _read_numeric(match, day_first=day_first)),
        Rule("date", "FMSTW" + DIGIT, _SHORT_DATE, lambda match: _read_short(match, day_first=day_first)),
        Rule("month", DIGIT, _NUMERIC_MONTH, _read_numeric_month),
    )
