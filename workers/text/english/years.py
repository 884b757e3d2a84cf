"""Four digits that are a year, by the words around them."""

import re
from typing import Final

_YEAR: Final = re.compile(r"(?!1000|1024|1080)(?:1\d|2[01])\d\d(?![\d%]|[.,:/]\d)")
_ROUND: Final = re.compile(r"\d\d00")
_MODERN: Final = re.compile(r"19\d\d|20\d\d")
_WINDOW: Final = 48
"""Characters before the year that are looked at."""

_CUE: Final = re.compile(
    r"(?:\b(?:in|since|by|from|of|until|till|before|after|during|between|circa|ca?\.|early|mid|late|year|years|copyright|"
    r"founded|established|est\.|built|opened|published|dated|born|died|"
    r"spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|"
    r"december)[,:]?|©|\(c\))[\s-]$",
    re.IGNORECASE,
)
_AMOUNT_CUE: Final = re.compile(
    r"\b(?:(?:total|sum|number|score|population|count|height|length|depth|distance|weight|speed|capacity|price|value|"
    r"rate|range|maximum|minimum|average|limit|result|set|list|group|out|power|excess|capable|consist\w*|up) of|"
    r"(?:rose|rise|grew|grow|increas\w+|fell|fall|drop\w*|decreas\w+|reduc\w+|down|up|cut|multipl\w+|divid\w+) "
    r"(?:by|from))\s$",
    re.IGNORECASE,
)
_EARLIER_YEARS: Final = re.compile(r"(?:\b\d{4}(?:,|,? (?:and|or|to|through|until))\s){1,4}$")
_DETERMINER: Final = re.compile(r"\b(?:the|this|a|my|our|his|her|their|its|your|last|next)\s$", re.IGNORECASE)
_IT_IS: Final = re.compile(r"\b(?:it|this)(?:['’]s| is| was)\s$", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b([A-Z]\w+)\s$")
_PLACE: Final = re.compile(
    r"\b(?:room|flight|line|error|page|section|port|chapter|code|number|no|item|part|model|route|highway|unit|suite|box|"
    r"apartment|gate|building|exit|bus|lines|pages|rooms|ports|nos|numbers|items|rows?)\.?\s?$",
    re.IGNORECASE,
)
_NEXT_WORD: Final = re.compile(r"[\s-]([A-Za-z]+)")
_THE_YEAR: Final = re.compile(r"\byear\s$", re.IGNORECASE)
_OTHER_END: Final = re.compile(r" (?:and|to|or) \d{4}(?!\d)")
_TO_MORE: Final = re.compile(r" to (?!(?:1\d|2[01])\d\d\b)\d")
_NOT_COUNTED: Final = frozenset(
    "was is has as this his its us does across always perhaps thus plus yes years seasons series games elections "
    "olympics towards afterwards sometimes besides unless".split()
)
_COUNTED: Final = frozenset(
    "people men women children percent million billion thousand hundred dozen feet fish sheep staff more fewer times "
    "rpm euro".split()
)


def is_year(text: str, start: int, end: int) -> bool:
    """text[start:end]: digits, without separators."""
    if end - start != 4 or not _YEAR.match(text, start):
        return False
    before = _EARLIER_YEARS.sub("", text[max(0, start - _WINDOW) : start])
    if _PLACE.search(before) or _AMOUNT_CUE.search(before):
        return False
    digits, other = text[start:end], _OTHER_END.match(text, end)
    counts = (counts_things(text, end) and not _THE_YEAR.search(before)) or (
        other is not None and counts_things(text, other.end())
    )
    if counts and (_ROUND.fullmatch(digits) or not _MODERN.fullmatch(digits)):
        return False
    if _CUE.search(before):
        return not _TO_MORE.match(text, end)
    if text[end : end + 1] == ")" and before.endswith(("(", ", ")):
        return True
    return bool(_MODERN.fullmatch(digits)) and _is_modern_year(text, before, end)


def _is_modern_year(text: str, before: str, end: int) -> bool:
    following = _NEXT_WORD.match(text, end)
    if text[end : end + 2] in ("'s", "’s"):
        return True
    if text[end : end + 1] == "-" or (following and following[1] in _COUNTED):
        return False
    if not before.strip():
        return bool(following and following[1] in {"was", "is", "will", "saw", "brought", "has", "had"})
    return bool(_NAME.search(before) or _IT_IS.search(before) or (following and _DETERMINER.search(before)))


def counts_things(text: str, end: int) -> bool:
    """Is a number that ends there followed by what it counts, such as "words" or "people"?"""
    word = _NEXT_WORD.match(text, end)
    if word is None:
        return False
    name = word[1]
    is_plural = (
        name.islower() and len(name) > 3 and name.endswith("s") and not name.endswith("ss") and name not in _NOT_COUNTED
    )
    return is_plural or name in _COUNTED


def is_numbered(text: str, start: int) -> bool:
    """Does a noun such as "room" or "pages" stand before a number that begins there?"""
    return _PLACE.search(text[max(0, start - _WINDOW) : start]) is not None
