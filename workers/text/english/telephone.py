"""Telephone numbers, numbers of payment cards and of social security."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import is_word
from steadyvoice.workers.text.english.number_words import cardinal, spelled
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letters

_CONTEXT: Final = 40
"""Characters before a number that are searched for a word of calling."""
_CALLING: Final = lazy(
    r"(?<!\w)(?:(?:call(?:s|ed|ing)?|phon(?:e|es|ed|ing)|telephone|tel|cell|mobile|landline|fax|hotline|helpline|"
    r"dial(?:s|ed|ing)?|ring|rang|text(?:s|ed|ing)?|whatsapp|(?:reach|contact)(?: \w+)? (?:at|on)|extension)(?!\w)"
    r"[^.?!;]*|tel\. ?)$",
    re.IGNORECASE,
)
_NOT_CALLED: Final = r"(?! (?:people|times|men|women|more|other|different|of|or so|\w{3,}(?:ers|ors|ents)\b))"
_GROUP: Final = lazy(r"[0-9A-Za-z]+")
_MIN_DIGITS: Final = 7
_MAX_DIGITS: Final = 15
"""Of an international number, with the code of its country."""

_EXTENSION: Final = r"(?P<extension>,? ?(?:ext(?:ension)?\.?|x) ?\d{1,6}(?!\w))?"
_BEFORE: Final = r"(?<![\w.,$€£+#/-])"
_END: Final = r"(?![\w%°]|[.,:/-]\d)"


def _read(number: str) -> str:
    """Digit by digit, with a pause between groups; the code 800 as "eight hundred"."""
    return _read_groups(_GROUP.findall(number))


def _read_groups(groups: list[str]) -> str:
    code = 1 if groups[0] == "1" else 0
    return ", ".join(
        cardinal(group) if at == code and group in ("800", "900") else _group(group) for at, group in enumerate(groups)
    )


def _group(group: str) -> str:
    """Digits, or letters of the keys: a word if it can be one."""
    if group.isdecimal():
        return spelled(group)
    return group.lower() if is_word(group) else letters(group)


def _with_extension(match: re.Match[str]) -> str:
    extension = match["extension"] or ""
    number = match[0].removesuffix(extension)
    digits = re.search(r"\d+", extension)
    words = _read(number)
    if number.startswith("+"):
        words = f"plus {words}"
    return f"{words}, extension {spelled(digits[0])}" if digits else words


def _is_called(match: re.Match[str]) -> bool:
    return _CALLING.search(match.string[max(0, match.start() - _CONTEXT) : match.start()]) is not None


def _international(match: re.Match[str]) -> str | None:
    number = match[0].removesuffix(match["extension"] or "")
    count = sum(map(str.isdecimal, number))
    return _with_extension(match) if _MIN_DIGITS < count <= _MAX_DIGITS else None


def _local(match: re.Match[str]) -> str | None:
    """555-1234 may also be a range, which ends with a greater and most often round number."""
    area, number = match[1], match[2]
    return _with_extension(match) if area == "555" or number[0] == "0" or _is_called(match) else None


def _national(match: re.Match[str]) -> str | None:
    """A number that begins with zero and has 9 to 12 digits in groups."""
    count = sum(map(str.isdecimal, match["number"]))
    return _with_extension(match) if 9 <= count <= 12 else None


def _plain(match: re.Match[str]) -> str | None:
    digits = match[0]
    if not _is_called(match):
        return None
    return _read_groups([digits[:-7], digits[-7:-4], digits[-4:]] if len(digits) == 10 else [digits[:-4], digits[-4:]])


def _emergency(match: re.Match[str]) -> str | None:
    before = match.string[max(0, match.start() - 20) : match.start()]
    after = match.string[match.end() : match.end() + 12]
    is_called = re.search(
        r"(?i:(?<!\w)(?:call(?:s|ed|ing)?|dial(?:s|ed|ing)?|ring|rang|phon(?:e|ed|ing)) (?:to )?)$", before
    )
    is_service = re.match(r" (?:calls?|caller|operator|dispatcher|emergency)(?!\w)", after)
    return spelled(match[0]) if is_called or is_service else None


def _vanity(match: re.Match[str]) -> str | None:
    """Seven letters and digits or more. Small letters after 800 alone are a word, as in "800-meter"."""
    number = match["number"]
    is_long = len(number.replace("-", "")) >= _MIN_DIGITS
    return _read(match[0]) if is_long and (number.isupper() or match["prefix"] == "1-") else None


def _groups(match: re.Match[str]) -> str:
    return _read(match[0])


RULES: tuple[Rule, ...] = (
    Rule(
        "international number",
        "+",
        lazy(rf"(?<![\w.])\+\d{{1,3}}(?:[ .-]?\(\d{{1,5}}\)|[ .-]?\d{{1,12}}){{1,6}}{_END}{_EXTENSION}"),
        _international,
    ),
    Rule(
        "vanity number",
        DIGIT,
        lazy(
            rf"{_BEFORE}(?P<prefix>1[ -])?8(?:00|88|77|66|55|44|33)-(?P<number>(?=[\d-]{{0,7}}[A-Za-z])"
            r"[0-9A-Za-z]{1,10}(?:-[0-9A-Za-z]{1,10}){0,4})(?![\w-]\w?)"
        ),
        _vanity,
    ),
    Rule(
        "telephone number",
        "(" + DIGIT,
        lazy(
            r"(?<![\w.,$€£+#/-])(?:1[ .-]?)?(?:\(\d{3}\)[ -]?|[2-9]\d{2}(?P<sign>[ .-]))"
            r"\d{3}(?(sign)(?P=sign)|[ .-])\d{4}"
            rf"{_END}{_EXTENSION}"
        ),
        _with_extension,
    ),
    Rule(
        "national number",
        "(" + DIGIT,
        lazy(rf"{_BEFORE}(?P<number>(?:\(0\d{{1,4}}\)|0\d{{1,4}})(?:[ -]\d{{2,8}}){{1,4}}){_END}{_EXTENSION}"),
        _national,
    ),
    Rule("local number", DIGIT, lazy(rf"{_BEFORE}([2-9]\d\d)-(\d{{4}}){_END}{_EXTENSION}"), _local),
    Rule(
        "payment card",
        DIGIT,
        lazy(
            rf"{_BEFORE}\d{{4}}(?P<sign>[ -])(?:\d{{4}}(?P=sign)\d{{4}}(?P=sign)\d{{4}}|\d{{6}}(?P=sign)\d{{5}}){_END}"
        ),
        _groups,
    ),
    Rule("social security number", DIGIT, lazy(rf"{_BEFORE}\d{{3}}-\d{{2}}-\d{{4}}{_END}"), _groups),
    Rule("telephone number", DIGIT, lazy(rf"{_BEFORE}(?:\d{{7}}|\d{{10}}|0\d{{9,10}}){_END}"), _plain),
    Rule(
        "emergency number",
        DIGIT,
        lazy(rf"{_BEFORE}(?:911|999|112|988|311|411|211|101|111|000|110|119){_END}{_NOT_CALLED}"),
        _emergency,
    ),
    Rule(
        "extension",
        "Ee",
        lazy(r"(?<!\w)[Ee]xt(?:ension\b|\.|(?= ?\d)) ?(\d{1,6})(?![\w%]|[.,:/-]\d)"),
        lambda match: f"extension {spelled(match[1])}",
    ),
)
