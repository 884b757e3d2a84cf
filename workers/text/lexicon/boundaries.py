"""Whether a place in a text is a word, or words, and not a part of one."""

import re
import unicodedata
from typing import Final

from steadyvoice.workers.text.patterns import lazy

_POSSESSIVE: Final = lazy(r"'s?(?!\w)", re.IGNORECASE)
_AROUND_NUMBERS: Final = frozenset(",.;:!?()[]\"'“”…—")
"""Marks that may stand beside an entry that begins or ends with a digit; others, such as $ and %, belong to it."""
_OPENING: Final = "\"'“”([{<*—…"
_CLOSING: Final = "\"'“”)]}>*—…,.;:!?"
_ADDRESS: Final = lazy(r"://|@\w|[\\_=]|[^\W_]\.[^\W_]|^[~.]*/\w")
"""Found in web and mail addresses, paths, file names and identifiers."""


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether [start, end), without outer spaces, is no part of a word, number, address, path or identifier.

    A hyphen parts words. An ending 's or ' belongs to no word.
    """
    return _begins(text, start) and _ends(text, end) and not _is_in_address(text, start, end)


def _begins(text: str, start: int) -> bool:
    first, before, further = text[start], text[start - 1 : start], text[max(0, start - 2) : max(0, start - 1)]
    if _is_joined(before, first) or (before == "'" and further.isalnum()):
        return False
    return not first.isdigit() or _parts_numbers(before, further)


def _ends(text: str, end: int) -> bool:
    last, after, further = text[end - 1], text[end : end + 1], text[end + 1 : end + 2]
    if _is_joined(after, last) or unicodedata.category(after or " ")[0] == "M":
        return False
    if after == "'" and further.isalnum() and not _POSSESSIVE.match(text, end):
        return False
    return not last.isdigit() or _parts_numbers(after, further)


def _is_joined(beside: str, edge: str) -> bool:
    """Whether the character outside continues the word, or the row of signs, that ends with ``edge``."""
    if edge.isalnum():
        return beside.isalnum() or beside == "_"
    return beside == edge or (edge == "." and beside.isalnum())


def _parts_numbers(beside: str, further: str) -> bool:
    """Whether the character beside a number, before ``further``, does not belong to it, as in 3.5, 1984-85 and $5."""
    return not beside or beside.isspace() or (beside in _AROUND_NUMBERS and not further.isdigit())


def _is_in_address(text: str, start: int, end: int) -> bool:
    first = start - len(text[:start].split()[-1]) if start and not text[start - 1].isspace() else start
    last = end + len(text[end:].split(maxsplit=1)[0]) if end < len(text) and not text[end].isspace() else end
    before, after = text[first:start].lstrip(_OPENING), text[end:last].rstrip(_CLOSING)
    if not before and (not after or _POSSESSIVE.fullmatch(after)):
        return False
    return _ADDRESS.search(f"{before}x{after}") is not None
