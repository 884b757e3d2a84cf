"""Text as Soprano was trained to read it: lower-case words, numbers in words, and the punctuation ``. , ! ? ' -``.

The rules follow upstream's cleaner (ekwek1/soprano, after Tortoise's), with which the model was trained. Times, dates,
units, abbreviations and Roman numerals are normalised by hibari-tts's ``normalize`` (Apache-2.0), as are numbers; this
module handles what that function leaves to its dictionary.
"""

import re
import unicodedata
from collections.abc import Iterator

from hibari.g2p import numbers
from hibari.g2p.normalize import normalize

MAX_CHARS = 300
"""Length of the longest training texts."""

_TYPED = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2212": "-", "\u2014": ", ", "\u2026": "..."}
    | {"\u3002": ". ", "\uff0c": ", ", "\u3001": ", ", "\uff01": "! ", "\uff1f": "? "}
)
_LETTERS = str.maketrans(
    {"\u00df": "ss", "\u00e6": "ae", "\u0153": "oe", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00f0": "d"}
    | {"\u00fe": "th", "\u0131": "i"}
)
_TITLES = {"Mr": "mister", "Mrs": "misess", "Dr": "doctor"}  # the training data's spelling
_MONEY = {"$": ("dollar", "cent"), "£": ("pound", "pence"), "€": ("euro", "cent")}
_SCALES = {"k": "thousand", "K": "thousand", "M": "million"}
_SYMBOLS = {"@": "at", "&": "and", "%": "percent", "+": "plus", "=": "equals", "<": "less than", ">": "greater than"}
_SYMBOLS |= {"/": "slash", "~": "about"}

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_UNREADABLE = re.compile(r"\d(?:,?\d){30,}")  # longer than any number word
_TITLE = re.compile(r"\b(Mrs?|Dr)\b\.?")
_AMOUNT = re.compile(rf"([$£€])\s?({_NUMBER})")
_SCALED = re.compile(rf"\b({_NUMBER})([kKM])\b")
_ORDINAL = re.compile(r"\b(\d+(?:,\d{3})*)(?:st|nd|rd|th)\b", re.IGNORECASE)
_DECADE = re.compile(r"\b((?:1[1-9]|20)\d0)'?s\b")
_SERIES = re.compile(r"\d+(?:\.\d+){2,}")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_PLAIN = re.compile(_NUMBER)
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_SPELLED = re.compile(r"\b([B-DF-HJ-NP-TV-XZ]{2,6}|API|[CG]PU|CLI|GUI|UR[IL]|USB|USA?|UK|EU|AI|UI|IP|ID)(s?)\b")
_INNER_DOT = re.compile(r"(?<=\w)\.(?=[A-Za-z])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MIXED = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_PAUSE = re.compile(r"[()\[\]{};|]+|\s-+\s|--+")
_UNKNOWN = re.compile(r"[^a-z .,!?'-]|(?<![a-z])['-]+|['-]+(?![a-z])")
_HELD = re.compile(r"(\w)\1{2,}")
_MARKS = re.compile(r"\s*([.,!?][\s.,!?]*)")


def pieces(text: str, more: bool) -> Iterator[str]:
    """Pieces of 1 to MAX_CHARS characters; none where the text has nothing to say.

    A piece ends like a sentence, or with a comma where the sentence continues in the next piece (``more``: after the
    last one).
    """
    rest = prepared(text)
    while len(rest) >= MAX_CHARS:
        head = rest[: MAX_CHARS - 1]
        ends = [match.end() for mark in (r"[.!?] ", ", ", " ") for match in [*re.finditer(mark, head)][-1:]]
        cut = ends[0] if ends else len(head)
        yield _ended(rest[:cut], ",")
        rest = rest[cut:].lstrip(".,!? ")
    if rest:
        yield _ended(rest, "," if more else ".")


def prepared(text: str) -> str:
    """The text in characters that the model knows; "" where no letter is left."""
    text = normalize(_UNREADABLE.sub(lambda m: " ".join(re.findall(r"\d", m[0])), text.translate(_TYPED)))
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _TITLE.sub(lambda m: _TITLES[m[1]], text)
    text = _numbers(text)
    text = _INITIALS.sub(lambda m: " ".join(m[0].split(".")).strip(), text)
    text = _SPELLED.sub(lambda m: " ".join(m[1]) + ("'s" if m[2] else ""), text)
    text = _CAMEL.sub(" ", _INNER_DOT.sub(" dot ", text))
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, f" {word} ")
    text = _PAUSE.sub(", ", text).lower().translate(_LETTERS).replace(":", ".")
    text = _HELD.sub(
        r"\1\1", _MARKS.sub(_strongest, _UNKNOWN.sub(" ", text))
    )  # on a long "aaah" the model may never stop
    text = re.sub(r"\s+", " ", text).strip().lstrip(".,!? ")
    return text if re.search("[a-z]", text) else ""


def _ended(text: str, mark: str) -> str:
    text = text.rstrip(" ,")
    return text if text[-1] in ".!?" else text + mark


def _strongest(marks: re.Match[str]) -> str:
    """Replace several punctuation marks by the strongest one."""
    found = marks[1]
    return next((mark for mark in ("?", "!", "...", ".") if mark in found), ",") + " "


def _numbers(text: str) -> str:
    text = _AMOUNT.sub(_money, text)
    text = _SCALED.sub(lambda m: f"{m[1]} {_SCALES[m[2]]}", text)
    text = _ORDINAL.sub(lambda m: numbers.ordinal(int(m[1].replace(",", ""))).replace(" and ", " "), text)
    text = _DECADE.sub(lambda m: re.sub("ys$", "ies", numbers.year(int(m[1])) + "s"), text)
    text = _SERIES.sub(lambda m: " point ".join(_cardinal(int(part)) for part in m[0].split(".")), text)
    return _PLAIN.sub(lambda m: _number(m[0]), _MIXED.sub(" ", _MINUS.sub("minus ", text)))


def _money(amount: re.Match[str]) -> str:
    unit, small = _MONEY[amount[1]]
    whole, _, part = amount[2].replace(",", "").partition(".")
    count, cents = int(whole), int(part.ljust(2, "0")) if len(part) < 3 and part else 0
    if len(part) > 2:
        return f"{whole}.{part} {unit}s"
    said = [f"{_cardinal(count)} {unit}{'s' * (count != 1)}"] if count or not cents else []
    if cents:
        said.append(f"{_cardinal(cents)} {small}{'s' * (cents != 1 and small == 'cent')}")
    return ", ".join(said)


def _number(digits: str) -> str:
    """Four digits are read as a year, as in training."""
    whole, _, part = digits.replace(",", "").partition(".")
    if part:
        return f"{_number(whole)} point {' '.join(numbers.ONES[int(digit)] for digit in part)}"
    value = int(whole)
    if whole == digits and len(digits) == 4 and 1100 <= value < 2100:
        return str(numbers.year(value)).replace(" and ", " ")
    return _cardinal(value)


def _cardinal(value: int) -> str:
    return str(numbers.cardinal(value)).replace(" and ", " ")
