"""Ranges, scores, lists without spaces, and arithmetic."""

import re
from typing import Final

from steadyvoice.workers.text.english import arithmetic, number_words, numerals, years
from steadyvoice.workers.text.english.amounts import HAS_NUMBER
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_DASH: Final = "[-‐‑‒–—]"
_BEGIN: Final = r"(?<![\w.,:/])(?<![\w)\]%][‐‑‒–-])"
_WINDOW: Final = 32
_YEAR: Final = r"(?:1[1-9]|20)\d\d"

_LISTED: Final = lazy(
    r"\b(?:rows|lines|columns|pages|pp|items|numbers|nos|chapters|steps|ports|verses|questions|exercises|figures|tables|"
    r"sections|rooms|cases|values|digits|groups|levels|parts|volumes|versions|options|points|keys|ids|players|seats|"
    r"lanes|tracks|problems|equations|notes|cells|bits|channels|days|weeks|grades|apartments|gates|platforms)\.?:?\s$",
    re.IGNORECASE,
)
_LIST_GOES_ON: Final = lazy(r",? (?:and|or|&) \d|, \d|-[a-z]{5}")
_GROUPED_RANGE: Final = lazy(rf"{numerals.WHOLE}(?:-{numerals.WHOLE})?")
_DECIMAL_RANGE: Final = lazy(r"\d+,\d{1,2}-\d+,\d{1,2}")
_RESULT: Final = lazy(r"\s?=|[\s,]*(?:is|equals|makes|gives|leaves)\b")
_ASKED: Final = lazy(
    r"\b(?:what(?: is|'s|’s)|how much is|calculate|compute|evaluate|subtract\w*|solve|simplify)\s$", re.IGNORECASE
)
_SCORED: Final = lazy(
    r"\b(?:won|win|wins|lost|lose|loses|beat|beats|drew|draw|scores?|scored|result|final|match|game|led|leads?|ahead|"
    r"victory|defeat|defeated|vote|voted|passed)\b[^.!?]*$",
    re.IGNORECASE,
)
_FROM: Final = lazy(r"\b(?:from|between)\s$", re.IGNORECASE)
_IN: Final = lazy(r"\b(?:in|of|from|during|between|years?|c\.|circa)\s$", re.IGNORECASE)
_UNIT: Final = lazy(r"\s?[%‰°$€£¥A-Za-z]")
_LEFT_END: Final = lazy(r"(?:[%‰°½⅓⅔¼¾⅛⅜⅝⅞]|\d[kKMB]|\d,\d{1,2}|\d(?:st|nd|rd|th)|\d[/⁄:]\d{1,3})$")


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _WINDOW) : match.start()]


def _list(match: re.Match[str]) -> str | None:
    """1,2,3 and 1,3-5; 1,234 and 37,5 are one number, but for the words around."""
    text = match[0].replace("–", "-")
    items = text.split(",")
    around = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    is_announced = _LISTED.search(_before(match)) is not None
    if _DECIMAL_RANGE.fullmatch(text) or (_GROUPED_RANGE.fullmatch(text) and not (is_announced and len(items[0]) == 3)):
        return None
    is_list = (
        len(items) > 2
        or "-" in text
        or is_announced
        or around in ("()", "[]", "{}")
        or len(items[0]) > 3
        or _LIST_GOES_ON.match(match.string, match.end())
    )
    if not is_list:
        return None
    return ", ".join(" to ".join(map(number_words.cardinal, item.split("-"))) for item in items)


def _chain(match: re.Match[str]) -> str:
    """4-4-2, 1-2-3."""
    numbers = re.split(_DASH, match[0])
    pause = " " if all(len(number) == 1 for number in numbers) else ", "
    return pause.join(map(number_words.cardinal, numbers))


def _years(match: re.Match[str]) -> str | None:
    first, last = match["first"], match["last"]
    if len(last) == 1 and not _IN.search(_before(match)):
        return None
    is_later = int(last) > int(first) % 10 ** len(last)
    is_amount = years.counts_things(match.string, match.end()) or years.is_numbered(match.string, match.start())
    if not is_later or is_amount or _RESULT.match(match.string, match.end()):
        return None
    if last[0] == "0":
        last = first[:2] + last
    return f"{number_words.year(first)} to {number_words.year(last) if len(last) == 4 else number_words.cardinal(last)}"


def _year_to_now(match: re.Match[str]) -> str:
    return f"{number_words.year(match['year'])} to"


def _range(match: re.Match[str]) -> str | None:
    """Reads the lower number and the dash; the rules of the upper number read its unit."""
    low, high = match["low"], match["high"]
    end = match.end("high")
    if _RESULT.match(match.string, end) or _ASKED.search(_before(match)):
        return f"{numerals.said(low)} minus"
    if match["space"] and not _SCORED.search(_before(match)):
        is_range = numerals.value(low) < numerals.value(high) and (
            match["dash"] != "-" or _UNIT.match(match.string, end)
        )
        return f"{numerals.said(low)} {'to' if is_range else 'minus'}"
    is_pair = low == high or (low, high) == ("24", "7") or _is_code(match)
    return numerals.said(low) if is_pair else f"{numerals.said(low)} to"


def _is_code(match: re.Match[str]) -> bool:
    """747-400 and 978-0; not 326-7, which is short for 326 to 327, and no score."""
    low, high = match["low"], match["high"]
    if match["dash"] != "-" or not (low + high).isdecimal() or int(low) <= int(high):
        return False
    if len(low) == len(high):
        return high.endswith("00")
    is_falling = len(low) == 3 and int(low[: -len(high)] + high) < int(low)
    return is_falling and not _SCORED.search(_before(match)) and not _FROM.search(_before(match))


def _dash(match: re.Match[str]) -> str | None:
    """After a number that another rule has read, such as 5% or 10k."""
    return "to" if _LEFT_END.search(match.string[max(0, match.start() - 8) : match.start()]) else None


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "list",
        DIGIT,
        lazy(r"(?<![\w.,:/-])\d++(?>(?:[-–]\d++)?)(?>(?:,\d++(?>(?:[-–]\d++)?))+)(?![\w%/]|[.:]\d|,\d)"),
        _list,
    ),
    Rule("chain", DIGIT, lazy(rf"{_BEGIN}\d++(?>(?:{_DASH}\d++){{2,}})(?![\w/]|[.,:]\d)"), _chain),
    Rule(
        "years",
        DIGIT,
        lazy(rf"{_BEGIN}(?P<first>{_YEAR}) ?{_DASH} ?(?P<last>{_YEAR}|\d\d?)(?![\w%/]|[.,:]\d|{_DASH}\d)"),
        _years,
    ),
    Rule("years", DIGIT, lazy(rf"{_BEGIN}(?P<year>{_YEAR}) ?{_DASH} ?(?=(?:present|now|today)\b)"), _year_to_now),
    Rule(
        "range",
        DIGIT + ".",
        lazy(
            rf"{_BEGIN}(?P<low>{numerals.NUMBER})(?P<space>\s?)(?P<dash>{_DASH})(?P=space)"
            rf"(?=(?:(?<![-‐‑])[-−])?(?P<high>{numerals.NUMBER})(?![/⁄:]\d|{_DASH}\d|[.,]\d))",
            guard=HAS_NUMBER,
        ),
        _range,
    ),
    Rule("range", "-‐‑‒–—", lazy(rf"(?<=\S){_DASH}(?=[.$€£]?\d|[½⅓⅔¼¾⅛⅜⅝⅞])"), _dash),
    *arithmetic.RULES,
)
