"""Dates with the name of a month, and days of the week."""

import re
from typing import Final

from steadyvoice.workers.text.english import days, numeric_dates, periods, years
from steadyvoice.workers.text.english.number_words import ordinal
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_NO_STREET: Final = r"(?!\s(?:St|Street|Ave|Avenue|Road|Rd|Lane|Ln|Drive|Dr|Close|Court|van|de)\b)"
_MORE: Final = (
    r"(?P<more>(?:,\s\d{1,2}(?:st|nd|rd|th)?){0,4},?\s(?:and|or|&)\s(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)"
    r"(?=[.;:!?)]|,?\s[12]\d{3}\b|,?\s(?:at|in|on|we|from|for|with|to|the|and|by|of|or|is|are|was|were|will|if|when)\b|,?$|,\s)"
)
_LIST: Final = lazy(r"(\d{1,2})(?:st|nd|rd|th)?")


def _ordinals(numbers: str) -> str:
    """ "5, 6 & 7" as "fifth, sixth and seventh"."""
    return _LIST.sub(lambda number: ordinal(int(number[1])), numbers).replace("&", "and")


_MONTH_DAY: Final = lazy(
    rf"{days.BEFORE}{days.WEEKDAY}{days.month()}(?:\s?(?:the\s)?|-){days.day()}(?:{days.TO}{days.day('2')}|{_MORE})?(?:(?:,?\s|-){days.year_of()})?(?:{days.TO}{days.month('3')}\s?{days.day('3')}"
    rf"(?:,?\s{days.year_of('3')})?)?(?!-\w)"
)
_THINGS: Final = lazy(
    r"\s(?!this|was|is|has|as|does|at|or|and|to|in|on|if|until|till)(?:[a-z]{3,}s|people|men|women|hundred|thousand|"
    r"million|billion|percent)\b"
)
_IN: Final = lazy(r"\b(?:in|during)\s$", re.IGNORECASE)
_DATE_CUE: Final = lazy(r"\b(?:on|by|since|until|till|before|after|from|due|dated)\s$", re.IGNORECASE)
_MARKS: Final = " .,;:!?\"'()"
_GOES_ON: Final = lazy(r"\s\w|[,.]\d")


def _read_month_day(match: re.Match[str]) -> str | None:
    """ "May 5, 2024", "May 5-7", "Dec. 30, 2023 - Jan. 2, 2024"."""
    month, day = days.MONTH_NUMBERS[match["month"]], int(match["day"])
    is_word = days.is_word(match["month"]) and not (match["year"] or match["suffix"] or _is_expected(match))
    if not days.is_date(month, day) or is_word or _is_number_of_things(match):
        return None
    words = days.weekday(match) + days.month_first(month, day)
    if match["day2"]:
        if not days.is_date(month, int(match["day2"])) or int(match["day2"]) <= day:
            return None
        words += f" to {ordinal(int(match['day2']))}"
    words += _ordinals(match["more"] or "")
    words += _and_year(match)
    if match["month3"]:
        month, day = days.MONTH_NUMBERS[match["month3"]], int(match["day3"])
        if not days.is_date(month, day):
            return None
        words += f" to {days.month_first(month, day)}{_and_year(match, '3')}"
    return words


def _is_expected(match: re.Match[str]) -> bool:
    """On may 3; or the segment is nothing but a date."""
    return follows(match, _DATE_CUE) or match[0] == match.string.strip(_MARKS)


def _is_number_of_things(match: re.Match[str]) -> bool:
    """ "May 5 people come in?" and "In June 20 shops closed": no year and no ordinal, and the number counts things."""
    if match["year"] or match["suffix"] or match["day2"] or match["more"] or match["weekday"]:
        return False
    text = match.string
    if follows(match, _IN) and precedes(match, _GOES_ON):
        return True
    is_word = match["month"] in ("May", "March", "MAY", "MARCH")
    things = _THINGS.match(text, match.end())
    return things is not None and (
        is_word or things[0].split()[-1] in ("hundred", "thousand", "million", "billion", "percent")
    )


_DAY_MONTH: Final = lazy(
    rf"{days.BEFORE}{days.WEEKDAY}(?:{days.day('1')}{days.TO}|(?P<more>(?:\d{{1,2}}(?:st|nd|rd|th)?,\s){{0,4}}"
    rf"\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:and|or|&)\s))?{days.day()}[-\s](?P<of>of\s)?{days.month()}"
    rf"(?:[,\s-]\s?{days.year_of()})?(?:{days.TO}{days.day('2')}[-\s]{days.month('2')}(?:\s{days.year_of('2')})?)?(?!-?\w){_NO_STREET}"
)


def _read_day_month(match: re.Match[str]) -> str | None:
    """ "5 May 2024", "5-7 May", "5th of May", "28 April - 3 May", "5-May-2024"."""
    month, day = days.MONTH_NUMBERS[match["month"]], int(match["day"])
    is_word = days.is_word(match["month"]) and not (match["year"] or match["of"] or _is_expected(match))
    if not days.is_date(month, day) or is_word:
        return None
    article = "" if match["of"] else days.article(match)
    words = days.weekday(match)
    if match["day1"]:
        if int(match["day1"]) >= day:
            return None
        words += f"{article}{ordinal(int(match['day1']))} to "
    if match["more"]:
        words += article + _ordinals(match["more"])
        article = ""
    words += days.day_first(month, day, article) + _and_year(match)
    if match["month2"]:
        month, day = days.MONTH_NUMBERS[match["month2"]], int(match["day2"])
        if not days.is_date(month, day):
            return None
        words += f" to {days.day_first(month, day)}{_and_year(match, '2')}"
    return words


_MONTH_YEAR: Final = lazy(
    rf"{days.BEFORE}{days.month()}(?:,?[\s-]{days.year_of()})?(?:{days.TO}{days.month('2')}(?:,?[\s-]{days.year_of('2')})?)?{days.AFTER}"
)


def _read_month_year(match: re.Match[str]) -> str | None:
    """ "May 2024", "Jan-Mar 2024", "Nov 2020 - Feb 2021"."""
    if not match["year"] and (not match["month2"] or match["month"].islower()):
        return None
    if days.is_word(match["month"]) and years.counts_things(match.string, match.end()):
        return None
    words = days.MONTHS[days.MONTH_NUMBERS[match["month"]] - 1]
    words += f" {days.full_year(match['year'])}" if match["year"] else ""
    if match["month2"]:
        words += f" to {days.MONTHS[days.MONTH_NUMBERS[match['month2']] - 1]}"
        words += f" {days.full_year(match['year2'])}" if match["year2"] else ""
    return words


_MONTH: Final = lazy(rf"(?<![\w'’]){days.month()}(?![\w'’-])")
_IN_MONTH: Final = lazy(r"\b(?:in|since|until|till|last|next|this|early|late|mid|every)[\s-]$", re.IGNORECASE)


def _read_month(match: re.Match[str]) -> str | None:
    """ "in Jan. we met"; a full name needs no rule."""
    month = days.MONTHS[days.MONTH_NUMBERS[match["month"]] - 1]
    if (
        match["month"].islower()
        or match["month"].capitalize() == month
        or not (match["month"] == "Sept" or follows(match, _IN_MONTH))
    ):
        return None
    return month


_AND: Final = r"(?:\s?[-–—&/]\s?|,\s(?:and\s|or\s|&\s)?|\s(?:and|or|to|through|thru)\s)"
_WEEKDAY_NAME: Final = rf"{days.DAY_NAME}(?!\w)(?:\.(?=\s?[a-z\d,&/–-]))?"
_WEEKDAYS: Final = lazy(rf"(?<![\w-]){_WEEKDAY_NAME}(?:{_AND}{_WEEKDAY_NAME}){{0,6}}(?!-\w)")
_NAME_OR_SIGN: Final = lazy(rf"(?P<name>{days.DAY_NAME})\.?|(?P<sign>{_AND})")
_ON: Final = lazy(r"\b(?:on|every|next|last|this|until|till)\s$", re.IGNORECASE)
_BY: Final = lazy(r"\b(?:by|from)\s$", re.IGNORECASE)
_TIME: Final = lazy(r"[,:]?\s(?:at\s|\()?\d{1,4}(?::\d\d|\s?[ap]\.?m|[-/.]\d)", re.IGNORECASE)
_TWO_LETTERS: Final = lazy(r"(?<![\w-])(?P<day>Mo|Tu|We|Th|Fr|Sa|Su)(?=,?\s\(\d{1,2}/\d{1,2}\))")
_NO_NAME: Final = lazy(r"(?:[.,;:!?)]|$|\s(?![A-Z]))")


def _read_weekdays(match: re.Match[str]) -> str | None:
    """ "Mon-Fri", "Sat & Sun", and "Mon" where only a day can be meant."""
    parts = list(_NAME_OR_SIGN.finditer(match[0]))
    if len(parts) == 1:
        is_expected = follows(match, _ON) or (match[0] != "Sun" and follows(match, _BY))
        is_day = is_expected and precedes(match, _NO_NAME)
        if match[0] in days.DAYS or not (is_day or precedes(match, _TIME)):
            return None
    return "".join(days.DAY_NAMES[part["name"]] if part["name"] else _joined(part["sign"]) for part in parts)


def _read_two_letters(match: re.Match[str]) -> str:
    """ "Tu (3/25)": a day of the week only before a date in parentheses."""
    return next(day for day in days.DAYS if day.startswith(match["day"]))


def _joined(sign: str) -> str:
    signs = {"-": " to ", "–": " to ", "—": " to ", "&": " and ", "/": ", "}
    return signs.get(sign.strip()) or sign.replace("&", "and")


def _and_year(match: re.Match[str], n: str = "") -> str:
    digits = match["year" + n]
    return f", {days.full_year(digits)}" if digits else ""


def rules(*, day_first: bool) -> tuple[Rule, ...]:
    """day_first: 3/4/2025 is the third of April."""
    return (
        *numeric_dates.rules(day_first=day_first),
        Rule("date", "ADFJMNOSTWadfjmnos", _MONTH_DAY, _read_month_day),
        Rule("date", "FMSTW" + DIGIT, _DAY_MONTH, _read_day_month),
        Rule("month", "ADFJMNOSadfjmnos", _MONTH_YEAR, _read_month_year),
        Rule("month", "ADFJMNOSadfjmnos", _MONTH, _read_month),
        Rule("weekdays", "FMSTW", _WEEKDAYS, _read_weekdays),
        Rule("weekday", "FMSTW", _TWO_LETTERS, _read_two_letters),
        *periods.RULES,
    )
