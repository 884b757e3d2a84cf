"""Abbreviations and titles."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from steadyvoice.workers.text.english.abbreviation_tables import (
    AFTER_NAMES,
    AFTER_NAMES_WITHOUT_STOP,
    AFTER_NUMBERS,
    ANYWHERE,
    ANYWHERE_WITHOUT_STOP,
    BEFORE_NUMBERS,
    BEFORE_NUMBERS_WITHOUT_STOP,
    CHAT,
    DAYS_AND_MONTHS,
    IN_SMALL_LETTERS,
    ROADS,
    ROADS_WITHOUT_STOP,
    SLASHED,
    TITLES,
    TITLES_WITHOUT_STOP,
)
from steadyvoice.workers.text.english.sentence_ends import is_closed, opens_sentence, with_stop
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import CAPITAL, LETTER, Rule
from steadyvoice.workers.text.spelling import letters

_NAME_NEXT: Final = lazy(r"\.?,? ?(?:[A-Z]\.|[A-Z][\w'’]|[A-Z] [A-Z]|O'|(?:and|&|de|der|di|du|la|le|van|von) [A-Z])")
_LETTER_NEXT: Final = lazy(r" [A-Z](?!\w)")
_BEFORE_LETTERS: Final = frozenset(("Mr", "Mrs", "Ms", "Dr"))
"""Titles before a letter that stands for a name: "Mr. X"."""
_CAPITAL_NEXT: Final = lazy(r"\.? ?[A-Z]")
_NUMBER_NEXT: Final = lazy(r"\.? ?#?(?:\d|[IVXLC]+(?!\w)|[A-Z](?![\w.]))")
_NAME_BEFORE: Final = lazy(r"(?:^|[\s(\"“])(?:[A-Z][\w'’&.-]*|\d{1,3}(?:st|nd|rd|th)|[Pp]vt\.?),? $")
_COMMON_BEFORE: Final = lazy(
    r"(?<![\w'’])(?!(?:in|of|at|to|from|near|on|the|and|by|with|for|like|is|are|was|were)[, ])[a-z]+ $"
)
_YEAR_NEXT: Final = lazy(r"\. ?\d{3,4}(?!\w)")
_ANSWER_BEFORE: Final = lazy(r"(?<!\w)(?:sa(?:y|ys|id|ying)|told \w+|answer(?:s|ed)?|repl(?:y|ies|ied)|oh),? $")
_ORDINAL_BEFORE: Final = lazy(r"(?:\d(?:st|nd|rd|th)|\d|rev(?:ised|\.)|first|second|third|fourth|fifth) $")
_NUMBERED_BEFORE: Final = lazy(r"\d(?:st|nd|rd|th) $")
_NO_NAME: Final = lazy(
    r"(?:^|\s)(?:The|In|At|On|To|From|Near|Of|And|For|Visit|See|Is|Our|Ask|By|With|We|I|A|An|It|He|She|They|This|That|If|"
    r"When|But|Dear|Call|Mr|Mrs|Ms|Yes|No|So|Then|As|Only|My|Your|Old|Saw|Met),? $"
)
_TIME_BEFORE: Final = lazy(
    r"(?:^|\s)(?:[Ii]n|[Oo]n|[Oo]f|[Ss]ince|[Uu]ntil|[Tt]ill|[Bb]y|last|next|this|every|each|early|mid|late|[Ff]rom|to|"
    rf"[Bb]etween|through|(?:{'|'.join(DAYS_AND_MONTHS)})\.? ?(?:and|or|to|through|–|-))[ -]?$"
)
_GOES_ON: Final = lazy(r" ?(?:[a-z\d,;:)–-]|& )")
_LOOK_BACK: Final = 48
_TITLES_ALONE: Final = TITLES.keys() - ROADS.keys() - AFTER_NAMES.keys() - {"Fr", "Ft"}


def _closed(match: re.Match[str], words: str) -> str:
    """The full stop of an abbreviation at the end of the segment also ends the sentence."""
    return words + ("." if match[0].endswith(".") and is_closed(match) else "")


def _abbreviation(match: re.Match[str]) -> str | None:
    """An abbreviation with its full stop, or one that is also usual without."""
    name, has_stop = match["name"], match["stop"] != ""
    if (words := _name_part(match, name, has_stop)) is not None:
        return words
    for reading in (_numbered, _day_or_month, _plain):
        if (words := reading(match, name, has_stop)) is not None:
            return with_stop(match, words) if name == "etc" else _closed(match, words)
    return None


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _LOOK_BACK) : match.start()]


def _name_part(match: re.Match[str], name: str, has_stop: bool) -> str | None:
    """Before a name a title; after one a road, a company, a generation."""
    before = _before(match)
    follows_name = bool(_NAME_BEFORE.search(before)) and not _NO_NAME.search(before)
    if name in ROADS and follows_name and (has_stop or name in ROADS_WITHOUT_STOP):
        is_title = (
            name in TITLES
            and bool(_CAPITAL_NEXT.match(match.string, match.end("name")))
            and not opens_sentence(match)
            and not _NUMBERED_BEFORE.search(before)
        )
        if not is_title:
            return with_stop(match, ROADS[name])
    key = name.capitalize() if name in IN_SMALL_LETTERS else name
    if key in AFTER_NAMES and follows_name and (has_stop or key in AFTER_NAMES_WITHOUT_STOP):
        return with_stop(match, AFTER_NAMES[key])
    return _title(match, name, has_stop, follows_name)


def _title(match: re.Match[str], name: str, has_stop: bool, follows_name: bool) -> str | None:
    """Before a name; or alone, where the name stands in another segment."""
    if has_stop and name in _TITLES_ALONE and match[0] == match.string:
        return TITLES[name] + "."
    key = name.capitalize()
    if not _NAME_NEXT.match(match.string, match.end("name")):
        is_letter = key in _BEFORE_LETTERS and has_stop and _LETTER_NEXT.match(match.string, match.end())
        return TITLES[key] if is_letter else None
    if (
        key == "St"
        and not has_stop
        and ((follows_name and _before(match)[-2] != ",") or _COMMON_BEFORE.search(_before(match)))
    ):
        return None
    is_title = (has_stop and name in TITLES) or (key in TITLES_WITHOUT_STOP and name in (key, key.lower()))
    return TITLES[key] if is_title else None


def _numbered(match: re.Match[str], name: str, has_stop: bool) -> str | None:
    key = name if name.islower() else name.lower() if name.istitle() and len(name) > 1 else ""
    if not has_stop and key not in BEFORE_NUMBERS_WITHOUT_STOP:
        return None
    if name in ("no", "nos") and _ANSWER_BEFORE.search(_before(match)):
        return None
    if key in AFTER_NUMBERS and _ORDINAL_BEFORE.search(_before(match)):
        return AFTER_NUMBERS[key]
    if key in BEFORE_NUMBERS and _NUMBER_NEXT.match(match.string, match.end("name")):
        if key in ("est", "c") and not _YEAR_NEXT.match(match.string, match.end("name")):
            return None
        is_letter = not match.string[match.end() :].lstrip(" #")[:1].isdecimal()
        if is_letter and key in ("no", "c", "p", "art", "est", "ca", "ed", "op", "approx", "par", "tab", "ex"):
            return None
        return BEFORE_NUMBERS[key]
    return None


def _day_or_month(match: re.Match[str], name: str, has_stop: bool) -> str | None:
    """ "Sun." and "Jan." may also end a sentence."""
    if name not in DAYS_AND_MONTHS or not has_stop:
        return None
    goes_on = _GOES_ON.match(match.string, match.end())
    return DAYS_AND_MONTHS[name] if goes_on or _TIME_BEFORE.search(_before(match)) else None


def _plain(match: re.Match[str], name: str, has_stop: bool) -> str | None:
    key = name[0].lower() + name[1:]
    if key not in ANYWHERE or name in ("Max", "Min") or not (has_stop or key in ANYWHERE_WITHOUT_STOP):
        return None
    if key in ANYWHERE_WITHOUT_STOP:
        return ANYWHERE[key]
    is_word = key in ("max", "min", "temp", "est", "prob", "ext", "esp", "wk", "incl", "excl", "avg")
    return None if is_word and is_closed(match) else ANYWHERE[key]


def _initialism(match: re.Match[str]) -> str:
    """U.S.A., Ph.D., R.S.V.P."""
    return with_stop(match, letters(match[0]))


def _initials(match: re.Match[str]) -> str | None:
    """The initials of a name: J.K. Rowling, John F. Kennedy."""
    if match[0] == "I." or (len(match[0]) == 2 and not _starts_name(match)):
        return None
    return letters(match[0])


def _starts_name(match: re.Match[str]) -> bool:
    before = _before(match)
    return (
        not before
        or re.search(r"(?:[A-Z][\w'’]+|\b(?:by|of|and|with|to|from|for|&)|[,;(\"“])[ ]?$|\.$", before) is not None
    )


def _versus(match: re.Match[str]) -> str | None:
    return "versus" if _NAME_BEFORE.search(_before(match)) else None


def _lookup(table: Mapping[str, str]) -> Callable[[re.Match[str]], str | None]:
    return lambda match: table.get(match[0].lower())


RULES: tuple[Rule, ...] = (
    Rule(
        "abbreviation",
        "Nabcnw",
        lazy(r"(?<![\w'’@/.-])w/(?:o(?!\w)|(?=\s|[a-z]{2,12}+(?![\w/])))|(?<![\w/])(?:b/c|c/o|[nN]/[aA]|a/c)(?![\w/])"),
        _lookup(SLASHED),
    ),
    Rule(
        "abbreviation",
        "Nn",
        lazy(r"(?<![\w'’@/.-])[Nn]o(?P<several>s?)\.(?=\d)"),
        lambda match: "numbers" if match["several"] else "number",
    ),
    Rule("initialism", "MQYp", lazy(r"(?<!\w)(?:pH|YoY|QoQ|MoM)(?!\w)"), lambda match: letters(match[0])),
    Rule("abbreviation", "&", lazy(r"(?<!\w)&c\.?"), lambda match: _closed(match, "et cetera")),
    Rule("abbreviation", "e", lazy(r"(?<!\w)et al(?:\.|(?!\w))"), lambda match: _closed(match, "et al")),
    Rule("abbreviation", "v", lazy(r"(?<=[\w.] )v\.(?= [A-Z])"), _versus),
    Rule(
        "abbreviation",
        LETTER,
        lazy(r"(?<![\w'’@/.-])(?P<name>[eE]\.g|[iI]\.e|a\.k\.a|[A-Za-z]{1,8})(?P<stop>\.?+)(?![\w@/]|['’]\w|\.)"),
        _abbreviation,
    ),
    Rule("chat", LETTER, lazy(r"(?<![\w'’@/.#-])[A-Za-z]{3,5}(?![\w'’@/-]|\.\w)"), _lookup(CHAT)),
    Rule(
        "initialism",
        LETTER,
        lazy(
            r"(?<![\w'’@.-])(?:(?:[A-Za-z]\.){2,8}|(?:[A-Z]\.){1,7}[A-Z](?!\.)|(?:Ph|M|B|D)\.[A-Z][a-z]{0,2}\.)(?![\w@])"
        ),
        _initialism,
    ),
    Rule(
        "initials",
        CAPITAL,
        lazy(r"(?<![\w'’@.-])[A-Z]\.(?: ?[A-Z]\.){0,4}(?= ?(?:[A-Z][a-z'’]|(?:de|van|von|der|la|le) ))"),
        _initials,
    ),
)
