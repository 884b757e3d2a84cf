"""Serial numbers, versions, codes of letters and digits."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import is_word, named, said
from steadyvoice.workers.text.english.number_words import cardinal, spelled
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letter_name, letters

_VERSIONED: Final = (
    r"[Vv]ersions?|[Rr]eleases?|[Bb]uild|[Ff]irmware|[Kk]ernel|Python|Node(?:\.js)?|Java|JavaScript|Ruby|PHP|Perl|Rust|"
    r"Swift|Kotlin|Ubuntu|Debian|Fedora|Linux|macOS|iOS|iPadOS|Android|Windows|Django|Rails|Chrome|Firefox|Safari|GCC|"
    r"Clang|LLVM|CUDA|PyTorch|TensorFlow|NumPy|PostgreSQL|Postgres|MySQL|MariaDB|SQLite|Redis|Docker|Kubernetes|nginx|"
    r"OpenSSL|Git|USB|HDMI|Bluetooth|HTTP|TLS|SSL|PCIe|GPT|Claude|Llama|Qwen|Gemini|Unicode|Minecraft|"
    r"[Ss]ections?|[Cc]hapters?|[Ff]igures?|[Tt]ables?|[Aa]ppendix|[Ee]xercises?|[Cc]lauses?|[Ss]ec\.|[Ff]ig\.|[Cc]h\."
)
_STAGES: Final = {
    "rc": "release candidate",
    "alpha": "alpha",
    "a": "alpha",
    "beta": "beta",
    "b": "beta",
    "dev": "dev",
    "post": "post",
    "pre": "pre",
    "preview": "preview",
    "patch": "patch",
}
_STAGE: Final = (
    rf"(?:[-.]?(?P<stage>{'|'.join(sorted(_STAGES, key=len, reverse=True))})[-.]?(?P<count>\d{{0,4}}))?(?!\w)"
)
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
_SPELLED: Final = re.compile(rf"(?:(?i:{_NUMBERED})|{_CODES}|[Cc]ode is)(?: is| was|:|=| =)?:? ?#?$")
_FLIGHT: Final = re.compile(r"[Ff]lights?(?: number)? (?:[A-Z]{2,3} ?)?$")
_CONTEXT: Final = 48
"""Characters before an expression that are searched for a word that says what it is."""
_PLACE: Final = re.compile(
    r"(?i:apartment|apt\.?|unit|seat|gate|room|row|flat|suite|house|building|number|no\.|platform|stand|hall|door) $"
)
_ALTERNATION: Final = re.compile(r"[^\W\d_]+|\d+")


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _CONTEXT) : match.start()]


def _grouped(digits: str, size: int = 3) -> str:
    """Digit by digit, with a pause after each group if there is more than one. The last group may have one more."""
    if len(digits) <= 2 * size:
        return spelled(digits)
    count = max(1, len(digits) // size)
    groups = [digits[i * size : (i + 1) * size if i < count - 1 else None] for i in range(count)]
    return ", ".join(map(spelled, groups))


def characters(code: str) -> str:
    """Every letter and digit by its name."""
    return " ".join(spelled(c) if c.isdecimal() else letter_name(c) for c in code if c.isalnum())


def _in_fours(code: str) -> str:
    """A long code has a pause after every four characters."""
    size = 4 if len(code) > 10 else len(code)
    return ", ".join(characters(code[i : i + size]) for i in range(0, len(code), size))


def dotted(version: str) -> str:
    """3.10 as "three point ten", 22.04 as "twenty two point zero four"."""
    return " point ".join(map(cardinal, version.split(".")))


def _version(match: re.Match[str]) -> str | None:
    words = dotted(match["version"])
    if stage := match["stage"]:
        words += f" {_STAGES[stage]} {cardinal(match['count']) if match['count'] else ''}".rstrip()
    return words


def _marked_version(match: re.Match[str]) -> str | None:
    is_named = _before(match).rstrip().lower().endswith(("version", "release"))
    words = _version(match)
    return words if is_named else f"version {words}"


def _long_version(match: re.Match[str]) -> str | None:
    """Two dots or more; a date has two, and a year."""
    parts = match["version"].split(".")
    is_date = len(parts) == 3 and len(parts[2]) == 4 and max(map(len, parts[:2])) < 3
    is_grouped_number = all(len(part) == 3 for part in parts[1:])
    return None if is_date or is_grouped_number else _version(match)


def _named_version(match: re.Match[str]) -> str | None:
    is_named = re.search(rf"(?<![\w.])(?:{_VERSIONED})[ -](?:v\.? ?)?$", _before(match))
    return _version(match) if is_named else None


def _named_digits(match: re.Match[str]) -> str | None:
    """Digits after a word such as "account number" or "zip code"."""
    return _grouped(match[0]) if _SPELLED.search(_before(match)) else None


def _leading_zero(match: re.Match[str]) -> str:
    return _grouped(match[0])


def _digit_groups(match: re.Match[str]) -> str | None:
    """As in an ISBN. Three groups of which one is a year are a date; few digits are a score or a countdown."""
    groups = match[0].split("-")
    lengths = [len(group) for group in groups]
    if sum(lengths) < 9 or lengths in ([2, 2, 4], [4, 2, 2]):
        return None
    return ", ".join(map(characters, groups))


def _flight(match: re.Match[str]) -> str | None:
    number = match["number"]
    if match["line"]:
        is_flight = match["line"] in _AIRLINES and len(number) > 2
        return f"{letters(match['line'])} {spelled(number)}" if is_flight or _FLIGHT.search(_before(match)) else None
    return None


_AIRLINES: Final = frozenset("BA UA DL LH AF KL EK QF SQ LX OS SK TK QR EY CX JL NH FR LO TP IB AZ AY WN BR".split())


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


def _graphics_card(match: re.Match[str]) -> str:
    return f"{letters(match[1])} {_by_hundreds(match[2])}" + (f" {match[3]}" if match[3] else "")


def _unique(match: re.Match[str]) -> str:
    return ", ".join(map(characters, match[0].split("-")))


def _hexadecimal(match: re.Match[str]) -> str:
    return f"zero X {_in_fours(match[1])}"


def _hash(match: re.Match[str]) -> str | None:
    """At least seven hexadecimal digits, of which some are letters and some are not. A number such as 1e10 is none."""
    text = match[0]
    if not re.search("[a-f]", text) or not re.search(r"\d", text) or re.fullmatch(r"\d+e\d+|[a-f]+\d{1,2}", text):
        return None
    return _in_fours(text)


def _plate(match: re.Match[str]) -> str | None:
    return f"{characters(match[1])}, {characters(match[2])}" if _PLATE.search(_before(match)) else None


_PLATE: Final = re.compile(r"(?i:plates?|registration|reg\.?)(?: number)?(?: is|:)? $")


def _letters_first(match: re.Match[str]) -> str | None:
    """B12, mp3, RTX4090, COVID-19, H2O, X9Z4."""
    text = match[0]
    parts = _ALTERNATION.findall(text)
    hyphen_parts = text.split("-")
    if len(hyphen_parts) > 1 and not _is_hyphenated_code(hyphen_parts):
        return None
    if text.islower() and re.fullmatch(r"[a-z]\d+[a-z]{1,2}", text):  # i18n
        return f"{letter_name(parts[0])} {cardinal(parts[1])} {letters(parts[2])}"
    if len(parts) > 3 and "-" not in text:
        return characters(text)
    return " ".join(_code_part(part, len(parts), "-" in text) for part in parts)


def _is_hyphenated_code(parts: list[str]) -> bool:
    """Every part is of capitals or digits, as in ABC-1234; or a word has a short number, as in Covid-19."""
    if all(part.isupper() or part.isdecimal() for part in parts):
        return True
    return len(parts) == 2 and parts[0].isalpha() and parts[1].isdecimal() and len(parts[1]) < 3


def _code_part(part: str, count: int, is_hyphenated: bool) -> str:
    if part.isdecimal():
        if len(part) == 3 and count == 2 and not is_hyphenated:
            return _by_hundreds(part)
        return cardinal(part) if len(part) < 3 else _grouped(part)
    if part.isupper() and len(part) < 4 and not is_word(part):
        return letters(part)
    return said(part) if part.isupper() else named(part) if part.islower() else part


def _digits_first(match: re.Match[str]) -> str | None:
    """14C, 4K, 3D, 5G, 7ABC123. A million and its like belong to numbers."""
    text = match[0]
    parts = _ALTERNATION.findall(text)
    if len(parts) > 2:
        return characters(text) if text.isupper() else None
    digits, tail = parts
    if not tail.isupper() or len(tail) > 3 or "-" in text:
        return None
    if not _PLACE.search(_before(match)) and (tail in _SCALES or (tail == "K" and len(digits) > 1)):
        return None
    return f"{cardinal(digits) if len(digits) < 3 else _by_hundreds(digits)} {letters(tail)}"


_SCALES: Final = frozenset("M B T MM BN TN X AM PM AD BC CE BCE TH ST ND RD S".split())
_EDGE: Final = r"(?<![\w.$€£¥#@'’-])(?<!\d,)"
_END: Final = r"(?![\w'’%°$€£²³]|-\w|[.,:/]\d)"

RULES: tuple[Rule, ...] = (
    Rule(
        "unique identifier",
        LETTER + DIGIT,
        re.compile(r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])"),
        _unique,
    ),
    Rule("hexadecimal number", DIGIT, re.compile(r"(?<!\w)0[xX]([0-9A-Fa-f]{1,32})(?!\w)"), _hexadecimal),
    Rule("hash", LETTER + DIGIT, re.compile(r"(?<![\w-])[0-9a-f]{7,64}(?![\w-])"), _hash),
    Rule(
        "version",
        LETTER,
        re.compile(rf"(?<![\w.'’-])(?:v\.?|V(?=\d+\.\d))(?P<version>\d{{1,5}}(?:\.\d{{1,5}}){{0,4}})(?!\.\d){_STAGE}"),
        _marked_version,
    ),
    Rule(
        "version",
        DIGIT,
        re.compile(rf"(?<![\w.,$€£-])(?P<version>\d{{1,5}}(?:\.\d{{1,5}}){{2,4}})(?!\.\d){_STAGE}"),
        _long_version,
    ),
    Rule("version", DIGIT, re.compile(rf"(?P<version>\d{{1,5}}\.\d{{1,5}})(?![.,]\d|%){_STAGE}"), _named_version),
    Rule("named digits", DIGIT, re.compile(r"\d{3,32}(?![\w%°-]|[.,:/]\d)"), _named_digits),
    Rule("leading zero", DIGIT, re.compile(rf"{_EDGE}0\d{{3,31}}{_END}"), _leading_zero),
    Rule(
        "digit groups",
        DIGIT,
        re.compile(r"(?<![\w.,/-])\d{1,7}(?:-\d{1,7}){2,5}(?:-X)?(?![\w%]|-\w|[.,:/]\d)"),
        _digit_groups,
    ),
    Rule("plate", LETTER, re.compile(r"(?<!\w)([A-Z]{2,3}\d{0,2}) (\d{2,4}|[A-Z]{3})(?!\w)"), _plate),
    Rule("flight", LETTER, re.compile(r"(?<!\w)(?P<line>[A-Z]{2}) (?P<number>\d{2,4})(?![\w%-]|[.,:/]\d)"), _flight),
    Rule(
        "aircraft",
        LETTER,
        re.compile(r"(?<!\w)(Boeing|Airbus|Porsche|Peugeot) ([1-9]\d{2})(?![\w%-]|[.,:/]\d)"),
        _aircraft,
    ),
    Rule(
        "graphics card",
        LETTER,
        re.compile(r"(?<!\w)(RTX|GTX|RX|GT|MX) ?(\d{3,4})( ?(?:Ti|XT|XTX|Super|SUPER))?(?![\w-]|[.,:/]\d)"),
        _graphics_card,
    ),
    Rule(
        "code",
        LETTER,
        re.compile(
            rf"{_EDGE}(?:[A-Za-z]{{1,12}}\d|[A-Za-z]{{1,12}}-\d|[A-Z]{{1,5}}-[A-Z]{{1,5}}-?\d)[A-Za-z0-9-]{{0,30}}(?<![-]){_END}"
        ),
        _letters_first,
    ),
    Rule(
        "code",
        DIGIT,
        re.compile(rf"{_EDGE}\d{{1,8}}-?[A-Z][A-Z0-9]{{0,16}}{_END}"),
        _digits_first,
    ),
)
