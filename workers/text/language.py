"""What a language gives so that its expressions can be read (expressions.py): number words, nouns, names of signs."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

MAX_DIGITS: Final = 36
_NAME: Final = lazy(r"(?<![\w'’-])([^\W\d_a-z][\w'’-]*[a-zà-ÿ]) $")
_MAX_NAME: Final = 24
SILENT_SIGNS: Final = {"|": "", "*": "", "_": " ", "™": "", "®": "", "•": ""}


class Noun(NamedTuple):
    """A noun that may follow a number."""

    singular: str
    plural: str
    gender: str = "m"


def noun(forms: str) -> Noun:
    """ "libra libras f"; words of a longer name are joined by "_"."""
    singular, plural, *gender = forms.replace("_", "\xa0").split(" ")
    return Noun(singular.replace("\xa0", " "), plural.replace("\xa0", " "), *gender)


def nouns(table: str) -> dict[str, Noun]:
    """Lines of "keys: forms", for example "kg kilo: kilogramo kilogramos"."""
    rows = (line.rpartition(": ") for line in table.strip().splitlines())
    return {key: noun(forms.strip()) for keys, _, forms in rows for key in keys.split()}


def groups(value: int, size: int = 1000) -> Iterator[tuple[int, int]]:
    """(group, exponent) of each group of digits that is not zero, highest first: 5,000,012 is (5, 2), (12, 0)."""
    found: list[tuple[int, int]] = []
    while value:
        value, group = divmod(value, size)
        found.append((group, len(found)))
    return ((group, exponent) for group, exponent in reversed(found) if group)


def in_millions(value: int, scaled: Callable[[int, int], str], below_million: Callable[[int], str]) -> str:
    """A number that is not zero. scaled: a group of three digits of so many thousand millions, with its noun."""
    millions, rest = divmod(value, 1_000_000)
    return " ".join([*(scaled(*group) for group in groups(millions)), *([below_million(rest)] if rest else [])])


def regnal(end: str, read: Callable[[int, str], str]) -> Rule:
    """Reads the numeral behind a name: "Louis XIV". end: pattern of what follows. read: number and the name before it.

    A single letter is a numeral only if it is V: others are initials and names of things.
    """

    def numeral(match: re.Match[str]) -> str | None:
        name = _NAME.search(match.string, max(0, match.start() - _MAX_NAME), match.start())
        value = roman(match["number"])
        return read(value, name[1]) if name and value else None

    return Rule("regnal number", "IVX", lazy(rf"(?<=[^\W\d_] )(?P<number>[IVX]{{2,7}}|V){end}"), numeral)


def read_time(time: Callable[[int, int], str]) -> Callable[[re.Match[str]], str | None]:
    """Reads the groups ``hour`` and ``minute``, which may be missing; None where they are no time."""

    def read(match: re.Match[str]) -> str | None:
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        return time(hour, minute) if hour < 25 and minute < 60 else None

    return read


@dataclass(frozen=True)
class Language:
    """The words of a language. Numbers have at most MAX_DIGITS digits."""

    cardinal: Callable[[int], str]
    counted: Callable[[int, Noun], str]
    """A whole number and its noun: "un euro", "veintiuna libras", "un millón de euros"."""
    before_word: Callable[[int, str], str]
    """The number before a word of the text, which may be its noun."""
    date: Callable[[int, int, str], str]
    """Day, month and year in words; the year may be empty."""
    time: Callable[[int, int], str]
    fraction: Callable[[int, int], str]
    """Numerator and denominator."""
    half: Callable[[Noun], str]
    """Before a noun."""
    year: Callable[[int], str]
    comma: str
    point: str
    minus: str
    plus: str
    to: str
    """In a range."""
    and_: str
    """Between a whole number and a fraction, and in place of &."""
    and_cents: str
    """Between an amount and its cents."""
    of_millions: Callable[[str], str]
    """A noun behind "millones": "de euros"."""
    at: str
    per: str
    """In place of the stroke of "€/month"."""
    slash: str
    hyphen: str
    underscore: str
    number: str
    """In place of # before a number."""
    hash: str
    currencies: Mapping[str, tuple[Noun, Noun]]
    """The currency and its hundredth, by sign and code."""
    units: Mapping[str, Noun]
    magnitudes: Mapping[str, Noun]
    """Million and above, by abbreviation and name."""
    abbreviations: Mapping[str, str]
    signs: Mapping[str, str]
    """Their names; ``SILENT_SIGNS`` have none."""
    clock: str = ""
    """Words and letters behind a time that are part of it."""
    point_decimals: bool = False
    decimals_by_digit: bool = False
    """3,14 as "drei Komma eins vier"; else as "tres coma catorce"."""
    own: tuple[Rule, ...] = field(default=())
    """Rules that precede the common ones."""

    def spelled(self, digits: str) -> str:
        return " ".join(self.cardinal(int(digit)) for digit in digits if digit.isdecimal())


def names(keys: Mapping[str, object]) -> str:
    """A pattern of any of these, the longest first."""
    return "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))


def roman(text: str) -> int:
    """A numeral up to XXXIX, such as a century's; 0 where the letters are none."""
    match = re.fullmatch(r"(X{0,3})(IX|IV|V?I{0,3})", text)
    return 10 * len(match[1]) + "_ I II III IV V VI VII VIII IX".split().index(match[2] or "_") if match else 0
