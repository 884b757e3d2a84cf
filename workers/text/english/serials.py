"""Serial numbers, versions, codes of letters and digits."""

import re
from typing import Final

from steadyvoice.workers.text.english import identifiers, joined_codes, versions
from steadyvoice.workers.text.english.acronyms import is_word, named, said
from steadyvoice.workers.text.english.identifiers import EDGE, END, IDENTIFIED, characters, grouped, text_before
from steadyvoice.workers.text.english.number_words import cardinal, spelled, year
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letter_name, letters

_PLACE: Final = lazy(
    r"(?i:apartment|apt\.?|unit|seat|gate|room|row|flat|suite|house|building|number|no\.|platform|stand|hall|door|"
    r"figure|fig\.|section|part|question|exercise|chapter|table|grade|class|step|page|p\.|note|item|clause) $"
)
_FORMULA: Final = lazy(r"(?=.*[a-z])(?:[A-Z][a-z]?\d{0,3}){2,8}|(?:[CHNOSPK]\d{0,3}){2,8}")
"""Of chemistry: CaCO3, C6H12O6."""
_ALTERNATION: Final = lazy(r"[^\W\d_]+|\d+")
_SCALES: Final = frozenset("M B T MM BN TN X AM PM AD BC CE BCE TH ST ND RD S".split())


def _aircraft(match: re.Match[str]) -> str:
    return f"{match[1]} {_by_hundreds(match[2])}"


def _by_hundreds(digits: str) -> str:
    """747 as "seven forty seven", 4090 as "forty ninety", 505 as "five oh five"."""
    if digits[0] == "0" or len(digits) not in (3, 4):
        return cardinal(digits) if len(digits) < 3 else spelled(digits)
    head, tail = digits[:-2], digits[-2:]
    if tail == "00":
        return cardinal(digits)
    return f"{cardinal(head)} {cardinal(tail) if tail[0] != '0' else f'oh {cardinal(tail[1])}'}"


def _model(match: re.Match[str]) -> str:
    """RTX 4090 Ti, RFC 2616."""
    return f"{letters(match[1])} {_by_hundreds(match[2])}" + (f" {match[3]}" if match[3] else "")


def _letters_first(match: re.Match[str]) -> str | None:
    """B12, mp3, RTX4090, COVID-19, H2O, X9Z4."""
    text = match[0]
    parts = _ALTERNATION.findall(text)
    hyphen_parts = text.split("-")
    if len(hyphen_parts) > 1 and not _is_hyphenated_code(hyphen_parts):
        return None
    if text.islower() and re.fullmatch(r"[a-z]\d+[a-z]{1,2}", text):  # i18n
        return f"{letter_name(parts[0])} {_by_hundreds(parts[1])} {letters(parts[2])}"
    if IDENTIFIED.search(text_before(match)) and not any(map(_is_name, parts)):
        return ", ".join(map(characters, hyphen_parts))
    if _FORMULA.fullmatch(text):
        return " ".join(cardinal(part) if part.isdecimal() else letters(part) for part in parts)
    if len(parts) > 3 and "-" not in text:
        return _characters_and_tens(parts)
    return " ".join(_code_part(part, len(parts), "-" in text, len(parts[0]) < 3) for part in parts)


def _is_name(part: str) -> bool:
    return part.isalpha() and is_word(part.upper())


def _characters_and_tens(parts: list[str]) -> str:
    """Every character by its name, two digits as a number: B2A23C."""
    return " ".join(cardinal(part) if part.isdecimal() and len(part) == 2 else characters(part) for part in parts)


def _is_hyphenated_code(parts: list[str]) -> bool:
    """Every part is of capitals or digits, as in ABC-1234; or a word has a short number, as in Covid-19."""
    if all(part.isupper() or part.isdecimal() for part in parts):
        return True
    return len(parts) == 2 and parts[0].isalpha() and parts[1].isdecimal() and len(parts[1]) < 3


def _code_part(part: str, count: int, is_hyphenated: bool, is_short: bool) -> str:
    if part.isdecimal():
        if len(part) == 4 and part[:2] in ("19", "20") and count > 2:
            return year(part)
        if len(part) == 3 and count < 4 and (is_short or not is_hyphenated):
            return _by_hundreds(part)
        if len(part) == 4 and part[0] != "0" and part.endswith("000"):
            return cardinal(part)
        return cardinal(part) if len(part) < 3 else grouped(part)
    if part.isupper() and len(part) < 4 and not is_word(part):
        return letters(part)
    return said(part) if part.isupper() else named(part) if part.islower() else part


def _digits_first(match: re.Match[str]) -> str | None:
    """14C, 4K, 3D, 5G, 7ABC123. A million and its like belong to numbers."""
    text = match[0]
    parts = _ALTERNATION.findall(text)
    if len(parts) > 2:
        return _characters_and_tens(parts) if text.isupper() else None
    digits, tail = parts
    if not tail.isupper() or len(tail) > 3 or "-" in text:
        return None
    if not _PLACE.search(text_before(match)) and (tail in _SCALES or (tail == "K" and len(digits) > 1)):
        return None
    return f"{cardinal(digits) if len(digits) < 3 else _by_hundreds(digits)} {letters(tail)}"


def _lettered(match: re.Match[str]) -> str | None:
    """Figure 2b, apartment 4a."""
    return f"{cardinal(match[1])} {letter_name(match[2])}" if _PLACE.search(text_before(match)) else None


def _number_and_letter(match: re.Match[str]) -> str:
    return f"{_by_hundreds(match[1])} {letter_name(match[2])}"


def _clause(match: re.Match[str]) -> str:
    """501(c)(3) of a law, section 4(b)."""
    parts = re.findall(r"\w", match[2])
    return " ".join([_by_hundreds(match[1]), *(cardinal(p) if p.isdecimal() else letter_name(p) for p in parts)])


def _dotted_code(match: re.Match[str]) -> str:
    return f"{letter_name(match[1])} {_by_hundreds(match[2])}"


RULES: tuple[Rule, ...] = (
    *versions.RULES,
    *identifiers.RULES,
    Rule(
        "countdown",
        "T",
        lazy(r"(?<![\w-])T[-–−](?=\d{1,3}(?::\d\d(?!\d)|\s(?:day|hour|hr|minute|min|second|sec|week)s?\b))"),
        lambda _: "T minus",
    ),
    *joined_codes.RULES,
    Rule(
        "aircraft",
        "ABP",
        lazy(r"(?<!\w)(Boeing|Airbus|Porsche|Peugeot) ([1-9]\d{2})(?![\w%-]|[.,:/]\d)"),
        _aircraft,
    ),
    Rule(
        "model",
        "GMR",
        lazy(r"(?<!\w)(RTX|GTX|RX|GT|MX|RFC) ?(\d{3,4})( ?(?:Ti|XT|XTX|Super|SUPER))?(?![\w-]|[.,:/]\d)"),
        _model,
    ),
    Rule(
        "code",
        LETTER,
        lazy(
            rf"{EDGE}(?:[A-Za-z]{{1,12}}\d|[A-Za-z]{{1,12}}-\d|[A-Z]{{1,5}}-[A-Z]{{1,5}}-?\d)[A-Za-z0-9-]{{0,30}}(?<![-]){END}"
        ),
        _letters_first,
    ),
    Rule("lettered number", DIGIT, lazy(rf"{EDGE}(\d{{1,3}})([a-h]){END}"), _lettered),
    Rule("clause", DIGIT, lazy(r"(?<![\w.,$€£])(\d{1,3})(\([a-k]\)(?:\([1-9a-k]\)){0,3})(?![\w(])"), _clause),
    Rule("video", DIGIT, lazy(r"(?<![\w.,])(480|576|720|1080|1440|2160)([pi])(?!\w)"), _number_and_letter),
    Rule("code", "HX", lazy(r"(?<![\w.])([HX])\.(26\d)(?!\w)"), _dotted_code),
    Rule(
        "code",
        DIGIT,
        lazy(rf"{EDGE}\d{{1,8}}-?[A-Z][A-Z0-9]{{0,16}}{END}"),
        _digits_first,
    ),
)
