"""The text of one utterance that is an SSML document, as items, while it arrives."""

from collections.abc import Callable
from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.ssml.document import Document
from steadyvoice.workers.text.ssml.items import Cut, Item, Text
from steadyvoice.workers.text.ssml.parser import Parser, Refused
from steadyvoice.workers.text.ssml.stripped import Stripped

_DOCUMENT: Final = lazy(r"<(?:\?xml\s|!DOCTYPE\s|(?:\w{1,64}:)?speak[\s/>])")
_MAX_DECLARATION: Final = 200
_MAX_BLANKS: Final = 1000
_BLANK: Final = "\ufeff \t\r\n"


def is_ssml(text: str, *, closed: bool) -> bool | None:
    """Whether a text is an SSML document: ``<speak`` after white space or an XML declaration.

    None where the text that follows decides.
    """
    body = text.lstrip(_BLANK)
    if len(text) - len(body) > _MAX_BLANKS:
        return False
    if body.startswith("<?xml"[: len(body)]) and body:
        declaration, end, body = body.partition("?>")
        if not end:
            return None if len(declaration) < _MAX_DECLARATION and not closed else False
        body = body.lstrip()
    if len(body) > len("<speak"):
        return body.startswith("<speak") and body[len("<speak")] in " \t\r\n/>"
    return None if "<speak".startswith(body) and not closed else False


class Ssml:
    """Text in, items out, in order. They depend on the characters alone, not on how they were cut.

    Where the document is not valid, the rest is said without its tags. A restart begins at the text's beginning.
    """

    def __init__(self, read: Callable[[str, str, str], str | None]) -> None:
        """read: see `Document`."""
        self._document = Document(read)
        self._parser: Parser | None = None
        self._stripped: Stripped | None = None
        self._begun = ""
        """The text's first characters, which do not tell yet whether it has a root element."""
        self._blanks = 0
        """Characters before the document."""
        self.error = ""
        """Why the document is not valid, as one line; empty while it is."""

    @property
    def notes(self) -> list[str]:
        """What was not obeyed in a valid document."""
        return self._document.notes

    def feed(self, text: str) -> list[Item]:
        if self._stripped is not None:
            return _texts(self._stripped, text)
        if self._parser is None:
            self._gather(text)
            if len(self._begun) < len("<!DOCTYPE "):
                return []
            return self._begin()
        return self._read(self._parser, text)

    def _gather(self, text: str) -> None:
        body = text if self._begun else text.lstrip(_BLANK)
        self._blanks += len(text) - len(body)
        self._begun += body

    def _begin(self, *, closed: bool = False) -> list[Item]:
        text, self._begun = self._begun, ""
        is_document = _DOCUMENT.match(text) is not None
        self._parser = Parser(self._document, self._blanks, is_fragment=not is_document)
        return self._read(self._parser, text, closed=closed)

    def flush(self) -> list[Item]:
        """No more text has come for some time. A tag that is not complete is held all the same."""
        return []

    def close(self) -> list[Item]:
        """No more text follows."""
        if self._stripped is not None:
            return _texts(self._stripped, "", closed=True)
        if self._parser is None:
            return self._begin(closed=True)
        return self._read(self._parser, "", closed=True)

    def _read(self, parser: Parser, text: str, *, closed: bool = False) -> list[Item]:
        try:
            parser.feed(text)
            if closed:
                parser.close()
            return self._document.take()
        except Refused as error:
            rest, at = parser.rest(), parser.position
            self.error = f"not valid SSML, spoken without its tags from character {at} on: {error}"
        self._document.abandon()
        items = self._document.take()
        self._stripped = Stripped(at)
        cut = [Cut(at, ends_sentence=False)] if self._document.is_styled else []
        return [*items, *cut, *_texts(self._stripped, rest, closed=closed)]

    @property
    def position(self) -> int:
        """Characters of the text that were read and returned; the rest is held."""
        if self._stripped is not None:
            return self._stripped.position
        at = self._parser.position if self._parser else 0
        return min(at, self._document.held_from(at))

    @property
    def pending(self) -> bool:
        """There is text that is held. Only a tag is, of which nothing is said."""
        return self._stripped.pending if self._stripped else False


def _texts(stripped: Stripped, text: str, *, closed: bool = False) -> list[Item]:
    return [Text(piece) for piece in stripped.feed(text, closed=closed)]
