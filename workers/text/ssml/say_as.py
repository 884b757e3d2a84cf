"""The words of a text in ``say-as``."""

import re
from collections.abc import Callable
from typing import Final

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.workers.text.english import days
from steadyvoice.workers.text.english.number_words import cardinal, decimal, ordinal, spelled
from steadyvoice.workers.text.english.symbols import sign_name
from steadyvoice.workers.text.english.times import clock, seconds
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.spelling import letter_name

_WHOLE: Final = lazy(r"([+\-−]?)(\d{1,3}(?:,\d{3})+|\d{1,40})(?:st|nd|rd|th)?")
_DECIMAL: Final = lazy(r"([+\-−]?)(\d{1,40})?\.(\d{1,40})")
_SIGNS: Final = {"": "", "+": "plus ", "-": "minus ", "−": "minus "}
_DATE_ORDERS: Final = frozenset(("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y"))
_TIME: Final = lazy(r"(\d{1,2})(?:[:.h]([0-5]\d))?(?:[:.]([0-5]\d))?\s?([ap]\.?m\.?)?", re.IGNORECASE)
_ROMAN: Final = lazy(r"(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")


def said_as(text: str, kind: str, form: str, *, language: str, mode: ReadingMode = ORDINARY) -> str | None:
    """The words for the attributes ``interpret-as`` and ``format``; None where the text is to be read as usual.

    In a language without rules, letters and digits are one by one, and other kinds are read as usual. mode: in which
    the words are read next, where commas of the reading itself must not be named, nor all letters be capitals.
    """
    if mode.spelling:
        return None
    text, english = text.strip(), language.partition("-")[0] == "en"
    if kind == "digits":
        return _digits(text, english=english)
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        keeps_case = mode.capitals == "spell"
        words = (_characters(word, english=english, keeps_case=keeps_case) for word in text.split())
        said: str | None = ", ".join(filter(None, words))
    else:
        read = _KINDS.get(kind)
        said = read(text, form, language) if english and read else None
    return said.replace(",", "") if said and mode.punctuation == "all" else said


def _characters(word: str, *, english: bool, keeps_case: bool) -> str:
    names = (_character(character, english=english, keeps_case=keeps_case) for character in word)
    return " ".join(filter(None, names))


def _character(character: str, *, english: bool, keeps_case: bool) -> str:
    if character.isalpha():
        name = letter_name(character) if english else character.upper()
        return name.lower() if keeps_case and character.islower() else name
    if not english:
        return character
    return spelled(character) if character.isdecimal() else sign_name(character)


def _digits(text: str, *, english: bool) -> str | None:
    if not any(map(str.isdecimal, text)):
        return None
    return " ".join(
        (spelled(each) if english else " ".join(each)) if each.isdecimal() else each
        for each in re.findall(r"\d+|[^\W\d]+|[.,;]", text)
    ).replace(" ,", ",")


def _cardinal(text: str, form: str, language: str) -> str | None:
    if found := _WHOLE.fullmatch(text):
        return _SIGNS[found[1]] + cardinal(found[2].replace(",", "").lstrip("0") or "0")
    if found := _DECIMAL.fullmatch(text):
        return _SIGNS[found[1]] + decimal(found[2] or "0", found[3])
    return cardinal(_roman(text)) if _ROMAN.fullmatch(text) else None


def _ordinal(text: str, form: str, language: str) -> str | None:
    if found := _WHOLE.fullmatch(text):
        return _SIGNS[found[1]] + ordinal(found[2].replace(",", "").lstrip("0") or "0")
    return ordinal(_roman(text)) if _ROMAN.fullmatch(text) else None


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in text]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def _telephone(text: str, form: str, language: str) -> str | None:
    """Digit by digit, with a pause between groups. form: the country's number, which is not part of the text."""
    groups = re.findall(r"\d+|[A-Za-z]+", text)
    if not any(map(str.isdecimal, "".join(groups))):
        return None
    words = [spelled(each) if each.isdecimal() else _extension(each) for each in groups]
    read = ", ".join(words).replace("extension, ", "extension ")
    return f"plus {read}" if text.startswith("+") else read


def _extension(word: str) -> str:
    return "extension" if word.lower() in ("x", "ext", "extension") else " ".join(map(letter_name, word))


def _date(text: str, form: str, language: str) -> str | None:
    """form: an order of d, m and y, as in "mdy"; without it the text is read as usual, except for digits alone."""
    parts = re.findall(r"\d+|[A-Za-z]{3,9}", text)
    form = form.lower()
    if len(parts) == 1 and len(parts[0]) == 8 and form in ("", "ymd"):  # 20250304
        parts, form = [parts[0][:4], parts[0][4:6], parts[0][6:]], "ymd"
    if form not in _DATE_ORDERS or len(parts) != len(form):
        return None
    given = dict(zip(form, parts, strict=True))
    numbers = {
        unit: days.MONTH_NUMBERS.get(part.title()) if part.isalpha() else int(part) for unit, part in given.items()
    }
    month, day = numbers.get("m", 1), numbers.get("d", 1)
    if month is None or day is None or numbers.get("y", 1) is None or not days.is_date(month, day):
        return None
    words = ""
    if "m" in given and "d" in given:
        is_british = language.partition("-")[2] not in ("", "US")
        words = days.day_first(month, day) if is_british else days.month_first(month, day)
    elif "m" in given:
        words = days.MONTHS[month - 1]
    elif "d" in given:
        words = ordinal(day)
    year = days.full_year(given["y"]) if "y" in given and len(given["y"]) in (2, 4) else None
    if "y" in given and year is None:
        return None
    return f"{words}, {year}" if year and "d" in given else f"{words} {year or ''}".strip()


def _time(text: str, form: str, language: str) -> str | None:
    found = _TIME.fullmatch(text)
    if found is None or not (found[2] or found[4]) or int(found[1]) > 24:
        return None
    half = (found[4] or "").replace(".", "")
    if not half and form in ("hms12", "h12"):
        half = "am" if int(found[1]) < 12 else "pm"
    hour = (int(found[1]) - 1) % 12 + 1 if half else int(found[1])
    words = clock(str(hour), found[2] or "00", half=half or None)
    return words + seconds(found[3], None)


def _fraction_or_number(text: str, form: str, language: str) -> str | None:
    return _ordinal(text, form, language) if form == "ordinal" else _cardinal(text, form, language)


_KINDS: Final[dict[str, Callable[[str, str, str], str | None]]] = {
    "cardinal": _cardinal,
    "number": _fraction_or_number,
    "ordinal": _ordinal,
    "telephone": _telephone,
    "date": _date,
    "time": _time,
}
