"""Identifiers that are said character by character."""

import re
from typing import Final

from steadyvoice.workers.text.english.number_words import spelled
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import CAPITAL, DIGIT, Rule
from steadyvoice.workers.text.spelling import letter_name, letters

_NUMBERED: Final = (
    r"(?:account|card|tracking|serial|order|invoice|reference|confirmation|ticket|case|policy|member(?:ship)?|booking|"
    r"passport|routing|licen[cs]e|registration|part|model|customer|employee|student|phone)"
    r" (?:number|no\.?|num\.?|ID|id|#|code)"
)
_CODES: Final = (
    r"(?:zip|ZIP|postal|post|area|access|sign[- ]in|log[- ]?in|verification|security|confirmation|pass|activation|"
    r"unlock|entry|door|gate|booking|promo|discount|one[- ]time|authentication|2FA|PIN) ?code|"
    r"passcode|password|PIN|OTP|IMEI|ISBN(?:-1[03])?|ISSN|SSN|EIN|VIN|[Zz]ip"
)
_LABELS: Final = r"(?:[Bb]ar ?code|UPC|EAN|GTIN|SKU|[PS]/N)"
_OF_ACCOUNTS: Final = r"(?:account|card|phone|telephone|number|iban|license|licence|passport|routing|ssn)s?(?: number)?"
_SPELLED: Final = lazy(
    rf"(?:(?i:{_NUMBERED})|{_CODES}|{_LABELS}|[Cc]ode is)(?: is| was|:|=| =)?:? ?#?$"
    rf"|(?i:(?<!\w){_OF_ACCOUNTS} (?:that )?(?:ending|ends|end)) (?:in|with) $"
    r"|(?i:last (?:three|four|five|six|[3-6]) (?:digits|numbers|characters)(?: of [\w ]{2,24})?)(?: are|:| is)? $"
)
_ENDING: Final = lazy(r"(?<!\w)(?:ending|ends|end) (?:in|with) $")
_NO_QUANTITY_NEXT: Final = lazy(r"$|[.,;:!?)]| (?:and|or|is|was|on|has|for|to|at|from|by|in|with|as)\b")
_IS_YEAR: Final = lazy(r"1[5-9]\d\d|20\d\d")
IDENTIFIED: Final = lazy(rf"(?:(?i:{_NUMBERED})|{_LABELS}|(?<!\w)[Ss]erial|(?<!\w)[Cc]ode)(?: is|:)? $")
"""Before a code that is said character by character."""
_ISSUED: Final = lazy(
    r"(?i:(?<!\w)(?:account|order|invoice|ticket|case|policy|tracking|serial|reference|confirmation|booking)) $"
)
_FLIGHT: Final = lazy(r"[Ff]lights?(?: number)? (?:[A-Z]{2,3} ?)?$")
CONTEXT: Final = 48
"""Characters before an expression that are searched for a word that says what it is."""
_AIRLINES: Final = frozenset("BA UA DL LH AF KL EK QF SQ LX OS SK TK QR EY CX JL NH FR LO TP IB AZ AY WN BR".split())
_PLATE: Final = lazy(r"(?i:plates?|registration|reg\.?)(?: number)?(?: is|:)? $")
EDGE: Final = r"(?<![\w.$€£¥#@'’-])(?<!\d,)"
END: Final = r"(?![\w'’%°$€£²³]|-\w|[.,:/]\d)"


def text_before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - CONTEXT) : match.start()]


def grouped(digits: str) -> str:
    """Digit by digit. More than six have pauses, after every four or three digits; no digit stands alone."""
    if len(digits) <= 6:
        return spelled(digits)
    size = 3 if len(digits) % 4 else 4
    starts = range(0, len(digits) - 1, size)
    return ", ".join(spelled(digits[at : at + size if at + size < len(digits) - 1 else None]) for at in starts)


def characters(code: str) -> str:
    """Every letter and digit by its name."""
    return " ".join(spelled(c) if c.isdecimal() else letter_name(c) for c in code if c.isalnum())


def in_fours(code: str) -> str:
    """A long code has a pause after every four characters."""
    size = 4 if len(code) > 10 else len(code)
    return ", ".join(characters(code[i : i + size]) for i in range(0, len(code), size))


def _named_digits(match: re.Match[str]) -> str | None:
    """Digits after a word such as "account number", "zip code", or "order" with a number sign."""
    before, groups = text_before(match), match["digits"].split("-")
    words = ", ".join(map(grouped, groups))
    if match["sign"]:
        return f"number {words}" if _ISSUED.search(before) else None
    return words if _SPELLED.search(before) or (len(groups) == 1 and _is_ending(match, before)) else None


def _is_ending(match: re.Match[str], before: str) -> bool:
    """The last digits of a number, "ending in 8876"; not the year or the quantity with which something ends."""
    is_quantity = _IS_YEAR.fullmatch(match["digits"]) or not _NO_QUANTITY_NEXT.match(match.string, match.end())
    return not is_quantity and _ENDING.search(before) is not None


def _leading_zero(match: re.Match[str]) -> str:
    return grouped(match[0])


def _digit_groups(match: re.Match[str]) -> str | None:
    """As in an ISBN. Three groups of which one is a year are a date; few digits are a score or a countdown."""
    groups = match[0].split("-")
    lengths = [len(group) for group in groups]
    if sum(lengths) < 9 or lengths in ([2, 2, 4], [4, 2, 2]):
        return None
    return ", ".join(map(characters, groups))


def _flight(match: re.Match[str]) -> str | None:
    line, number = match["line"], match["number"]
    is_flight = (line in _AIRLINES and len(number) > 2) or _FLIGHT.search(text_before(match))
    return f"{letters(line)} {spelled(number)}" if is_flight else None


def _unique(match: re.Match[str]) -> str:
    return ", ".join(map(characters, re.split("[ -]", match[0])))


def _hexadecimal(match: re.Match[str]) -> str:
    return f"zero X {in_fours(match[1])}"


def _hash(match: re.Match[str]) -> str | None:
    """At least seven hexadecimal digits, of which some are letters and some are not. A number such as 1e10 is none."""
    text = match[0]
    if not re.search("[a-f]", text) or not re.search(r"\d", text) or re.fullmatch(r"\d+e\d+|[a-f]+\d{1,2}", text):
        return None
    return in_fours(text)


def _plate(match: re.Match[str]) -> str | None:
    return f"{characters(match[1])}, {characters(match[2])}" if _PLATE.search(text_before(match)) else None


RULES: tuple[Rule, ...] = (
    Rule(
        "unique identifier",
        "ABCDEFabcdef" + DIGIT,
        lazy(r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])"),
        _unique,
    ),
    Rule(
        "bank account",
        CAPITAL,
        lazy(r"(?<!\w)[A-Z]{2}\d{2}(?: [0-9A-Z]{4}){3,7}(?: [0-9A-Z]{1,3})?(?![\w-])"),
        _unique,
    ),
    Rule("hexadecimal number", DIGIT, lazy(r"(?<!\w)0[xX]([0-9A-Fa-f]{1,32})(?!\w)"), _hexadecimal),
    Rule("hash", "abcdef" + DIGIT, lazy(r"(?<![\w-])[0-9a-f]{7,64}(?![\w-])"), _hash),
    Rule(
        "named digits",
        "#" + DIGIT,
        lazy(r"(?P<sign>#)?(?P<digits>(?:\d{3,32}|\d{1,2}(?=-\d))(?:-\d{1,12}){0,5})(?![\w%°-]|[.,:/]\d)"),
        _named_digits,
    ),
    Rule("leading zero", DIGIT, lazy(rf"{EDGE}0\d{{3,31}}{END}"), _leading_zero),
    Rule(
        "digit groups",
        DIGIT,
        lazy(r"(?<![\w.,/-])\d{1,7}(?:-\d{1,7}){2,5}(?:-X)?(?![\w%]|-\w|[.,:/]\d)"),
        _digit_groups,
    ),
    Rule("plate", CAPITAL, lazy(r"(?<!\w)([A-Z]{2,3}\d{0,2}) (\d{2,4}|[A-Z]{3})(?!\w)"), _plate),
    Rule("flight", CAPITAL, lazy(r"(?<!\w)(?P<line>[A-Z]{2}) (?P<number>\d{2,4})(?![\w%-]|[.,:/]\d)"), _flight),
)
