"""Text without its tags, while it arrives: what is said of a document that is not valid."""

import html
import re
from typing import Final

from steadyvoice.workers.text.markup.view import Piece
from steadyvoice.workers.text.patterns import lazy

_MAX_HELD: Final = 512
"""A longer tag is no tag."""
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});"
_TOKEN: Final = lazy(
    rf"(?P<tag><!--.{{0,{_MAX_HELD}}}?-->|<!\[CDATA\[|<!DOCTYPE[^<>\[]{{0,500}}+\[|\]\]?\s?>|<[/?!]?(?P<name>[A-Za-z][\w:.-]{{0,63}})"
    rf"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*'){{0,{_MAX_HELD}}}+>)|(?P<entity>{_ENTITY})|(?P<space>\s+)|(?P<text>[^<&\s\]]+|.)",
    re.DOTALL,
)
_OPEN: Final = lazy(
    r"<(?:!(?:-(?:-(?>(?:(?!-->).)*))?)?|[A-Za-z/?!](?>(?:[^<>\"']|\"[^\"<]*+(?:\"|\Z)|'[^'<]*+(?:'|\Z))*))?|&[\w#]{0,32}|\]\]?\s?",
    re.DOTALL,
)
"""What may become a tag or an entity."""
_SEPARATING: Final = frozenset(("p", "s", "break", "speak", "mark", "audio", "sub"))


class Stripped:
    """Text in, pieces out. Whatever is no tag is said; a tag that is never completed is not."""

    def __init__(self, at: int) -> None:
        self._text, self.position = "", at
        """What is held, and where it begins."""

    def feed(self, text: str, *, closed: bool = False) -> list[Piece]:
        self._text += text
        pieces, at = [], 0
        while at < len(self._text):
            rest = len(self._text) - at
            if not closed and rest < _MAX_HELD and _OPEN.fullmatch(self._text, at):
                break
            if closed and rest < _MAX_HELD and self._text[at] == "<" and _OPEN.fullmatch(self._text, at) and rest > 1:
                at += rest
                break
            found = _TOKEN.match(self._text, at)
            assert found is not None
            start, end = self.position + at, self.position + found.end()
            if found["tag"]:
                name = (found["name"] or "").rpartition(":")[2].lower()
                if name in _SEPARATING:
                    pieces.append(Piece(" ", start, end, False))
            elif found["entity"]:
                pieces.append(Piece(_plain(html.unescape(found[0])), start, end, False))
            else:
                pieces.append(Piece(" " * len(found[0]) if found["space"] else found[0], start, end, True))
            at = found.end()
        self._text, self.position = self._text[at:], self.position + at
        return pieces

    @property
    def pending(self) -> bool:
        return bool(self._text.strip())


def _plain(text: str) -> str:
    return " " if text.isspace() else text
