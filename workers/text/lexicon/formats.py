"""Lexicons in other formats: PLS 1.0 of the W3C, and lines of a word, a tab and its IPA."""

import xml.parsers.expat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from steadyvoice.ipc.lexicon import fault
from steadyvoice.workers.text import x_sampa
from steadyvoice.workers.text.lexicon.tables import BadLexicon, is_language

_LANGUAGE: Final = "http://www.w3.org/XML/1998/namespace lang"
_MAX_DEPTH: Final = 32


@dataclass
class Imported:
    language: str = ""
    """BCP 47; empty where the file does not say it."""
    entries: dict[str, str] = field(default_factory=dict)
    skipped: int = 0
    reason: str = ""
    """Why the first one was skipped."""

    def add(self, word: str, pronunciation: str) -> None:
        """The first pronunciation of a word counts."""
        if why := fault(word, pronunciation):
            self.skip(f"{word[:40]!r}: {why}")
        else:
            self.entries.setdefault(word, pronunciation)

    def skip(self, reason: str) -> None:
        self.skipped += 1
        self.reason = self.reason or reason


def convert(data: bytes) -> Imported:
    """The entries of a file in one of the formats. BadLexicon."""
    is_xml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return _Pls().convert(data) if is_xml else _tab_separated(data)


def _tab_separated(data: bytes) -> Imported:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLexicon(f"not UTF-8: byte {error.start + 1} is {data[error.start]:#04x}") from error
    result = Imported()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, tab, said = line.partition("\t")
        if not tab:
            raise BadLexicon(f"line {number} has no tab; a line is a word, a tab and its phonemes in IPA")
        first = said.split("\t")[0].split(",")[0].strip().strip("/").strip()
        result.add(word.strip(), f"/{first}/")
    return result


class _Pls:
    """Reads a PLS document without document type, entities and external files."""

    def __init__(self) -> None:
        self._result = Imported()
        self._alphabet = ""
        self._open: list[str] = []
        """Names of the open elements."""
        self._text: list[str] = []
        self._graphemes: list[str] = []
        self._said: list[tuple[bool, str]] = []
        """Pronunciations of the lexeme, and whether each is preferred."""
        self._attributes: dict[str, str] = {}

    def convert(self, data: bytes) -> Imported:
        parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(data, True)
        except (xml.parsers.expat.ExpatError, LookupError, ValueError) as error:
            raise BadLexicon(f"not XML: {error}") from error
        return self._result

    @staticmethod
    def _refuse_doctype(*_: object) -> None:
        raise BadLexicon("a document type (<!DOCTYPE …>) is not accepted; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if not self._open:
            if name != "lexicon":
                raise BadLexicon(f"the root element is {name[:40]}, not the lexicon of PLS 1.0")
            self._alphabet = attributes.get("alphabet", "ipa").lower()
            language = attributes.get(_LANGUAGE, "")
            self._result.language = language if is_language(language) else ""
        elif name == "lexeme":
            self._graphemes, self._said = [], []
        if len(self._open) >= _MAX_DEPTH:
            raise BadLexicon(f"more than {_MAX_DEPTH} elements inside each other")
        self._open.append(name)
        self._attributes = attributes
        self._text.clear()

    def _end(self, _: str) -> None:
        name = self._open.pop()
        handlers: dict[str, Callable[[str], None]] = {
            "grapheme": self._graphemes.append,
            "phoneme": self._phoneme,
            "alias": self._alias,
        }
        if name == "lexeme":
            self._lexeme()
        elif self._open[-1:] == ["lexeme"] and name in handlers:
            handlers[name](" ".join("".join(self._text).split()))

    def _is_preferred(self) -> bool:
        return self._attributes.get("prefer") in ("true", "1")

    def _phoneme(self, text: str) -> None:
        alphabet = self._attributes.get("alphabet", self._alphabet).lower()
        ipa = text.strip("/") if alphabet == "ipa" else x_sampa.ipa(text) if alphabet == "x-sampa" else ""
        if ipa or alphabet == "ipa":
            self._said.append((self._is_preferred(), f"/{ipa}/"))
        else:
            self._result.reason = self._result.reason or f"phonemes in {alphabet[:40]!r}, not in IPA or X-SAMPA"

    def _alias(self, text: str) -> None:
        self._said.append((self._is_preferred(), text))

    def _lexeme(self) -> None:
        said = next((text for is_preferred, text in self._said if is_preferred), self._said[0][1] if self._said else "")
        if not said or not self._graphemes:
            self._result.skip("a lexeme without grapheme, or without phoneme in IPA or X-SAMPA and without alias")
        for grapheme in self._graphemes if said else []:
            self._result.add(grapheme, said)
