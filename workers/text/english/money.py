"""Amounts of money."""

import re
from dataclasses import replace
from typing import Final

from steadyvoice.workers.text.english import currencies, number_words, units
from steadyvoice.workers.text.english.amounts import (
    GAP,
    HAS_NUMBER,
    NO_NOUNS,
    NUMBER,
    SIGN,
    SIGNS,
    Amount,
    amount,
    is_attributive,
)
from steadyvoice.workers.text.english.currencies import CURRENCIES, Currency
from steadyvoice.workers.text.english.surroundings import follows, precedes
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_MAGNITUDES: Final = {
    "thousand": "k K", "million": "m M mn MM mm mio", "billion": "b B bn", "trillion": "t T tn trn", "hundred": "",
    "lakh": "", "crore": "",
}  # fmt: skip
_MAGNITUDE_NAMES: Final = {
    short: name for name, shorts in _MAGNITUDES.items() for short in (*shorts.split(), name, name.capitalize())
}
_NAMES: Final = "|".join(_MAGNITUDES)
_MAGNITUDE: Final = (
    rf"(?:(?:{GAP}|-)(?:{_NAMES})|(?:{_NAMES}|[kKmMbBtT]|MM|mm|mn|mio|bn|trn|tn)|{GAP}(?:[mMbB]|mn|mio|bn|trn|tn)(?!-))"
    r"(?![\w]|['’]\w)"
)
_TO: Final = r"\s?[-–—]\s?"
_END: Final = rf"(?![\w^{re.escape(currencies.SIGNS)}])"
_SIGN: Final = r"(?:(?<![\w)\].,])(?:[~≈]\s?)?[+−–-]?)?(?<![\w$€£¥])"


def _number(number: str) -> str:
    return rf"(?P<{number}>{NUMBER})(?P<{number}_magnitude>{_MAGNITUDE})?"


_PERIODS: Final = {
    "pcm": "calendar month", "pw": "week", "p.w.": "week", "pa": "annum", "p.a.": "annum", "pp": "person", "ph": "hour",
}  # fmt: skip
_PER: Final = (
    rf"(?P<per>{units.PER}|/1?(?P<per_magnitude>[MK])(?=\s[a-z])|"
    rf"/(?P<day>d)(?!\w)|{GAP}?(?P<period>pcm|pw|p\.w\.|p\.a\.|p[aph])(?!\w))?"
)
# The currency again, and what shopkeepers write for "no cents".
_AGAIN: Final = (
    rf"(?:{GAP}?(?P<code>USD|CAD|AUD|NZD|HKD|SGD)(?!\w)|{GAP}(?:dollars?|euros?|pounds?|yen|rupees?)\b|"
    r"/-|[.,][-–](?!\w))?"
)
_BEFORE: Final = lazy(
    rf"(?P<sign>{_SIGN})(?P<currency>{currencies.BEFORE}){GAP}?(?P<minus>[−–-]?){_number('first')}"
    rf"(?:{_TO}(?P<again>(?P=currency){GAP}?)?{_number('second')}(?!%))?{_AGAIN}{_PER}{_END}",
    guard=HAS_NUMBER,
)
_AFTER: Final = lazy(
    rf"(?<![\w.,$€£])(?<!\d[-–−])(?P<sign>{SIGN}){_number('first')}(?:{_TO}{_number('second')})?"
    rf"(?:,[-–])?{GAP}?(?P<currency>{currencies.AFTER}){_END}{_PER}",
    guard=HAS_NUMBER,
)
_LOSS: Final = lazy(rf"\((?P<currency>{currencies.BEFORE}){GAP}?{_number('first')}\)", guard=HAS_NUMBER)
_BEFORE_LOSS: Final = lazy(r"(?:\b(?:was|were|is|of|to|at|by|from)\s|[:=|]\s?)$")
_CENTS: Final = lazy(
    rf"(?<![\w.,$€£-])(?P<number>\d{{1,3}}(?:\.\d{{1,2}})?){GAP}?(?P<sign>¢|(?<=\d)p(?!\.\w|-)){_END}{_PER}"
)
_SUMS: Final = lazy(
    r"\s(?:(?P<adjective>[a-z]{3,15})\s)?(?:bill|note|coin|contract|budget|loan|grant|prize|project|investment|"
    r"mortgage|house|home|fee|ticket|coupon|voucher|card|deposit|deal|company|settlement|donation|lawsuit|salary|campaign|program|programme)s?\b"
)
"""Nouns before which an amount is the price or the value."""


def _is_attributive(match: re.Match[str]) -> bool:
    if match["per"]:
        return False
    text, end = match.string, match.end()
    if re.match(r"-an?-[a-z]", text[end : end + 5]):  # "$5-a-day"
        return True
    noun = _SUMS.match(text, end)
    return is_attributive(text, match.start(), end) or (noun is not None and noun["adjective"] not in NO_NOUNS)


def _magnitude(match: re.Match[str], number: str) -> str:
    return _MAGNITUDE_NAMES.get((match[number + "_magnitude"] or "").strip("- \u00a0\u2009\u202f"), "")


def _read(match: re.Match[str]) -> str | None:
    """One amount or a range of amounts, and what it is for: "five to ten dollars per hour"."""
    groups = match.groupdict()
    currency = CURRENCIES[groups.get("code") or match["currency"].replace("US $", "US$")]
    sign = match["sign"] + (groups.get("minus") or "")
    first = _without_zeros(amount(sign + _ungrouped(match["first"], match)))
    if (first.fraction and not first.whole) or (first.whole.startswith("0") and first.whole.strip("0")):
        return None
    attributive = _is_attributive(match)
    magnitude = _magnitude(match, "first")
    if match["second"] is None:
        words = _sum(first, magnitude, currency, attributive)
    else:
        second = _without_zeros(amount(_ungrouped(match["second"], match)))
        second_magnitude = _magnitude(match, "second")
        is_shared = second_magnitude and not magnitude and _value(first) < _value(second)  # $4-$5 million
        is_twice = bool(groups.get("again")) and not attributive and not is_shared
        if is_twice or (not second_magnitude and (_has_cents(first, currency) or _has_cents(second, currency))):
            words = _sum(first, magnitude, currency, attributive)
        else:
            words = f"{first.words} {magnitude}".strip()
        words += " to " + _sum(second, second_magnitude, currency, attributive)
    return f"{words} {_per(match)}".strip()


def _without_zeros(number: Amount) -> Amount:
    """$9.500 is nine dollars and fifty cents; $9.50 and $3.499 stay as they are."""
    is_longer = len(number.decimals) > 2
    return replace(number, decimals=number.decimals.rstrip("0")) if is_longer else number


def _ungrouped(number: str, match: re.Match[str]) -> str:
    """With the euro and where the currency is behind the number, a point separates thousands: "1.500 €"."""
    is_european = match["currency"] in ("€", "EUR") or match.start("currency") > match.start("first")
    is_group = is_european and re.fullmatch(r"\d{1,3}\.\d00", number)
    return number.replace(".", "") if is_group else number


def _value(number: Amount) -> float:
    return float(f"{number.whole or 0}.{number.decimals or 0}")


def _has_cents(number: Amount, currency: Currency) -> bool:
    return bool(currency.cent) and len(number.decimals) in (1, 2)


def _sum(number: Amount, magnitude: str, currency: Currency, attributive: bool) -> str:
    if magnitude or not _has_cents(number, currency):
        name = currency.singular if attributive or (number.is_one and not magnitude) else currency.plural
        return " ".join(filter(None, (number.words, magnitude, name)))
    cents = int(number.decimals.ljust(2, "0"))
    units_ = int(number.whole or 0)
    parts = []
    if units_ or not cents:
        name = currency.singular if attributive or units_ == 1 else currency.plural
        parts.append(f"{number_words.cardinal(units_)} {name}")
    if cents:
        name = currency.cent if attributive or cents == 1 else currency.cents
        parts.append(f"{number_words.cardinal(cents)} {name}")
    return " ".join(filter(None, (number.sign, " and ".join(parts))))


def _per(match: re.Match[str]) -> str:
    if match["day"]:
        return "per day"
    if match["period"]:
        return f"per {_PERIODS[match['period']]}"
    if match["per_magnitude"]:
        return f"per {_MAGNITUDE_NAMES[match['per_magnitude']]}"
    return units.per(match["per"]) if match["per"] else ""


_WORD: Final = lazy(r"\s([\w./]+)")


def _read_after(match: re.Match[str]) -> str | None:
    if match["currency"] == "Rs" and len(match["first"]) < 2:
        return None
    if match["currency"] == "zl" and match[0][-3].isdecimal():
        return None
    if match[0].endswith(" $") and (noun := _WORD.match(match.string, match.end())) and noun[1] not in NO_NOUNS:
        return None  # a shell's prompt
    return _read(match)


_NOTES: Final = lazy(r"[$£€](?P<number>[1-9]\d{0,3})s(?!\w)")


def _read_notes(match: re.Match[str]) -> str:
    """ "a pair of $20s"."""
    return number_words.plural(number_words.cardinal(match["number"]))


def _read_loss(match: re.Match[str]) -> str | None:
    """Accounts put a negative amount in parentheses; there no other reading makes a sentence: "was ($5,000)"."""
    if not follows(match, _BEFORE_LOSS):
        return None
    currency = CURRENCIES[match["currency"]]
    return f"minus {_sum(amount(match['first']), _magnitude(match, 'first'), currency, False)}"


_PENCE: Final = lazy(r"\s(?:coins?|pieces?|a|an|each|per|off|more|stamps?|bags?)\b")


def _read_cents(match: re.Match[str]) -> str | None:
    if (
        match["sign"] == "p"
        and len(match["number"]) != 2
        and not (len(match["number"]) == 1 and precedes(match, _PENCE))
    ):
        return None
    currency = CURRENCIES["GBP" if match["sign"] == "p" else "USD"]
    number = amount(match["number"])
    singular = number.is_one or is_attributive(match.string, match.start(), match.end())
    return f"{number.words} {currency.cent if singular else currency.cents} {_per(match)}".strip()


_FIRST: Final = DIGIT + SIGNS
RULES: tuple[Rule, ...] = (
    Rule("money", "ABCDEGHIJKMNPRSTUVZkz" + SIGNS + currencies.SIGNS, _BEFORE, _read),
    Rule("money", _FIRST, _AFTER, _read_after),
    Rule("notes", "$£€", _NOTES, _read_notes),
    Rule("negative money", "(", _LOSS, _read_loss),
    Rule("cents", DIGIT, _CENTS, _read_cents),
)
