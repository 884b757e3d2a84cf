"""Roman numerals by their context: Chapter IV, Henry VIII, World War II."""

import re
from typing import Final

from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_VALUES: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_NUMERAL: Final = r"(?:[IVXLC]{1,9}|[ivxlc]{1,9})"
_VALID: Final = lazy(r"c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_WINDOW: Final = 48

_DIVISION: Final = (
    "chapter|part|act|scene|section|volume|vol|book|article|canto|title|appendix|annex|schedule|figure|table|lesson|"
    "episode|stanza|psalm|paragraph|clause|fig|sec|chap|ch|art"
)
_KIND: Final = "phase|stage|type|class|grade|level|group|category|division|mark|step|round|season|unit|tier|factor"
_EVENT: Final = "world wars?|super bowl|war|bowl|olympiad|vatican|wrestlemania"
_PAGE: Final = "page|pages|pp?|note|fn"
_NOUN: Final = lazy(
    rf"\b(?:(?P<division>{_DIVISION})s?|(?P<kind>{_KIND})s?|(?P<event>{_EVENT})|(?P<page>{_PAGE}))\.?\s"
    rf"(?:{_NUMERAL}(?:,|,? (?:and|or|to|&)| ?[-–])\s){{0,3}}$",
    re.IGNORECASE,
)
_RULER: Final = frozenset(
    "Henry Louis Elizabeth George Charles James William Edward Richard Mary John Paul Pius Benedict Gregory Leo "
    "Innocent Clement Urban Alexander Nicholas Catherine Peter Ivan Frederick Wilhelm Friedrich Napoleon Philip "
    "Philippe Felipe Ferdinand Alfonso Carlos Carl Gustav Gustaf Christian Harald Haakon Olav Ramesses Ramses Rameses "
    "Thutmose Amenhotep Seti Ptolemy Cleopatra Darius Xerxes Artaxerxes Cyrus Mehmed Murad Selim Bayezid Otto Leopold "
    "Albert Emmanuel Umberto Joseph Franz Ludwig Maximilian Rudolf Sigismund Constantine Theodosius Justinian "
    "Valentinian Michael Basil Robert David Kenneth Margaret Anne Stephen Isabella Pedro Manuel Afonso Sancho Casimir "
    "Sixtus Julius Boniface Celestine Adrian Eugene Martin Callixtus Wenceslaus Ladislaus Andrew Rama Juan Heinrich "
    "Karl Friederich Baldwin Bohemond Conrad Eric Erik Magnus Valdemar Waldemar Canute Cnut Malcolm Hassan Mohammed "
    "Muhammad Abdulhamid Tiberius Philips Francis Hussein Abdullah Rainier Beatrix Wilhelmina Juliana Margrethe "
    "Louise Victoria Sigmund Honorius Victor Stephan Zygmunt "
    "Tom Thomas Sam Walter Arthur Benjamin Theodore Harry Hugh Ralph Lewis Oscar Cornelius Jonathan Winston".split()
)
_STYLED: Final = lazy(
    r"\b(?:king|queen|pope|emperor|empress|tsar|czar|kaiser|prince|princess|sultan|pharaoh|shah|duke|archduke|count|"
    r"saint|st\.?|patriarch|popes|kings)\s(?:[^\W\d_]+\s)?$",
    re.IGNORECASE,
)
_PRECEDING_NAME: Final = lazy(r"(?:([A-Z][\w'’]+|[A-Z]\.)\s)?([^\W\d_a-z][^\W\d_]+)\s$")
_NOT_NAMES: Final = frozenset(
    "The An This That These Those My His Her Their Our Your In On By With From For At To As And Or But If When Via No "
    "Its Of Is Are Was Start Starts Give Given Use Using Run Open Insert Get Place Dear".split()
)
_DRIP: Final = lazy(
    r"[ -](?:fluids?|drips?|antibiotics?|lines?|bags?|access|therapy|infusions?|poles?|medications?|push|catheters?|"
    r"contrast|iron|drugs?|treatments?|sedation|injections?|stand|tubing|dose)\b",
    re.IGNORECASE,
)
_ORDERED: Final = (
    r"(?:th|st|nd|rd)?(?=[ -](?i:centur(?:y|ies)|dynasty|olympi\w+|congress|legion|army|corps|arrondissement|"
    r"international|republic)\b)|(?:th|st|nd|rd)(?!\w)"
)
_FIRST_OF_NAME: Final = lazy(
    r"['’]s\b|[,.;:!?)]|$| (?:of|reigned|ruled|died|became|and (?:his|her|[A-Z]\w+)|in \d)\b|\s?[-–]"
)
_VERB_OF_NAME: Final = lazy(r" (?:was|were|is|had)\b")
_PREPOSITION: Final = lazy(
    r"\b(?:with|like|to|for|from|at|than|as|near|about|but|so|because|and|that)\s$", re.IGNORECASE
)
_PRONOUN_VERB: Final = lazy(
    r" (?:am|have|think|thought|know|knew|like|liked|love|loved|saw|see|met|read|want|wanted|mean|meant|do|did|can|"
    r"could|will|would|should|must|may|believe|guess|hope|feel|felt|remember|mentioned|said|say|told|heard|admire|described|"
    r"studied|wrote|spoke|visited|never|always|also|just|really)\b"
)
_MEDICAL: Final = lazy(r" (?:errors?|diabetes|hypersensitivity|cancer|trials?|stud(?:y|ies)|clinical|collagen)\b")
_STOPPED: Final = lazy(r"[,.;:!?)\]]|$| (?:and|to|or) [IVXivx]+\b|\s?[-–]")
_EARLIER_NUMERAL: Final = lazy(r"\b[IVX]{2,6}(?:,|,? (?:and|or|to))\s$")
_HEADING: Final = lazy(r"\. [A-Z][a-z]")
_YEAR: Final = lazy(r"M{1,2}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_COPYRIGHT: Final = lazy(r"(?:©|\(c\)|\bcopyright)\s$", re.IGNORECASE)
_INITIAL: Final = lazy(r"\.\s?[A-Z]")


def _value(numeral: str) -> int:
    values = [_VALUES[letter] for letter in numeral.lower()]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def _roman(match: re.Match[str]) -> str | None:
    numeral, end = match["numeral"], match.end("numeral")
    if not _VALID.fullmatch(numeral):
        return None
    if match["last"]:
        is_range = _VALID.fullmatch(match["last"]) and _NOUN.search(_before(match))
        return f"{_cardinal(numeral)} to {_cardinal(match['last'])}" if is_range else None
    if numeral.isupper() and (said := _ruler(match, numeral, end)):
        return said
    if (noun := _NOUN.search(_before(match))) is not None:
        return _cardinal(numeral) if _is_numbered(noun, numeral, match.string, end) else None
    return _cardinal(numeral) if _stands_alone(match, numeral, end) else None


def _cardinal(numeral: str) -> str:
    return number_words.cardinal(_value(numeral))


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _WINDOW) : match.start()]


def _ruler(match: re.Match[str], numeral: str, end: int) -> str | None:
    """Henry VIII, Pope Pius X, John Paul II; also William Gates III. A single I may be the pronoun."""
    before = _before(match)
    name = _PRECEDING_NAME.search(before)
    if name is None or set(numeral) & set("LC") or _INITIAL.match(match.string, end):
        return None
    styled = _STYLED.search(before[: name.start(2)]) is not None
    if not (styled or name[2] in _RULER or (name[1] in _RULER and len(numeral) > 1)):
        return None
    if numeral == "I" and not _is_first(match.string, end, before[: name.start(2)], styled=styled):
        return None
    if numeral == "X" and name[2] == "Malcolm":
        return None
    return f"the {number_words.ordinal(_value(numeral))}"


def _is_first(text: str, end: int, before_name: str, *, styled: bool) -> bool:
    """Is the I after a name the first of that name, not the pronoun?"""
    if _FIRST_OF_NAME.match(text, end):
        return True
    if styled:
        return not _PRONOUN_VERB.match(text, end)
    return _VERB_OF_NAME.match(text, end) is not None and not _PREPOSITION.search(before_name)


def _is_numbered(noun: re.Match[str], numeral: str, text: str, end: int) -> bool:
    """After a noun: any numeral of two letters; of one letter only where it cannot be a word or a letter."""
    if len(numeral) > 1:
        return numeral.isupper() or not noun["kind"] or noun["kind"].islower()
    is_stopped = _STOPPED.match(text, end) is not None
    if numeral.islower():
        return bool(
            numeral in "ivx" and noun["division"] and (is_stopped or noun["division"].lower() in ("act", "scene"))
        )
    if numeral not in "IVX":
        return False
    name = next(filter(None, noun.groups()))
    if noun["kind"]:
        is_known = numeral == "I" and _MEDICAL.match(text, end) is not None
        return is_known or (numeral != "X" and (is_stopped or name[0].isupper()))
    return noun["page"] is None and (name[0].isupper() or is_stopped or numeral == "V")


def _stands_alone(match: re.Match[str], numeral: str, end: int) -> bool:
    """Without such a noun: after a name, as in Rocky IV, or a numeral that is no word."""
    if numeral.islower():
        around = match.string[match.start() - 1 : match.start()] + match.string[end : end + 1]
        return (
            around == "()" and (len(numeral) > 1 or (numeral == "i" and "(ii)" in match.string)) and "c" not in numeral
        )
    if len(numeral) < 2 or set(numeral) & set("LC") or numeral in ("XX", "XXX"):
        return False
    if _DRIP.match(match.string, end):
        return False
    if numeral in ("III", "VII", "VIII", "XII", "XIII", "XIV", "XVI", "XVII", "XVIII"):
        return True
    if _EARLIER_NUMERAL.search(_before(match)) or (match.start() == 0 and _HEADING.match(match.string, end)):
        return True
    name = _PRECEDING_NAME.search(_before(match))
    return name is not None and name[2] not in _NOT_NAMES


def _ordered(match: re.Match[str]) -> str | None:
    """The XIV century, the XXth Congress."""
    is_numeral = _VALID.fullmatch(match["numeral"]) and (
        len(match["numeral"]) > 1 or match["suffix"] or match["numeral"] in "VX"
    )
    return number_words.ordinal(_value(match["numeral"])) if is_numeral else None


def _year(match: re.Match[str]) -> str | None:
    """MCMXCIV; a shorter numeral, such as MDC, only after a copyright sign."""
    is_year = len(match[0]) > 4 or (len(match[0]) > 1 and _COPYRIGHT.search(_before(match)))
    return number_words.year(_value(match[0])) if is_year and _YEAR.fullmatch(match[0]) else None


RULES: Final[tuple[Rule, ...]] = (
    Rule("Roman ordinal", "IVX", lazy(rf"(?P<numeral>[IVX]{{1,6}})(?P<suffix>{_ORDERED})"), _ordered),
    Rule(
        "Roman numeral",
        "CILVXcilvx",
        lazy(rf"(?P<numeral>{_NUMERAL})(?:[-–](?P<last>[IVX]{{1,6}}|[ivx]{{1,6}}))?(?!\w|[-–]\w{{2}}|['’](?!s))"),
        _roman,
    ),
    Rule("Roman year", "M", lazy(r"M[MDCLXVI]{1,14}(?!\w)"), _year),
)
