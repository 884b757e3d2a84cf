"""Dates and days of the week."""

import re
from typing import Final

from steadyvoice.workers.text.english import periods, times
from steadyvoice.workers.text.english.number_words import ordinal
from steadyvoice.workers.text.english.periods import full_year
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letters

_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# "may" and "march" are words and their abbreviations too, so that months are recognised by their capital.
_FULL: Final = {month: i for i, month in enumerate(_MONTHS, 1)}
_SHORT: Final = {month[:3]: i for month, i in _FULL.items()} | {"Sept": 9}
_MONTH_NUMBERS: Final = (
    _FULL | _SHORT
    | {name.upper(): i for name, i in (_FULL | _SHORT).items()}
    | {name.lower(): i for name, i in _FULL.items() if name not in ("March", "May", "August")}
)  # fmt: skip
_DAY_NAMES: Final = (
    {day: day for day in _DAYS} | {day[:3]: day for day in _DAYS}
    | {"Tues": "Tuesday", "Wednes": "Wednesday", "Thur": "Thursday", "Thurs": "Thursday"}
)  # fmt: skip


def _one_of(names: dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


def _month(n: str = "") -> str:
    return rf"(?P<month{n}>{_one_of(_MONTH_NUMBERS)})(?![\w'’])\.?"


def _day(n: str = "") -> str:
    return rf"(?P<day{n}>0?[1-9]|[12]\d|3[01])(?P<suffix{n}>st|nd|rd|th)?(?![\w%:/°]|[.,]\d)"


def _year(n: str = "") -> str:
    return rf"(?P<year{n}>[12]\d{{3}}|['’]\d\d)(?![\w%:]|[.,]\d|[-/]\d)"


_WEEKDAY: Final = rf"(?:(?P<weekday>{_one_of(_DAY_NAMES)})(?![\w'’])\.?,?\s)?"
_TO: Final = r"\s?[-–—]\s?"
_BEFORE: Final = r"(?<![\w./:,$€£#-])(?<!\w['’])"
_NO_STREET: Final = r"(?!\s(?:St|Street|Ave|Avenue|Road|Rd|Lane|Ln|Drive|Dr|Close|Court|van|de)\b)"
_AFTER: Final = r"(?![\w%/:]|[.,]\d|-\w)"


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _LENGTHS[month - 1]


def _month_first(month: int, day: int, after: str = "") -> str:
    return f"{_MONTHS[month - 1]} {ordinal(day)}{after}"


def _day_first(month: int, day: int, article: str = "the ") -> str:
    return f"{article}{ordinal(day)} of {_MONTHS[month - 1]}"


def _weekday(match: re.Match[str]) -> str:
    name = match["weekday"]
    return f"{_DAY_NAMES[name]} " if name else ""


def _and_year(match: re.Match[str], n: str = "") -> str:
    digits = match["year" + n]
    return f", {full_year(digits)}" if digits else ""


def _article(match: re.Match[str], n: str = "") -> str:
    """ "5 May" is said "the fifth of May"; what is written in "the 5 May" and "5th of May" is not said twice."""
    is_written = re.search(r"\bthe\s$", match.string[: match.start()], re.IGNORECASE) or match.groupdict().get("of")
    return "" if is_written and n != "2" else "the "


_MONTH_DAY: Final = re.compile(
    rf"{_BEFORE}{_WEEKDAY}{_month()}\s?(?:the\s)?{_day()}(?:{_TO}{_day('2')})?(?:,?\s{_year()})?(?:{_TO}{_month('3')}\s?{_day('3')}"
    rf"(?:,?\s{_year('3')})?)?(?!-\w)"
)
_THINGS: Final = re.compile(
    r"\s(?!this|was|is|has|as|does|at|or|and|to|in|on|if|until|till)(?:[a-z]{3,}s|people|men|women|hundred|thousand|"
    r"million|billion|percent)\b"
)
_IN: Final = re.compile(r".*\b(?:in|during)\s$", re.IGNORECASE)


def _read_month_day(match: re.Match[str]) -> str | None:
    """ "May 5, 2024", "May 5-7", "Dec. 30, 2023 - Jan. 2, 2024"."""
    month, day = _MONTH_NUMBERS[match["month"]], int(match["day"])
    if not _is_date(month, day) or _is_number_of_things(match):
        return None
    words = _weekday(match) + _month_first(month, day)
    if match["day2"]:
        if not _is_date(month, int(match["day2"])) or int(match["day2"]) <= day:
            return None
        words += f" to {ordinal(int(match['day2']))}"
    words += _and_year(match)
    if match["month3"]:
        month, day = _MONTH_NUMBERS[match["month3"]], int(match["day3"])
        if not _is_date(month, day):
            return None
        words += f" to {_month_first(month, day)}{_and_year(match, '3')}"
    return words


def _is_number_of_things(match: re.Match[str]) -> bool:
    """ "May 5 people come in?" and "In June 20 shops closed": no year and no ordinal, and the number counts things."""
    if match["year"] or match["suffix"] or match["day2"] or match["weekday"]:
        return False
    text, start = match.string, match.start()
    if _IN.fullmatch(text, max(0, start - 10), start):
        return True
    is_word = match["month"] in ("May", "March", "MAY", "MARCH")
    things = _THINGS.match(text, match.end())
    return things is not None and (is_word or things[0].split()[-1] in ("hundred", "thousand", "million", "billion", "percent"))


_DAY_MONTH: Final = re.compile(
    rf"{_BEFORE}{_WEEKDAY}(?:{_day('1')}{_TO})?{_day()}[-\s](?P<of>of\s)?{_month()}"
    rf"(?:[,\s-]\s?{_year()})?(?:{_TO}{_day('2')}[-\s]{_month('2')}(?:\s{_year('2')})?)?(?!-?\w){_NO_STREET}"
)


def _read_day_month(match: re.Match[str]) -> str | None:
    """ "5 May 2024", "5-7 May", "5th of May", "28 April - 3 May", "5-May-2024"."""
    month, day = _MONTH_NUMBERS[match["month"]], int(match["day"])
    if not _is_date(month, day):
        return None
    article = _article(match)
    words = _weekday(match)
    if match["day1"]:
        if int(match["day1"]) >= day:
            return None
        words += f"{article}{ordinal(int(match['day1']))} to "
    words += _day_first(month, day, article) + _and_year(match)
    if match["month2"]:
        month, day = _MONTH_NUMBERS[match["month2"]], int(match["day2"])
        if not _is_date(month, day):
            return None
        words += f" to {_day_first(month, day)}{_and_year(match, '2')}"
    return words


_MONTH_YEAR: Final = re.compile(
    rf"{_BEFORE}{_month()}(?:,?[\s-]{_year()})?(?:{_TO}{_month('2')}(?:,?[\s-]{_year('2')})?)?{_AFTER}"
)


def _read_month_year(match: re.Match[str]) -> str | None:
    """ "May 2024", "Jan-Mar 2024", "Nov 2020 - Feb 2021"."""
    if not match["year"] and not match["month2"]:
        return None
    words = _MONTHS[_MONTH_NUMBERS[match["month"]] - 1]
    words += f" {full_year(match['year'])}" if match["year"] else ""
    if match["month2"]:
        words += f" to {_MONTHS[_MONTH_NUMBERS[match['month2']] - 1]}"
        words += f" {full_year(match['year2'])}" if match["year2"] else ""
    return words


_AND: Final = r"(?:\s?[-–—&/]\s?|,\s(?:and\s|or\s|&\s)?|\s(?:and|or|to|through|thru)\s)"
_WEEKDAY_NAME: Final = rf"(?:{_one_of(_DAY_NAMES)})(?!\w)(?:\.(?=\s?[a-z\d,&/–-]))?"
_WEEKDAYS: Final = re.compile(rf"(?<![\w-]){_WEEKDAY_NAME}(?:{_AND}{_WEEKDAY_NAME}){{0,6}}(?!-\w)")
_NAME_OR_SIGN: Final = re.compile(rf"(?P<name>{_one_of(_DAY_NAMES)})\.?|(?P<sign>{_AND})")
_ON: Final = re.compile(r".*\b(?:on|by|every|next|last|this|until|till|from)\s$", re.IGNORECASE)
_TIME: Final = re.compile(r"[,:]?\s(?:at\s)?\d{1,4}(?::\d\d|\s?[ap]\.?m|[-/.]\d)", re.IGNORECASE)
_NO_NAME: Final = re.compile(r"(?:[.,;:!?)]|$|\s(?![A-Z]))")


def _read_weekdays(match: re.Match[str]) -> str | None:
    """ "Mon-Fri", "Sat & Sun", and "Mon" where only a day can be meant."""
    parts = list(_NAME_OR_SIGN.finditer(match[0]))
    if len(parts) == 1:
        before = match.string[max(0, match.start() - 8) : match.start()]
        is_day = _ON.fullmatch(before) and _NO_NAME.match(match.string, match.end())
        if match[0] in _DAYS or not (is_day or _TIME.match(match.string, match.end())):
            return None
    return "".join(_DAY_NAMES[part["name"]] if part["name"] else _joined(part["sign"]) for part in parts)


def _joined(sign: str) -> str:
    signs = {"-": " to ", "–": " to ", "—": " to ", "&": " and ", "/": ", "}
    return signs.get(sign.strip()) or sign.replace("&", "and")


_NUMERIC: Final = re.compile(
    rf"{_BEFORE}(?P<first>\d{{1,2}})(?P<sign>[/.-])(?P<second>\d{{1,2}})(?P=sign)(?P<year>\d{{4}}|\d\d){_AFTER}"
)
_VERSION: Final = re.compile(r".*\b(?:versions?|release|build|section|chapter|python|kernel|v)\s?$", re.IGNORECASE)


def _read_numeric(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "3/4/2025", "5.3.2024", "5-3-2024"."""
    sign, first, second = match["sign"], int(match["first"]), int(match["second"])
    is_short = len(match["year"]) == 2
    if sign == "-" and is_short or sign == "." and is_short and len(match[0]) < len("05.03.24"):
        return None
    if not is_short and not 1000 <= int(match["year"]) <= 2999:
        return None
    if sign == "." and _VERSION.fullmatch(match.string, max(0, match.start() - 10), match.start()):
        return None
    is_day_first = first > 12 or (second <= 12 and day_first) or sign == "."
    day, month = (first, second) if is_day_first else (second, first)
    return _numeric(match, month, day, day_first=is_day_first)


def _numeric(match: re.Match[str], month: int, day: int, *, day_first: bool) -> str | None:
    if not _is_date(month, day):
        return None
    date = _day_first(month, day, _article(match)) if day_first else _month_first(month, day)
    return f"{date}, {full_year(match['year'])}"


_ISO: Final = re.compile(
    rf"{_BEFORE}(?P<year>[12]\d{{3}})(?P<sign>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=sign)(?P<day>\d{{1,2}})"
    r"(?:(?:[T_]|,?\s)(?P<h>[01]\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s?(?P<zone>Z|UTC|GMT)(?!\w)|\s?(?P<offset_sign>[+−-])(?P<offset_hour>\d\d):?(?P<offset_minute>\d\d))?)?"
    rf"{_AFTER}"
)


def _read_iso(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "2024-05-05", "2024-05-05T14:30:00Z"."""
    words = _numeric(match, int(match["month"]), int(match["day"]), day_first=day_first)
    if words is None or match["h"] is None:
        return words
    words += f", {times.clock(match['h'], match['m'])}{times.seconds(match['s'], match['f'])}"
    if match["zone"]:
        return f"{words} {letters('GMT' if match['zone'] == 'GMT' else 'UTC')}"
    if match["offset_sign"]:
        offset = times.offset(match["offset_sign"], match["offset_hour"], match["offset_minute"])
        return f"{words} {letters('UTC')} {offset}"
    return words


_DATE: Final = r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}"
_RANGE: Final = re.compile(rf"{_BEFORE}(?P<first>{_DATE})(?:{_TO}|/)(?P<second>{_DATE}){_AFTER}")


def _read_range(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "3/4/2025-3/6/2025"."""
    words: list[str] = []
    for date in match.group("first", "second"):
        if found := _ISO.fullmatch(date):
            words.append(_read_iso(found, day_first=day_first) or "")
        elif found := _NUMERIC.fullmatch(date):
            words.append(_read_numeric(found, day_first=day_first) or "")
    return " to ".join(words) if len(words) == 2 and all(words) else None


_NUMERIC_MONTH: Final = re.compile(rf"{_BEFORE}(?P<month>0[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d){_AFTER}")


def _read_numeric_month(match: re.Match[str]) -> str:
    return f"{_MONTHS[int(match['month']) - 1]} {full_year(match['year'])}"


_SHORT_DATE: Final = re.compile(
    rf"(?<![\w./:,$€£#\[-])(?:(?P<weekday>{_one_of(_DAY_NAMES)})\.?,?\s)?(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})"
    rf"(?:{_TO}(?P<first2>\d{{1,2}})/(?P<second2>\d{{1,2}}))?{_AFTER}"
)
_DUE: Final = re.compile(r".*\b(?:due|dated?|dates|on|expires|expiring|deadline|birthday|week of)(?:\son|\sby|\sis)?:?\s$", re.IGNORECASE)
_UNTIL: Final = re.compile(r".*\b(?:by|until|till|before|since|from|through|between|starting|ending|after)\s$", re.IGNORECASE)
_PART: Final = re.compile(r"\s(?:of|cups?|in|inch|inches|tsp|tbsp|mile|miles|lb|oz|full|empty|majority|stars|points)\b|\"")
_EXPIRY: Final = re.compile(r".*\b(?:exp|expires|expiry|expiration|valid (?:thru|through|until))(?:\sdate)?[.:]?\s(?:on\s|in\s)?$", re.IGNORECASE)


def _read_short(match: re.Match[str], *, day_first: bool) -> str | None:
    """ "12/25", only where a date is expected, since a fraction, a score and "3 of 12" look alike."""
    text, start = match.string, match.start()
    before = text[max(0, start - 28) : start]
    first, second = int(match["first"]), int(match["second"])
    if _PART.match(text, match.end()) or (first, second) == (24, 7):
        return None
    if _EXPIRY.fullmatch(before) and 1 <= first <= 12 and len(match["second"]) == 2 and (second > 12 or match["first"][0] == "0"):
        return f"{_MONTHS[first - 1]} {full_year(match['second'])}"
    if (first, second) == (9, 11) and not match["weekday"] and not match["first2"] and not match["first"].startswith("0"):
        return "nine eleven"
    month, day = (second, first) if day_first else (first, second)
    if not _is_date(month, day):
        return None
    is_fraction = first < second and second in (2, 3, 4, 5, 6, 8, 10, 16, 32, 64)
    is_expected = match["weekday"] or _DUE.fullmatch(before) or (not is_fraction and _UNTIL.fullmatch(before))
    words = _weekday(match) + _short(month, day, day_first)
    if not match["first2"]:
        return words if is_expected else None
    first2, second2 = int(match["first2"]), int(match["second2"])
    month2, day2 = (second2, first2) if day_first else (first2, second2)
    if not _is_date(month2, day2):
        return None
    is_falling = first * second2 >= first2 * second and (month2, day2) > (month, day)
    is_from = _UNTIL.fullmatch(before) is not None
    return f"{words} to {_short(month2, day2, day_first)}" if is_falling or is_expected or is_from else None


def _short(month: int, day: int, day_first: bool) -> str:
    return _day_first(month, day) if day_first else _month_first(month, day)


def rules(*, day_first: bool) -> tuple[Rule, ...]:
    """day_first: 3/4/2025 is the third of April."""
    return (
        Rule("dates", DIGIT, _RANGE, lambda match: _read_range(match, day_first=day_first)),
        Rule("date", DIGIT, _ISO, lambda match: _read_iso(match, day_first=day_first)),
        Rule("date", DIGIT, _NUMERIC, lambda match: _read_numeric(match, day_first=day_first)),
        Rule("date", LETTER + DIGIT, _SHORT_DATE, lambda match: _read_short(match, day_first=day_first)),
        Rule("date", LETTER, _MONTH_DAY, _read_month_day),
        Rule("date", LETTER + DIGIT, _DAY_MONTH, _read_day_month),
        Rule("month", LETTER, _MONTH_YEAR, _read_month_year),
        Rule("month", DIGIT, _NUMERIC_MONTH, _read_numeric_month),
        Rule("weekdays", LETTER, _WEEKDAYS, _read_weekdays),
        *periods.RULES,
    )
