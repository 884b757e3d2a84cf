"""Decades, eras, quarters and fiscal years."""

import re
from typing import Final

from steadyvoice.workers.text.english import days, times
from steadyvoice.workers.text.english.number_words import cardinal, ordinal, plural, year
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letters

_TENS: Final = r"['’]?(?:(?:1\d|20)\d0|[2-9]0)['’]?s"
_DECADES: Final = lazy(
    rf"(?<![\w.,$€£/])(?<!\d[-–]){_TENS}(?:(?:\s?[-–—/]\s?|,\s(?:and\s|or\s)?|\s(?:to|and|or|through)\s){_TENS}){{0,5}}(?!\w)"
)
_DECADE: Final = lazy(r"['’]?(?P<digits>\d+)['’]?s")
_PERIOD: Final = lazy(
    r"(?:\b(?:the|his|her|their|my|our|your|its|mid|early|late|low|high|upper|lower|swinging|roaring)[\s-]|['’])$",
    re.IGNORECASE,
)


_OF_PERIOD: Final = lazy(
    r"[\s-](?:music|kids?|child|children|style|rock|pop|fashion|hits?|movies?|films?|shows?|nostalgia|era|disco|songs?|"
    r"bands?|party|vibes?|cartoons?|themed?|classics?|retro|icons?|sitcoms?|synth\w{0,5})\b"
)


def _read_decades(match: re.Match[str]) -> str | None:
    """ "1990s", "'90s", "in her 20s and 30s"; two digits alone may be seconds."""
    first = _DECADE.match(match[0])
    assert first is not None
    if len(first["digits"]) == 2 and match[0][0] not in "'’":
        is_period = follows(match, _PERIOD) and not precedes(match, times.LASTING)
        if not is_period and not precedes(match, _OF_PERIOD):
            return None
    if first["digits"] == "1000" and not follows(match, _PERIOD):  # "1000s of people"
        return None
    words = _DECADE.sub(lambda decade: _decade(decade["digits"]), match[0])
    return re.sub(r"\s?[-–—]\s?", " to ", words).replace("/", " ")


def _decade(digits: str) -> str:
    return plural(cardinal(digits) if len(digits) == 2 else year(digits))


_APART: Final = lazy(r"(?<![\w.,$€£/-])(?P<digits>1[89][1-9]0)\ss(?!\w|['’])")
_LASTED: Final = lazy(r"\b(?:for|after|took|takes|within|every|lasted|than|about)\s$", re.IGNORECASE)


def _read_decade_apart(match: re.Match[str]) -> str | None:
    """ "the 1950 s": a space before the s of a decade, not seconds."""
    return None if follows(match, _LASTED) else _decade(match["digits"])


_SHORT_YEAR: Final = lazy(r"(?<!\w)['’](?P<year>\d\d)(?![\w'’])")
_OF: Final = lazy(r"\b(?:of|since|until|before|after|back in|class|summer|winter|spring|fall|autumn)\s$", re.IGNORECASE)


def _read_short_year(match: re.Match[str]) -> str | None:
    """ "the summer of '69"."""
    if not follows(match, _OF):
        return None
    return _short_year(match["year"])


def _short_year(digits: str) -> str:
    return cardinal(digits) if digits[0] != "0" else f"oh {cardinal(digits[1])}"


_ERA: Final = r"(?P<era>B\.C\.E\.|B\.C\.?|C\.E\.?|A\.D\.?|BCE|BC|CE|AD)(?!\w)"
_YEAR_ERA: Final = lazy(
    rf"(?<![\w.,/$+-])(?:(?P<from>[1-9]\d{{0,3}}){days.TO})?(?P<year>[1-9]\d{{0,3}})\s?{_ERA}(?!\s(?:\d|credits?|hours?|marks?))"
)
_ERA_YEAR: Final = lazy(
    r"(?<!\d\s)(?P<era>A\.D\.|AD)\s(?:(?P<from>\d{1,4})\s?[-–—]\s?)?(?P<year>\d{1,4})(?![\w.,]\d|\w)"
)


def _read_era(match: re.Match[str]) -> str:
    words = _year_of_era(match["year"])
    if match["from"]:
        words = f"{_year_of_era(match['from'])} to {words}"
    era = letters(match["era"])
    stop = "." if match[0][-1] == "." and match.end() == len(match.string) else ""
    return f"{era} {words}" if match["era"] == match[0][: len(match["era"])] else f"{words} {era}{stop}"


def _year_of_era(digits: str) -> str:
    """215 as "two fifteen"."""
    if len(digits) != 3 or digits.endswith("00"):
        return year(digits)
    return f"{cardinal(digits[0])} {_short_year(digits[1:])}"


_QUARTER: Final = lazy(
    rf"(?P<letter>Q|H)(?P<first>[1-4])(?:{days.TO}(?:Q|H)?(?P<second>[1-4]))?(?:,?\s|\sof\s)?(?P<fiscal>FY\s?)?(?P<year>(?:19|20)\d\d|['’]\d\d|(?<=FY)\d\d|(?<=FY\s)\d\d){days.AFTER}"
)


def _read_quarter(match: re.Match[str]) -> str | None:
    letter, first, second = match["letter"], match["first"], match["second"]
    if letter == "H" and max(first, second or "1") > "2":
        return None
    words = f"{letter} {cardinal(first)}"
    if second:
        words += f" to {letter} {cardinal(second)}"
    return f"{words} {'fiscal year ' if match['fiscal'] else ''}{days.full_year(match['year'])}"


_NUMBERED_PART: Final = lazy(
    rf"(?<![\w.,/-])(?P<part>[1-4]Q|[12]H)(?:['’]?(?P<short>[0-4]\d)|\s?(?P<year>(?:19|20)\d\d)){days.AFTER}"
)


def _read_numbered_part(match: re.Match[str]) -> str:
    """ "3Q24": the third quarter of twenty four."""
    words = year(match["year"]) if match["year"] else _short_year(match["short"])
    part = "quarter" if match["part"][1] == "Q" else "half"
    return f"{days.article(match)}{ordinal(match['part'][0])} {part} of {words}"


_FISCAL: Final = lazy(rf"FY['’\s]?(?P<year>(?:20)?\d\d)(?:[-–/](?P<to>(?:20)?\d\d))?{days.AFTER}")


def _read_fiscal(match: re.Match[str]) -> str:
    to = f" to {days.full_year(match['to'])}" if match["to"] else ""
    return f"fiscal year {days.full_year(match['year'])}{to}"


RULES: tuple[Rule, ...] = (
    Rule("era", DIGIT, _YEAR_ERA, _read_era),
    Rule("era", "A", _ERA_YEAR, _read_era),
    Rule("decade", DIGIT + "'’", _DECADES, _read_decades),
    Rule("decade", DIGIT, _APART, _read_decade_apart),
    Rule("year", "'’", _SHORT_YEAR, _read_short_year),
    Rule("quarter", "HQ", _QUARTER, _read_quarter),
    Rule("quarter", DIGIT, _NUMBERED_PART, _read_numbered_part),
    Rule("fiscal year", "F", _FISCAL, _read_fiscal),
)
