"""Fractions, mixed numbers, "x of y", "x out of y", ratios."""

import re
import unicodedata
from typing import Final

from steadyvoice.workers.text.english import number_words, numerals
from steadyvoice.workers.text.english.amounts import HAS_NUMBER
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_VULGAR: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒↉"
_SLASH: Final = "[/⁄]"
_END: Final = r"(?![\w/⁄]|[.,:]\d)"
_BEGIN: Final = r"(?<![\w/⁄.,:])(?<![A-Za-z]-)"
_WINDOW: Final = 24
_PLAIN_PARTS: Final = frozenset((*range(2, 13), 15, 16, 20, 24, 25, 30, 32, 40, 50, 60, 64, 100, 128, 1000))
"""Denominators of mixed numbers and of fractions larger than one."""

_BY_NAME: Final = frozenset((("9", "11"), ("20", "20")))
_SHARES: Final = lazy(r"[1-9]0/[1-9]0")
"""50/50, 80/20."""
_COUNTED: Final = lazy(
    r"\b(?:pages?|steps?|parts?|slides?|episodes?|items?|tests?|files?|levels?|lessons?|questions?|tasks?|volumes?|"
    r"rounds?|stages?|phases?|attempts?|chunks?|batch|epochs?|frames?|image|photo|track|tweet|sheet|set):?\s[(\[]?$",
    re.IGNORECASE,
)
_RATED: Final = lazy(
    r"\b(?:rat(?:ed|ing|e|es)|scor(?:ed|e|es|ing)|reviews?|gave|give|gives|marks?|got|rank(?:ed)?)\b[^.!?]*$",
    re.IGNORECASE,
)
_RATED_AFTER: Final = lazy(
    r" (?:stars?|points|marks|rating|score|would|on the|(?:[a-z]+ )?(?:correct|passed|passing|failed|completed?))\b",
    re.I,
)
_FRACTION_OF: Final = lazy(
    r" (?:of (?:an?|the|its?|all|my|our|his|her|their|your)\b|inch|miles?|cups?|tea|table|ounce|pounds?|hours?)"
    r"|-"
)
_ASKED: Final = lazy(r"\b(?:compute|calculate|evaluate|solve)\s$", re.IGNORECASE)
_ARTICLE: Final = lazy(r"\ban?\s$", re.IGNORECASE)
_BOOK: Final = lazy(
    r"\b(?:Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Ezra|Nehemiah|Esther|"
    r"Job|Psalms?|Proverbs|Ecclesiastes|Song|Isaiah|Jeremiah|Lamentations|Ezekiel|Daniel|Hosea|Joel|Amos|Jonah|Micah|"
    r"Malachi|Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Thessalonians|"
    r"Timothy|Titus|Hebrews|James|Peter|Jude|Revelation|Quran|Surah|Sura)\s$"
)
_SEASON: Final = lazy(r"(?:19|20)\d\d")


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _WINDOW) : match.start()]


def _fraction_after_article(words: str, match: re.Match[str]) -> str:
    """A 1/4 mile is "a quarter mile"."""
    return words.removeprefix("one ") if _ARTICLE.search(_before(match)) else words


def _vulgar(sign: str) -> str:
    numerator, denominator = unicodedata.normalize("NFKD", sign).split("⁄")
    return number_words.fraction(numerator, denominator)


def _mixed_words(whole: str, fraction: str) -> str:
    if fraction in ("one half", "one quarter", "one third"):
        fraction = "a" + fraction.removeprefix("one")
    return f"{numerals.said(whole)} and {fraction}"


def _vulgar_fraction(match: re.Match[str]) -> str:
    words = _vulgar(match["sign"])
    return _mixed_words(match["whole"], words) if match["whole"] else _fraction_after_article(words, match)


def _mixed(match: re.Match[str]) -> str | None:
    numerator, denominator = int(match["numerator"]), int(match["denominator"])
    if len(match["numerator"]) == 3 and 0 < denominator < numerator:  # 2 145/7, no number with a space
        above, below = number_words.cardinal(numerator), number_words.cardinal(denominator)
        return f"{numerals.said(match['whole'])} and {above} over {below}"
    if not 0 < numerator < denominator or denominator not in _PLAIN_PARTS:
        return None
    return _mixed_words(match["whole"], number_words.fraction(numerator, denominator))


def _named_fraction(match: re.Match[str]) -> str:
    """1/20th, 2/5ths."""
    return _fraction_after_article(number_words.fraction(match["numerator"], match["denominator"]), match)


def _slash(match: re.Match[str]) -> str | None:
    above, below = match["above"], match["below"]
    if (above, below) in _BY_NAME or (_SHARES.fullmatch(match[0]) and int(above) + int(below) == 100):
        return f"{number_words.cardinal(above)} {number_words.cardinal(below)}"
    if _SEASON.fullmatch(above) and (season := _season(above, below)):
        return season
    if any(len(number) > 1 and number[0] == "0" and "." not in number for number in (above, below)):
        return None
    return _of(match) or _divided(match) or _out_of(match) or _fraction(match)


def _season(first: str, last: str) -> str | None:
    """2023/24, 2008/09, 1998/9."""
    if _SEASON.fullmatch(last):
        return f"{number_words.year(first)} {number_words.year(last)}"
    following = str(int(first) + 1)
    if not last.isdecimal() or len(last) > 2 or not following.endswith(last):
        return None
    if following[2] == "0":
        return f"{number_words.year(first)} oh {number_words.cardinal(following[3])}"
    return f"{number_words.year(first)} {number_words.cardinal(following[2:])}"


def _of(match: re.Match[str]) -> str | None:
    """[3/12], step 3/5."""
    around = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    is_counted = around in ("[]", "()") or _COUNTED.search(_before(match))
    if not is_counted or numerals.value(match["above"]) > numerals.value(match["below"]):
        return None
    return f"{numerals.said(match['above'])} of {numerals.said(match['below'])}"


def _divided(match: re.Match[str]) -> str | None:
    """Compute 9/3."""
    if not _ASKED.search(_before(match)) or _FRACTION_OF.match(match.string, match.end()):
        return None
    return f"{numerals.said(match['above'])} divided by {numerals.said(match['below'])}"


def _out_of(match: re.Match[str]) -> str | None:
    """A rating, such as 4.5/5, or a share of many, such as 137/192."""
    above, below = numerals.value(match["above"]), numerals.value(match["below"])
    if above > below or below < 2:
        return None
    after = match.string[match.end() : match.end() + _WINDOW]
    if above < below and "." not in match["above"]:
        is_rated = _RATED_AFTER.match(after) or (below >= 5 and _RATED.search(_before(match)))
        is_share = is_rated or (below in (10, 100) and above != 1) or above == 0
        if not is_share or _FRACTION_OF.match(after):
            return None
    return f"{numerals.said(match['above'])} out of {numerals.said(match['below'])}"


def _fraction(match: re.Match[str]) -> str:
    above, below = numerals.value(match["above"]), numerals.value(match["below"])
    is_part = above < below if below >= 10 else below in _PLAIN_PARTS
    if "." not in match[0] and is_part and above > 0:
        return _fraction_after_article(number_words.fraction(int(above), int(below)), match)
    return f"{numerals.said(match['above'])} over {numerals.said(match['below'])}"


def _ratio(match: re.Match[str]) -> str | None:
    """16:9, 3:2:1, and chapter and verse; a leading zero is a time's or a code's."""
    terms = re.split(r"\s?:\s?", match[0])
    if any(len(term) > 1 and term[0] == "0" for term in terms):
        return None
    between = " " if _BOOK.search(_before(match)) else " to "
    return between.join(map(numerals.said, terms))


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "round the clock",
        DIGIT,
        lazy(r"24/7(?P<year>/365)?(?![\w/])"),
        lambda match: "twenty four seven" + (" three sixty five" if match["year"] else ""),
    ),
    Rule(
        "fraction in one sign",
        DIGIT + _VULGAR,
        lazy(rf"(?:(?<![.,\d])(?P<whole>{numerals.WHOLE})[ \u2009\u202f-]?)?(?P<sign>[{_VULGAR}])"),
        _vulgar_fraction,
    ),
    Rule(
        "mixed number",
        DIGIT,
        lazy(rf"{_BEGIN}(?P<whole>\d{{1,4}}+)[ -](?P<numerator>\d{{1,3}}+){_SLASH}(?P<denominator>\d{{1,3}}+){_END}"),
        _mixed,
    ),
    Rule(
        "fraction",
        DIGIT,
        lazy(rf"{_BEGIN}(?P<numerator>\d{{1,4}}+){_SLASH}(?P<denominator>[1-9]\d{{0,3}}+)(?i:(?:st|nd|rd|th)s?)(?!\w)"),
        _named_fraction,
    ),
    Rule(
        "fraction",
        DIGIT + ".",
        lazy(rf"{_BEGIN}(?P<above>{numerals.NUMBER}){_SLASH}(?P<below>{numerals.NUMBER}){_END}", guard=HAS_NUMBER),
        _slash,
    ),
    Rule("ratio", DIGIT, lazy(rf"{_BEGIN}{numerals.NUMBER}(?:(?:\s:\s|:){numerals.NUMBER}){{1,5}}{_END}"), _ratio),
    Rule("slash", "/⁄", lazy(rf"(?<=\d){_SLASH}(?=\d)"), lambda _: "slash"),
)
