"""XML that arrives in pieces: elements and text, with their places. Nothing outside of the text is ever read."""

import re
from collections.abc import Mapping
from typing import Final, Protocol
from xml.parsers import expat

MAX_DEPTH: Final = 32
MAX_ATTRIBUTE: Final = 1024
"""Characters of an attribute's value."""
MAX_HELD: Final = 16 * 1024
"""Bytes of a tag or comment, which has to be complete before it is used."""
_CHUNK: Final = 4096
_TAG: Final = re.compile(rb"<(?>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_WRAPPER: Final = b"<speak>"
_INCOMPLETE: Final = [expat.errors.codes[message] for message in (
    expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
)]  # fmt: skip


class Refused(Exception):
    """The document is not accepted; ``str()`` is the reason, in a few words."""


class Handler(Protocol):
    """Gets what was read. All places are characters of the text, [start, end)."""

    def begin(self, name: str, attributes: Mapping[str, str], start: int, end: int) -> None: ...
    def end(self, name: str, start: int, end: int) -> None: ...
    def characters(self, text: str, start: int, end: int, *, literal: bool) -> None:
        """literal: as in `Piece`."""


class Parser:
    """Text in; calls of the handler, as early as possible. Depends on the characters alone, not on their pieces.

    `Refused` where the text is no well-formed document, or exceeds a limit; then nothing more may be fed.
    """

    def __init__(self, handler: Handler, position: int = 0, *, is_fragment: bool = False) -> None:
        """position: of the first character fed. is_fragment: the text has no root element."""
        self._handler, self._is_fragment = handler, is_fragment
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = False
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # else it would wait for more text
            self._parser.SetReparseDeferralEnabled(False)
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.ProcessingInstructionHandler = self._refuse_instruction
        self._parser.CommentHandler = self._comment
        self._parser.StartCdataSectionHandler = self._begin_cdata
        self._parser.EndCdataSectionHandler = self._end_cdata
        self._held = bytearray()
        """What was fed and not yet read."""
        self._at = 0
        """The byte of all that was fed at which ``_held`` begins."""
        self.position = position
        """The same in characters: all before this one was read."""
        self._depth = 0
        self._has_root = self._in_cdata = False
        self._is_empty = False
        """The element that began last has no end tag: ``<break/>``."""
        self._shift = 0
        """Bytes that the parser got before the text."""
        if is_fragment:
            self._shift = len(_WRAPPER)
            self._parser.Parse(_WRAPPER, False)

    def feed(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._held += data
        at = 0
        while at < len(data):
            end = min(len(data), at + _CHUNK)
            if not self._has_root and (close := data.find(b">", at, end)) >= 0:
                end = close + 1  # so that a document type is refused before the parser sees its entities
            if (
                bracket := data.find(b"]", at, end)
            ) >= 0:  # of "]]>", for which the text before it would be refused too
                end = max(bracket, at + 1)
            self._parse(data[at:end])
            at = end
            if len(self._held) - (len(data) - at) > MAX_HELD:
                raise Refused("a tag is too long")

    def close(self) -> None:
        """No more text follows."""
        if self._is_fragment:
            self._parse(b"</speak>")
        self._parse(b"", final=True)

    def rest(self) -> str:
        """What was fed and not read."""
        return self._held.decode()

    def _parse(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            unclosed = error.code in _INCOMPLETE and final
            raise Refused("the document is incomplete" if unclosed else expat.ErrorString(error.code)) from None

    def _read_to(self, byte: int) -> int:
        """All before this byte was read. Return the number of characters before it."""
        count = byte - self._at
        if count > 0:
            self.position += len(self._held[:count].decode())
            del self._held[:count]
            self._at = byte
        return self.position

    @property
    def _here(self) -> int:
        """Byte of all that was fed at which the current event begins."""
        return self._parser.CurrentByteIndex - self._shift

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._shift and not self._has_root and self._here < 0:
            self._has_root = True  # the wrapper
            return
        start = self._read_to(self._here)
        self._has_root = True
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refused(f"elements are nested deeper than {MAX_DEPTH}")
        if any(len(value) > MAX_ATTRIBUTE for value in attributes.values()):
            raise Refused(f"an attribute is longer than {MAX_ATTRIBUTE} characters")
        self._handler.begin(name, attributes, start, self._read_tag())

    def _read_tag(self) -> int:
        found = _TAG.match(self._held)
        self._is_empty = found is not None and found[0].endswith(b"/>")
        return self._read_to(self._at + (found.end() if found else 0))

    def _end(self, name: str) -> None:
        if not self._depth:
            return  # the wrapper
        self._depth -= 1
        start = self._read_to(self._here)
        self._handler.end(name, start, start if self._is_empty else self._read_tag())
        self._is_empty = False

    def _characters(self, text: str) -> None:
        start, raw = self._read_to(self._here), text.encode()
        is_entity = not self._in_cdata and self._held[:1] == b"&"
        literal = not is_entity and self._held.startswith(raw)
        if literal:
            length = len(raw)
        elif is_entity:
            length = self._held.index(b";") + 1
        else:  # a line end
            length = 2 if self._held.startswith(b"\r\n") else 1
        self._handler.characters(text, start, self._read_to(self._at + length), literal=literal)

    def _comment(self, text: str) -> None:
        self._read_to(self._here + len(text.encode()) + len("<!---->"))

    def _begin_cdata(self) -> None:
        self._in_cdata = True
        self._read_to(self._here + len("<![CDATA["))

    def _end_cdata(self) -> None:
        self._in_cdata = False
        self._read_to(self._here + len("]]>"))

    def _refuse_doctype(self, *_: object) -> None:
        raise Refused("a document type is not accepted")

    def _refuse_instruction(self, *_: object) -> None:
        raise Refused("a processing instruction is not accepted")
