"""Street addresses, states and postal codes of the United States."""

import re
from typing import Final

from steadyvoice.workers.text.english.abbreviation_tables import ROADS
from steadyvoice.workers.text.english.identifiers import text_before
from steadyvoice.workers.text.english.number_words import cardinal, spelled
from steadyvoice.workers.text.english.sentence_ends import with_stop
from steadyvoice.workers.text.english.states import ABBREVIATIONS, CODES, NAMES, NO_OTHER_WORDS
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule
from steadyvoice.workers.text.spelling import letter_name

_DIRECTIONS: Final = {
    "N": "north",
    "S": "south",
    "E": "east",
    "W": "west",
    "NE": "northeast",
    "NW": "northwest",
    "SE": "southeast",
    "SW": "southwest",
}
_MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
_DIRECTION: Final = r"(?:[NS][EW]?|[EW])\.? "
_ORDINAL: Final = r"\d{1,3}(?:st|nd|rd|th)"
_NAME: Final = rf"(?:(?!{_MONTH})[A-Z][\w'’-]{{0,20}}\.?|{_ORDINAL}|of|the|de|del|la|las|los) "
_ROAD_NAMES: Final = "|".join(sorted({*ROADS.values(), "way", "row", "close", "crescent", "circle", "trail"}))
_ABBREVIATED_ROAD: Final = "|".join(ROADS)
_ROAD: Final = rf"(?:(?i:{_ABBREVIATED_ROAD})|(?i:{_ROAD_NAMES}))(?!\w)"
_STREET: Final = rf"(?:{_NAME}){{1,5}}?{_ROAD}"
_HOUSE: Final = r"(?:^|[\s(\"“])\d{1,5}[A-Za-z]? "
_HOUSE_BEFORE: Final = lazy(rf"{_HOUSE}$")
_NAME_BEFORE: Final = lazy(rf"{_HOUSE}(?:{_DIRECTION})?(?:{_NAME}){{1,5}}$")
_STREET_BEFORE: Final = lazy(rf"(?:{_HOUSE}(?:{_DIRECTION})?(?:{_NAME}){{1,5}}?|{_ORDINAL} ){_ROAD}\.?,? $")
_ROAD_BEFORE: Final = lazy(rf"(?:^|[\s(])[A-Z][\w'’-]* {_ROAD}\.? $")
_NAMED_BEFORE: Final = lazy(r"(?:^|[\s(])[A-Z][\w'’-]* $")
_QUADRANT_NEXT: Final = lazy(r" [NS][EW](?!\w)")
_YEAR_BEFORE: Final = lazy(r"(?i:(?<!\w)(?:in|since|by|until|till|from|of|during|before|after|and|to)) $")
_YEAR: Final = lazy("(?:19|20)..")
_BOX_BEFORE: Final = lazy(r"(?<!\w)(?:P\.? ?O\.? ?|[Pp]ost [Oo]ffice )[Bb]ox $")

_TOWN: Final = (
    r"(?:^|[\s(\"“])(?!(?:Yes|No|Oh|Hello|Hi|Well|Sorry|Thanks|Please|Dear|Sir|But|And|So),)[A-Z][\w'’.-]*[a-z]"
)
_TOWN_BEFORE: Final = lazy(rf"{_TOWN}, $")
_TOWN_OR_CAPITALS_BEFORE: Final = lazy(rf"(?:{_TOWN},?|[A-Z]{{2,}},) $")
_TOWN_IN_A_SENTENCE: Final = lazy(
    r"(?:^|\s)(?i:in|from|near|to|of|at|visit|outside|leave|left) (?:[A-Z][\w'’.-]* ){0,2}[A-Z][\w'’-]*[a-z], $"
)
_INITIALS_AFTER: Final = lazy(r";| \(| [A-Z]")
"""After the initials of an author: "Ward, SC; Lee, MT (1999)"."""
_ONE_WORD_BEFORE: Final = lazy(r"^[A-Z][a-z]+, $")
_POSTAL_CODE_NEXT: Final = lazy(r",? \d{5}(?:-\d{4})?(?![\w-])")
_AMBIGUOUS: Final = frozenset("HI ID IN LA MA MD ME MS OH OK OR PA CO AL".split())
"""Codes that are words, degrees or other names too."""
_STATE_BEFORE: Final = lazy(
    rf"(?:(?:{_TOWN},?|[A-Z]{{2,}},) (?:{'|'.join(CODES)}|DC),?|, (?:{'|'.join(NAMES)}),?|"
    rf", (?:{'|'.join(ABBREVIATIONS)})\.,?) $"
)


def house_number(digits: str) -> str:
    """In pairs: 1428 as "fourteen twenty eight", 708 as "seven zero eight". Five digits singly."""
    if digits[0] == "0" or (len(digits) > 4 and digits[-3:] != "000"):
        return spelled(digits)
    head, tail = digits[:-2], digits[-2:]
    if len(digits) < 3 or digits[-3:] == "000" or (tail == "00" and len(digits) == 3):
        return cardinal(digits)
    if tail == "00":
        return f"{cardinal(head)} hundred"
    return f"{cardinal(head)} {spelled(tail) if tail[0] == '0' else cardinal(tail)}"


def _house(match: re.Match[str]) -> str | None:
    digits, letter = match["digits"], match["letter"]
    if _YEAR.fullmatch(digits) and _YEAR_BEFORE.search(text_before(match)):
        return None
    return house_number(digits) + (f" {letter_name(letter)}" if letter else "")


def _box(match: re.Match[str]) -> str | None:
    return house_number(match[0]) if _BOX_BEFORE.search(text_before(match)) else None


def _direction(match: re.Match[str]) -> str | None:
    """Between a house number and the name of its street, or before a numbered street."""
    is_before_street = match["numbered"] is not None or _HOUSE_BEFORE.search(text_before(match))
    return _DIRECTIONS[match["direction"]] if is_before_street else None


def _direction_after(match: re.Match[str]) -> str | None:
    before, direction = text_before(match), match["direction"]
    follows_road = _STREET_BEFORE.search(before) or (len(direction) == 2 and _ROAD_BEFORE.search(before))
    return _DIRECTIONS[direction] if follows_road else None


def _road(match: re.Match[str]) -> str | None:
    """In any case after a house number and the name of a street, or before a quadrant of a town: "K St NW"."""
    before = text_before(match)
    is_in_quadrant = _NAMED_BEFORE.search(before) and _QUADRANT_NEXT.match(match.string, match.end())
    if not (_NAME_BEFORE.search(before) or is_in_quadrant):
        return None
    return with_stop(match, ROADS[match["road"].title()], is_address=True)


def _code(match: re.Match[str]) -> str | None:
    """After a town: "Salem, OR 97301". A code that is a word too needs more than the comma before it."""
    before, code = text_before(match), match[0]
    if _POSTAL_CODE_NEXT.match(match.string, match.end()):
        return CODES[code] if _TOWN_OR_CAPITALS_BEFORE.search(before) else None
    if not _TOWN_BEFORE.search(before) or (
        _INITIALS_AFTER.match(match.string, match.end()) and not _TOWN_IN_A_SENTENCE.search(before)
    ):
        return None
    if code in _AMBIGUOUS and not (_TOWN_IN_A_SENTENCE.search(before) or _is_alone(match, before)):
        return None
    return CODES[code]


def _is_alone(match: re.Match[str], before: str) -> bool:
    """A town of one word and its state are the whole segment."""
    return _ONE_WORD_BEFORE.match(before) is not None and not match.string[match.end() :].strip(".")


def _abbreviation(match: re.Match[str]) -> str | None:
    name, before = match["name"], text_before(match)
    follows_town = _TOWN_BEFORE.search(before) or (name in NO_OTHER_WORDS and _TOWN_OR_CAPITALS_BEFORE.search(before))
    return with_stop(match, ABBREVIATIONS[name]) if follows_town else None


def _postal_code(match: re.Match[str]) -> str | None:
    if not _STATE_BEFORE.search(text_before(match)):
        return None
    return ", ".join(map(spelled, match[0].split("-")))


RULES: tuple[Rule, ...] = (
    Rule(
        "house number",
        DIGIT,
        lazy(
            r"(?<![\w.,$€£#/-])(?P<digits>\d{1,5})(?P<letter>[A-H])?"
            rf"(?= (?:{_DIRECTION})?{_STREET}| block of [A-Z\d])"
        ),
        _house,
    ),
    Rule("post office box", DIGIT, lazy(r"(?<![\w.,$€£#/-])\d{1,6}(?![\w%-]|[.,:/]\d)"), _box),
    Rule("postal code", DIGIT, lazy(r"(?<![\w.,$€£#/-])\d{5}(?:-\d{4})?(?![\w%-]|[.,:/]\d)"), _postal_code),
    Rule(
        "direction",
        "ENSW",
        lazy(rf"(?<![\w'’.-])(?P<direction>[NS][EW]?|[EW])\.?(?= (?P<numbered>{_ORDINAL} {_ROAD})?)(?= {_STREET})"),
        _direction,
    ),
    Rule("direction", "ENSW", lazy(r"(?<![\w'’.-])(?P<direction>[NS][EW]?|[EW])(?![\w'’-])"), _direction_after),
    Rule(
        "road",
        "ABCDEFHLPRSTabcdefhlprst",
        lazy(rf"(?<![\w'’@/.-])(?P<road>(?i:{_ABBREVIATED_ROAD}))\.?(?![\w@/]|['’]\w)"),
        _road,
    ),
    Rule("state", "ACDFGHIKLMNOPRSTUVW", lazy(rf"(?<![\w'’@/.&-])(?:{'|'.join(CODES)})(?![\w'’@/&-]|\.\w)"), _code),
    Rule(
        "state",
        "ACDFGIKLMNOPTVW",
        lazy(rf"(?<![\w'’@/.-])(?P<name>{'|'.join(ABBREVIATIONS)})\.(?![\w@/])"),
        _abbreviation,
    ),
)
