"""Four digits that are read as a year: 1100 to 2099, unless the words around them say that they are an amount."""

import re
from typing import Final

from steadyvoice.workers.text.english.amounts import NO_NOUNS
from steadyvoice.workers.text.patterns import lazy

_YEAR: Final = lazy(r"(?!1000|1024|1080)(?:1\d|2[01])\d\d(?![\d%]|[.,:/]\d)")
_LIKELY: Final = lazy(r"1[1-9]\d\d|20(?!48)\d\d")
_ROUND: Final = lazy(r"\d\d00")
_MODERN: Final = lazy(r"18\d\d|19\d\d|20\d\d")
_WINDOW: Final = 48
"""Characters before the year that are looked at."""

_CUE: Final = lazy(
    r"(?:\b(?:in|since|by|from|of|until|till|before|after|during|between|circa|ca?\.|early|mid|late|year|years|copyright|"
    r"founded|established|est\.|built|opened|published|dated|born|died|"
    r"spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|"
    r"december)[,:]?|©|\(c\))[\s-]$",
    re.IGNORECASE,
)
_AMOUNT_CUE: Final = lazy(
    r"\b(?:(?:total|sum|number|score|population|count|height|length|depth|distance|weight|speed|capacity|price|value|"
    r"rate|range|maximum|minimum|average|limit|result|set|list|group|out|power|excess|capable|consist\w*|up|"
    r"one|two|three|any|none|half|most|part|\d) of|"
    r"(?:rose|rise|grew|grow|increas\w+|fell|fall|drop\w*|decreas\w+|reduc\w+|down|up|cut|multipl\w+|divid\w+) "
    r"(?:by|from)|"
    r"(?:total|sum|count|counter|score|result|answer|price|weight|speed|capacity|length|height|width|size|limit|offset|"
    r"amount|quantity|average|maximum|minimum|max|min|population|budget|timeout|dimension|resolution|pin|password|id|"
    r"extension|ext|value|index)"
    r"(?:\s(?:is|was|are|of|to))?[:=]?|"
    r"(?:more|less|fewer|greater|higher|lower|larger|smaller) than|exactly|nearly|almost|only|just|over|under|"
    r"weigh\w*|costs?|counted|sold|holds|seats|contains|equals|scored|got|have|has|had|need|needs|another|some|"
    r"kill\w+|gain\w*|lost|won|saved?|spent|paid|earned)\s$",
    re.IGNORECASE,
)
_EARLIER_YEARS: Final = lazy(r"(?:\b\d{4}(?:,|,? (?:and|or|to|through|until))\s){1,4}$")
_DETERMINER: Final = lazy(
    r"\b(?:the|this|a|my|our|his|her|their|its|your|last|next|two|three|four|both|several)\s$", re.IGNORECASE
)
_NAME: Final = lazy(r"(?<![.!?]\s)(?<!^)\b([A-Z]\w+)\s$")
_PLACE: Final = lazy(
    r"\b(?:room|flight|line|error|status|http|(?:code|number|line|page|port|error)\s(?:is|was)|pages?|pp?|section|port|"
    r"chapter|code|number|no|item|part|route|highway|unit|suite|box|"
    r"apartment|gate|building|exit|bus|lines|rooms|ports|nos|numbers|items|rows?)\.?\s?$",
    re.IGNORECASE,
)
_NEXT_WORD: Final = lazy(r"[\s-]([A-Za-z]+)")
_OTHER_END: Final = lazy(r" (?:and|to|or) \d{4}(?!\d)")
_COUNTED_ADJECTIVE: Final = lazy(
    r"[\s-](?!(?:year|month)s?\b)([A-Za-z]{2,})\s([a-z]{4,}s|people|men|women|children|feet)\b"
)
_AMOUNT_AFTER: Final = lazy(
    r"\s?[+*×÷=<>^]|\sby\s\d|\s(?:[x*]|-(?=\s\d))\s?\d|\s(?:of|per|each|daily|weekly|more|were|are|left|remain\w*|"
    r"in (?:total|all)|altogether|or (?:so|more|less|fewer)|and (?:up|more|above))\b"
)
_JOINED: Final = lazy(
    r"(?:[#№§~≈<>≤≥±+−$€£×÷*=^]|\d\s(?:[x-]|by))\s?$|(?<!\w)-$|[A-Za-z_]$|\w-$|(?<!\d)\d{1,3}, \d{1,3}, $"
)
_SINCE: Final = lazy(r"(?:\bIn|\b(?:since|during|until|year))\s$")
_TO_MORE: Final = lazy(r" to (?!(?:1\d|2[01])\d\d\b)\d")
_NOT_COUNTED: Final = frozenset(
    "was is has as this his its us does across always perhaps thus plus yes years seasons series games elections "
    "marks sees comes brings begins starts ends appears seems shows follows includes "
    "olympics towards afterwards sometimes besides unless".split()
)
_COUNTED: Final = frozenset(
    "people men women children percent million billion thousand hundred dozen feet fish sheep staff more fewer times "
    "rpm euro Euro meter metre kilometer kilometre mile foot yard acre pound dollar watt volt calorie ton tonne word "
    "page seat bed baud".split()
)


def is_year(text: str, start: int, end: int) -> bool:
    """text[start:end]: digits, without separators."""
    if end - start != 4 or not _YEAR.match(text, start):
        return False
    before = _EARLIER_YEARS.sub("", text[max(0, start - _WINDOW) : start])
    if _PLACE.search(before) or _AMOUNT_CUE.search(before):
        return False
    digits, other = text[start:end], _OTHER_END.match(text, end)
    counts = (counts_things(text, end) and not _SINCE.search(before)) or (
        other is not None and counts_things(text, other.end())
    )
    is_modern = _MODERN.fullmatch(digits) is not None and not _ROUND.fullmatch(digits)
    if counts and not is_modern:
        return False
    if _CUE.search(before):
        return not _TO_MORE.match(text, end)
    if text[end : end + 1] == ")" and before.endswith(("(", ", ")):
        return True
    if text[end : end + 2] in ("'s", "’s"):
        return True
    if _LIKELY.fullmatch(digits) is None or _JOINED.search(text[max(0, start - 12) : start]):
        return False
    if counts or text[end : end + 1] == "-":
        return is_modern and text[end : end + 1] != "-" and _is_described(text, before, end)
    return not _AMOUNT_AFTER.match(text, end) and (
        is_modern or _DETERMINER.search(before) is not None or not _counts_described(text, end)
    )


def _is_described(text: str, before: str, end: int) -> bool:
    """The 1998 elections, Paris 1924 games: a name or a determiner stands before the year, not a count."""
    following = _NEXT_WORD.match(text, end)
    if following is None or following[1] in _COUNTED:
        return False
    return bool(_NAME.search(before) or _DETERMINER.search(before))


def _counts_described(text: str, end: int) -> bool:
    """1500 new users: an adjective stands before what is counted."""
    words = _COUNTED_ADJECTIVE.match(text, end)
    return words is not None and words[1] not in NO_NOUNS and words[2] not in _NOT_COUNTED


def counts_things(text: str, end: int) -> bool:
    """Is a number that ends there followed by what it counts, such as "words" or "people"?"""
    word = _NEXT_WORD.match(text, end)
    if word is None:
        return False
    name = word[1]
    is_plural = (
        name.islower()
        and len(name) > 3
        and name.endswith("s")
        and not name.endswith(("ss", "us", "is"))
        and name not in _NOT_COUNTED
    )
    return is_plural or name in _COUNTED


def is_numbered(text: str, start: int) -> bool:
    """Does a noun such as "room" or "pages" stand before a number that begins there?"""
    return _PLACE.search(text[max(0, start - _WINDOW) : start]) is not None
