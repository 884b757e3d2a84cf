"""Amounts as they are written, such as "-1,234.5" or "2½", and the words for them."""

import re
from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import lazy

GAP: Final = r"[ \u00a0\u2009\u202f]"
"""One space, in the classes of characters that occur between groups of digits and before units."""
_VULGAR: Final = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
_FRACTION: Final = rf"[{''.join(_VULGAR)}]|[1-9]\d?[/⁄](?:[2-9]|1\d|32|64)(?![.,/]?\d)"
# The point or comma of a number with groups is the sign that does not separate its groups.
_DECIMAL: Final = (
    r"(?:\d{1,3}(?>(?:,\d{3})+)(?!\d)(?:\.\d++)?"
    r"|\d{1,2}(?:,\d{2}){1,6},\d{3}(?!\d)(?:\.\d++)?"
    r"|\d{1,3}(?>(?:\.\d{3})+),\d++|\d{1,3}(?:\.\d{3}){2,8}(?!\d)"
    rf"|\d{{1,3}}(?>(?:{GAP}\d{{3}})+)(?!\d|[/⁄]\d)(?:[.,]\d++)?"
    r"|\d{1,3}(?>(?:['’]\d{3})+)(?!\d)(?:\.\d++)?"
    r"|\d++[.,]\d++|(?<!\d)\.\d++|\d++)(?![.,]?\d)"
)
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT: Final = r"⁻?[⁰¹²³⁴-⁹]{1,3}"
_EXPONENT: Final = rf"(?:\^[-−]?\d{{1,3}}|{_SUPERSCRIPT})"
_POWER: Final = rf"(?:\s?[×x·*]\s?10|(?<=10)){_EXPONENT}|(?:[eE][-+−]|(?:(?<=\.\d)|(?<=\.\d\d))[eE])\d{{1,3}}(?![\w.])"
NUMBER: Final = rf"(?:(?:{_FRACTION})|{_DECIMAL}(?:{_POWER}|(?:{GAP}|-)?(?:{_FRACTION}))?)"
"""A number without a sign."""
SIGN: Final = r"(?:[~≈]\s?)?[+±−–-]?"
"""Nothing, "about" or the sign of a number. May be empty."""
SIGNS: Final = "~≈+±−–-."
"""Characters with which an amount may begin, apart from digits."""
NOT_INSIDE: Final = r"(?<![\w.,/:$€£+±−–?%^\\-])(?<!\w['’])"
"""Before an amount: it is not the rest of a word or of another number."""
HAS_NUMBER: Final = lazy(rf"[\s\S]{{0,12}}[\d{''.join(_VULGAR)}]")
"""Guard of patterns that begin with an amount, its sign or its currency."""
_SIGN_WORDS: Final = {
    "+": "plus", "±": "plus or minus", "−": "minus", "–": "minus", "-": "minus", "~": "about", "≈": "about",
}  # fmt: skip
_NUMBER: Final = lazy(
    rf"(?P<sign>[~≈+±−–\s-]*)(?P<decimal>{_DECIMAL})??(?P<power>{_POWER})?(?:{GAP}|-)?(?P<fraction>{_FRACTION})?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    sign: str
    """In words; "" without a sign."""
    whole: str
    """Digits; "" where there are none before the point or the fraction."""
    decimals: str
    """Digits after the point."""
    fraction: tuple[int, int] | None
    """Numerator and denominator."""
    power: str
    """What follows the digits, in words, such as "times ten to the power of six"; usually ""."""

    @property
    def words(self) -> str:
        return " ".join(filter(None, (self.sign, self.unsigned)))

    @property
    def unsigned(self) -> str:
        if self.fraction is None:
            return f"{decimal_words(self.whole, self.decimals)} {self.power}".strip()
        fraction = fraction_words(*self.fraction)
        if not self.whole:
            return fraction
        article = self.fraction[0] == 1
        return f"{number_words.cardinal(self.whole)} and {'a ' + fraction.partition(' ')[2] if article else fraction}"

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and not self.decimals and self.fraction is None and not self.power


def amount(text: str) -> Amount:
    """text: what SIGN and NUMBER match."""
    match = _NUMBER.fullmatch(text)
    assert match is not None, text
    sign = " ".join(_SIGN_WORDS[sign] for sign in match["sign"] if not sign.isspace())
    whole, decimals = _digits(match["decimal"] or "")
    fraction = _ratio(match["fraction"]) if match["fraction"] else None
    return Amount(sign, whole, decimals, fraction, _power(match["power"] or ""))


def _power(power: str) -> str:
    exponent = re.search(r"[-−+]?\d+$|[⁻⁰¹²³⁴-⁹]+$", power)
    if exponent is None:
        return ""
    digits = exponent[0].translate(_SUPERSCRIPTS).lstrip("+")
    sign = "minus " if digits[0] in "-−" else ""
    words = f"to the power of {sign}{number_words.cardinal(int(digits.lstrip('-−')))}"
    return words if power[0] in "^⁻⁰¹²³⁴⁵⁶⁷⁸⁹" else f"times ten {words}"


def _digits(number: str) -> tuple[str, str]:
    """Digits before and after the decimal sign, which may be a point or a comma."""
    parts = re.split(r"\D", number)
    separators = re.sub(r"\d", "", number)
    groups = len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and 0 < len(parts[0]) < 4
    is_one_number = groups and len(set(separators)) == 1 and parts[0][0] != "0"
    if is_one_number and (separators[0] != "." or len(separators) > 1):
        return "".join(parts), ""
    if len(separators) > 1 and separators[-1] == separators[0]:  # 1,00,000
        return "".join(parts), ""
    return ("".join(parts[:-1]), parts[-1]) if separators else (number, "")


def _ratio(fraction: str) -> tuple[int, int]:
    if fraction in _VULGAR:
        return _VULGAR[fraction]
    numerator, denominator = re.split("[/⁄]", fraction)
    return int(numerator), int(denominator)


def decimal_words(whole: str, decimals: str) -> str:
    """As written: nothing is said of a whole part that is not there."""
    if not decimals:
        return number_words.cardinal(whole)
    return number_words.decimal(whole, decimals) if whole else f"point {number_words.spelled(decimals)}"


def fraction_words(numerator: int, denominator: int) -> str:
    name = {2: "half", 4: "quarter"}.get(denominator) or number_words.ordinal(denominator)
    if numerator != 1:
        name = "halves" if denominator == 2 else number_words.plural(name)
    return f"{number_words.cardinal(numerator)} {name}"


def counted(number: Amount, singular: str, plural: str, *, plus: bool = False) -> str:
    """The amount of a unit, with the names given: "half a pound", "one pound", "two and a half pounds".

    plus: the amount or more, as in "5+ kg".
    """
    if plus:
        return f"{number.words} plus {plural}"
    if number.fraction is None or number.whole:
        return f"{number.words} {singular if number.is_one else plural}"
    article = "an" if singular[0] in "aeiou" or singular.startswith("hour") else "a"
    part = "half" if number.fraction == (1, 2) else f"{number.unsigned} of"
    return " ".join(filter(None, (number.sign, part, article, singular)))


NO_NOUNS: Final = frozenset(
    "a above after ago an and apart are as at away because before below between but by can could did do does down each "
    "either else ever every extra for from had has have he higher his how however if in into is it its less lower may "
    "might more must nor of off on onto or out over per plus she should since so than that the their then there these "
    "they this those though through to today tomorrow tonight too toward towards under until up versus via was we were "
    "when where which while who will with within without worth would yesterday you your".split()
)
_DETERMINER: Final = lazy(r"\b(?:a|an|another|each|every)\s$", re.IGNORECASE)
_NOUN: Final = lazy(r"[ -]([a-z]{2,})")


def is_attributive(text: str, start: int, end: int) -> bool:
    """True where the amount at [start, end) describes the noun after it: "a 5 kg bag", said "a five kilogram bag"."""
    after = _NOUN.match(text, end)
    if after is None or after[1] in NO_NOUNS:
        return False
    return _DETERMINER.search(text, max(0, start - 12), start) is not None
