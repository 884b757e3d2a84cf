"""Numbers in English words, without "and" and without hyphens: "one hundred twenty three"."""

from typing import Final

ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES: Final = (
    "thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion"
).split()
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_PARTS: Final = {2: "half", 4: "quarter"}
MAX_DIGITS: Final = 3 * (len(_SCALES) + 1)
"""A longer number has no name and is read digit by digit."""


def cardinal(digits: str | int) -> str:
    """A whole number, without sign and separators. Longer than MAX_DIGITS, or with leading zeros: digit by digit."""
    digits = str(digits)
    if len(digits) > MAX_DIGITS or (digits[0] == "0" and len(digits) > 1):
        return spelled(digits)
    value = int(digits)
    if value < 1000:
        return _below_thousand(value)
    parts: list[str] = []
    for scale in ("", *_SCALES):
        value, rest = divmod(value, 1000)
        if rest:
            parts.insert(0, f"{_below_thousand(rest)} {scale}".strip())
    return " ".join(parts)


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest or not hundreds:
        words.append(
            ONES[rest] if rest < 20 else " ".join([_TENS[rest // 10 - 2], *(ONES[rest % 10 :][: rest % 10 > 0])])
        )
    return " ".join(words)


def spelled(digits: str) -> str:
    """Digit by digit."""
    return " ".join(ONES[int(digit)] for digit in digits)


def ordinal(digits: str | int) -> str:
    return to_ordinal(cardinal(digits))


def to_ordinal(words: str) -> str:
    """The ordinal of a cardinal in words."""
    *head, last = words.split()
    last = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*head, last])


def year(digits: str | int) -> str:
    """1984 as "nineteen eighty four", 2005 as "two thousand five", 1900 as "nineteen hundred"."""
    value = int(digits)
    century, rest = divmod(value, 100)
    if not 1000 <= value <= 9999 or value % 1000 < 10:
        return cardinal(value)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {cardinal(rest) if rest > 9 else f'oh {ONES[rest]}'}"


def decimal(whole: str, fraction: str) -> str:
    """ "3", "14" as "three point one four"."""
    return f"{cardinal(whole or '0')} point {spelled(fraction)}"


def fraction(numerator: str | int, denominator: str | int) -> str:
    """3/4 as "three quarters", 1/100 as "one hundredth", 1/120 as "one one hundred twentieth"."""
    part = _PARTS.get(int(denominator)) or ordinal(denominator)
    if part.count(" ") == 1:
        part = part.removeprefix("one ")
    if int(numerator) != 1:
        part = "halves" if part == "half" else plural(part)
    return f"{cardinal(numerator)} {part}"


def plural(word: str) -> str:
    """Of a number word or a unit's name: "twenty" "twenties", "six" "sixes", "inch" "inches"."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
