"""Cardinals, years, ordinals, decimals, numbers with a letter for thousands or millions, and every digit left over."""

import re
from typing import Final

from steadyvoice.workers.text import spelling
from steadyvoice.workers.text.english import number_signs, number_words, numerals, powers, years
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_SCALES: Final = {
    **dict.fromkeys(("k", "K"), "thousand"),
    **dict.fromkeys(("M", "MM", "mn", "Mn", "mln"), "million"),
    **dict.fromkeys(("B", "bn", "Bn", "BN"), "billion"),
    **dict.fromkeys(("T", "tn"), "trillion"),
}
_NAMED_K: Final = lazy(r"[ -](?:runs?|races?|walks?|tv|tvs|monitors?|displays?|resolution|videos?|screens?)\b", re.I)
_AMOUNT_GOES_ON: Final = lazy(r"\+| of\b|(?:[-–]| to )\d[\d.]*[MBT]\b")
_NUMBERED_IN_PARTS: Final = lazy(
    r"(?:\b(?:version|versions|ver|v|release|releases|build|section|sections|sec|chapter|figure|fig|table|clause|article|"
    r"paragraph|item|rule|exercise|example|equation|eq|lemma|theorem|step|task|python|java|ruby|rails|php|perl|lua|node|"
    r"go|rust|swift|kotlin|django|ubuntu|debian|fedora|linux|kernel|windows|macos|ios|android|firefox|chrome|cuda|"
    r"pytorch|gcc|clang|cmake|docker|postgres|postgresql|mysql|openssl)\.?\s?|§\s?)$",
    re.IGNORECASE,
)
_ORDINAL_BEFORE: Final = lazy(
    r"\b(?:the|an?|my|our|his|her|its|their|your|this|that|every|each|on|"
    r"Jan\w*|Feb\w*|Mar(?:ch)?|Apr\w*|May|June?|July?|Aug\w*|Sep\w*|Oct\w*|Nov\w*|Dec\w*)\.?\s$"
)
_ORDINAL_AFTER: Final = lazy(r"[\s-][a-z]{2}")
_DEGREES_BEFORE: Final = lazy(
    r"(?:[-−–+~]|\b(?:is|was|were|be|at|by|about|around|above|below|than|to|from|only|exactly|nearly|an?)\s)$"
)
_DEGREES_AFTER: Final = lazy(
    r"\s?(?:[-–/]|[NSEWCFK]\b|(?:and|angles?|turns?|rotation|slope|incline|tilt|arc|view|warmer|cooler|colder|hotter|below|"
    r"above|outside|inside|today|north|south|east|west|latitude|longitude|celsius|fahrenheit)\b)",
    re.IGNORECASE,
)
_TWO_NUMBERS: Final = lazy(r"\d{3} \d{3}")
_COUNTED: Final = lazy(r"\s?[a-z%°$€£¥]")
_AMOUNT_BEFORE: Final = lazy(
    r"(?:[$€£¥~+−<>≈]|\b(?:about|around|over|nearly|almost|exactly|than|to|of|total|population|is|was|are|were)):?\s?$",
    re.IGNORECASE,
)
_WINDOW: Final = 20
_LONGEST_CARDINAL: Final = 12
"""Digits without separators; a listener cannot follow the name of a longer number that is not round."""


def _parts(match: re.Match[str]) -> str:
    """1.234.567 has points between thousands; 2.13.0 is a number of parts."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}", match[0]):
        return number_words.cardinal(match[0].replace(".", ""))
    return " point ".join(map(number_words.cardinal, match[0].split(".")))


def _two_parts(match: re.Match[str]) -> str | None:
    """3.10 as "three point ten" after a word such as "version"; elsewhere it is a decimal."""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()]
    if len(match["minor"]) > 3 or not _NUMBERED_IN_PARTS.search(before):
        return None
    return f"{number_words.cardinal(match['major'])} point {number_words.cardinal(match['minor'])}"


def _points_and_comma(match: re.Match[str]) -> str:
    whole, fraction = match[0].split(",")
    return number_words.decimal(whole.replace(".", ""), fraction)


def _decimal_comma(match: re.Match[str]) -> str | None:
    whole, fraction = re.sub(r"\s", "", match[0]).split(",")
    return number_words.decimal(whole, fraction) if len(fraction) != 3 or whole[0] == "0" else None


def _scientific(match: re.Match[str]) -> str:
    sign = "minus " if match["sign"] in ("-", "−") else ""
    return (
        f"{numerals.said(match['number'])} times ten to the power of {sign}{number_words.cardinal(int(match['power']))}"
    )


def _ordinal(match: re.Match[str]) -> str:
    words = numerals.said(match["number"])
    if match["letters"] and match["letters"].lower() != _ending(match["number"]) and not _is_ordinal(match):
        return f"{words} {spelling.letters(match['letters'])}"
    words = number_words.to_ordinal(words)
    return number_words.plural(words) if match["plural"] else words


def _indicated(match: re.Match[str]) -> str | None:
    """The 3ª floor; º is often typed for degrees."""
    if match["sign"] == "º":
        is_degrees = follows(match, _DEGREES_BEFORE) or precedes(match, _DEGREES_AFTER)
        if is_degrees or (len(match["number"]) > 1 and not follows(match, _ORDINAL_BEFORE)):
            return None
    return number_words.ordinal(match["number"])


def _ending(digits: str) -> str:
    return "th" if digits[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")


def _is_ordinal(match: re.Match[str]) -> bool:
    """The 22th of them, my 12nd try: what stands around a wrong ending shows what is meant."""
    return follows(match, _ORDINAL_BEFORE) or precedes(match, _ORDINAL_AFTER)


def _scaled(match: re.Match[str]) -> str | None:
    number, suffix, end = match["number"], match["suffix"], match.end()
    is_amount = "." in number or years.counts_things(match.string, end) or _AMOUNT_GOES_ON.match(match.string, end)
    is_small_k = suffix == "K" and len(number) == 1  # 4K is a resolution
    if (suffix in ("B", "M", "T") or is_small_k) and not is_amount:
        return None
    if suffix in ("k", "K") and _NAMED_K.match(match.string, end):
        return None
    return f"{numerals.said(number)} {_SCALES[suffix]}"


def _several(match: re.Match[str]) -> str:
    """The 747s, in the 1960s, 100s of them."""
    digits = match[0][:-1]
    is_decade = len(digits) == 4 and digits.endswith("0")
    words = number_words.year(digits) if is_decade else numerals.said(digits)
    return number_words.plural(words.removeprefix("one ") if digits in ("100", "1000", "1,000") else words)


def _is_amount(match: re.Match[str]) -> bool:
    """Do a noun, a unit or other words around it show that two groups of digits are one number?"""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()]
    return bool(_AMOUNT_BEFORE.search(before) or _COUNTED.match(match.string, match.end()))


def _number(match: re.Match[str]) -> str | None:
    number = match[0]
    if " " in number and years.is_numbered(match.string, match.start()):  # in room 12 100 people
        return None
    if _TWO_NUMBERS.fullmatch(number) and not _is_amount(match):
        return None
    if years.is_year(match.string, match.start(), match.end()):
        return number_words.year(number)
    if number.isdecimal() and len(number) > _LONGEST_CARDINAL and not number.endswith("000000"):
        return ", ".join(number_words.spelled(number[i : i + 3]) for i in range(0, len(number), 3))
    return numerals.said(number)


RULES: tuple[Rule, ...] = (
    *powers.RULES,
    *number_signs.RULES,
    Rule("number with points and a comma", DIGIT, lazy(r"\d{1,3}(?:\.\d{3})+,\d++"), _points_and_comma),
    Rule("number of parts", DIGIT, lazy(r"\d++(?:\.\d++){2,}"), _parts),
    Rule("number of two parts", DIGIT, lazy(r"(?P<major>\d++)\.(?P<minor>\d{2,}+)"), _two_parts),
    Rule(
        "scientific notation",
        DIGIT + ".",
        lazy(rf"(?P<number>{numerals.NUMBER})[eE](?P<sign>[-−+]?)(?P<power>\d{{1,3}})(?!\w)"),
        _scientific,
    ),
    Rule(
        "ordinal",
        DIGIT,
        lazy(rf"(?P<number>{numerals.WHOLE})(?:(?P<letters>st|nd|rd|th|ST|ND|RD|TH)|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)(?P<plural>s?)(?!\w)"),
        _ordinal,
    ),
    Rule("ordinal", DIGIT, lazy(r"(?P<number>\d{1,3})\.?(?P<sign>[ªº])(?!\w)"), _indicated),
    Rule("pension", DIGIT, lazy(r"401(?:k|\(k\))(?!\w)"), lambda _: "four oh one K"),
    Rule(
        "number with a scale",
        DIGIT + ".",
        lazy(rf"(?P<number>{numerals.NUMBER})(?: (?=[bmt]n\b|mln\b))?(?P<suffix>{'|'.join(_SCALES)})(?!\w)"),
        _scaled,
    ),
    Rule("several", DIGIT, lazy(rf"{numerals.WHOLE}s(?![\w'’])"), _several),
    Rule("decimal comma", DIGIT, lazy(rf"(?:{numerals.SPACED}|\d++),\d++(?![.,]\d)"), _decimal_comma),
    Rule("number", DIGIT + ".", lazy(numerals.NUMBER), _number),
    Rule("number", DIGIT, lazy(r"\d++"), _number),
)
