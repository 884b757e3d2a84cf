"""The elements of SSML: what each of them does to the text in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from steadyvoice.workers.text import x_sampa
from steadyvoice.workers.text.markup.view import Piece
from steadyvoice.workers.text.ssml import values
from steadyvoice.workers.text.ssml.items import PLAIN, Cut, Item, NamedMark, Pause, Phonemes, Style, Text
from steadyvoice.workers.text.ssml.parser import Refused

MAX_MARKS: Final = 10_000
MAX_REPLACED: Final = 280
"""Characters of an element that is said otherwise as a whole; of a longer one the text is said."""
_SPACES: Final = str.maketrans("\t\n\r", "   ")
_SILENT: Final = frozenset(("metadata", "meta", "lexicon", "lookup"))
_MAX_NOTES: Final = 3


@dataclass(slots=True)
class _Element:
    style: Style
    phonemes: Phonemes | None = None
    reading: Callable[[str], str | None] | None = None
    """What is said in place of the content; None where the content itself is said."""
    is_silent: bool = False
    content: list[Piece] = field(default_factory=list)
    """Text of an element with a reading, which is not said yet."""


class Document:
    """Handler of the parser: elements in, items out (`take`).

    read: the words for a text in ``say-as``, given ``interpret-as``, ``format`` and ``detail``; None where it is said
    as it is written.
    """

    def __init__(self, read: Callable[[str, str, str], str | None]) -> None:
        self._read = read
        self._elements = [_Element(PLAIN)]
        self._items: list[Item] = []
        self._said = PLAIN
        """Style of the last text that was said."""
        self._marks = 0
        self._before = ""
        """The last character said; empty after a cut."""
        self._needs_space = False
        """Text that follows is another word."""
        self.notes: list[str] = []
        """What was not obeyed."""

    def take(self) -> list[Item]:
        """The items since the last call."""
        items, self._items = self._items, []
        return items

    @property
    def is_styled(self) -> bool:
        """The last text said has a style of its own."""
        return self._said != PLAIN

    def held_from(self, position: int) -> int:
        """The first character of what is not in an item yet; position: of what follows."""
        content = self._elements[-1].content
        return content[0].start if content else position

    def abandon(self) -> None:
        """The document ends here: say what is held as it is written."""
        element = self._elements[-1]
        element.reading, pieces, element.content = None, element.content, []
        for piece in pieces:
            self._say(piece, element)

    def begin(self, name: str, attributes: Mapping[str, str], start: int, end: int) -> None:
        parent = self._elements[-1]
        self._say_content(parent)
        name = name.rpartition(":")[2]
        element = _Element(
            self._style(name, attributes, parent.style), parent.phonemes, is_silent=parent.is_silent or name in _SILENT
        )
        self._elements.append(element)
        if element.is_silent:
            return
        match name:
            case "break":
                self._pause(values.pause_s(attributes.get("time"), attributes.get("strength")), start, end)
            case "mark" if mark := attributes.get("name", ""):
                self._mark(mark, start, end)
            case "p" | "s":
                self._cut(start)
            case "sub" if "alias" in attributes:
                alias = attributes["alias"]
                element.reading = lambda _: alias
                element.content.append(Piece("", start, end, False))
            case "say-as":
                kind, detail = attributes.get("interpret-as", ""), attributes.get("format", "")
                element.reading = lambda text: self._read(text, kind, detail)
            case "phoneme":
                if ipa := self._ipa(attributes.get("alphabet", "ipa").lower(), attributes.get("ph", "").strip()):
                    element.phonemes = Phonemes(ipa, start)

    def end(self, name: str, start: int, end: int) -> None:
        element = self._elements.pop()
        self._say_content(element)
        if name.rpartition(":")[2] in ("p", "s") and not element.is_silent:
            self._cut(start)

    def characters(self, text: str, start: int, end: int, *, literal: bool) -> None:
        element = self._elements[-1]
        if element.is_silent:
            return
        piece = Piece(text.translate(_SPACES), start, end, literal)
        if element.reading is None:
            self._say(piece, element)
            return
        element.content.append(piece)
        if sum(len(each.text) for each in element.content) > MAX_REPLACED:
            pieces, element.content, element.reading = element.content, [], None
            for each in pieces:
                self._say(each, element)

    def _say_content(self, element: _Element) -> None:
        """Say the content so far of an element with a reading."""
        pieces, element.content = element.content, []
        if element.reading is None or not pieces:
            return
        text = "".join(piece.text for piece in pieces)
        words = element.reading(text)
        if words is None:
            for piece in pieces:
                self._say(piece, element)
            return
        is_alias = pieces[0].text == "" and pieces[0].start < pieces[0].end
        if is_alias:  # what else is in the element is not said
            element.is_silent = True
        elif not text.strip():
            return
        self._needs_space = not is_alias or self._needs_space
        self._say(Piece(words.translate(_SPACES), *_written(pieces), False), element)
        self._needs_space = not is_alias

    def _say(self, piece: Piece, element: _Element) -> None:
        if not piece.text:
            return
        is_blank = piece.text.isspace()
        style = self._said if is_blank else element.style
        if style != self._said:
            self._items.append(Cut(piece.start, ends_sentence=False))
            self._said, self._before = style, ""
        if self._needs_space and self._before.isalnum() and piece.text[0].isalnum():
            self._items.append(Text(Piece(" ", piece.start, piece.start, False), style))
        self._items.append(Text(piece, style, element.phonemes))
        self._before, self._needs_space = piece.text[-1], False

    def _cut(self, at: int) -> None:
        self._items.append(Cut(at, ends_sentence=True))

    def _pause(self, seconds: float, start: int, end: int) -> None:
        if seconds > 0:
            self._items.append(Pause(start, end, seconds))

    def _mark(self, name: str, start: int, end: int) -> None:
        self._marks += 1
        if self._marks > MAX_MARKS:
            raise Refused(f"there are more than {MAX_MARKS} marks")
        self._items.append(NamedMark(start, end, name))

    def _ipa(self, alphabet: str, phonemes: str) -> str:
        """Empty where the text of the element is to be said."""
        if alphabet == "ipa":
            return phonemes
        ipa = x_sampa.ipa(phonemes) if alphabet == "x-sampa" else ""
        if phonemes and not ipa:
            self._note(f"phoneme ph {phonemes[:20]!r} in the alphabet {alphabet[:20]!r} has no meaning here")
        return ipa

    def _style(self, name: str, attributes: Mapping[str, str], style: Style) -> Style:
        if language := attributes.get("xml:lang", ""):
            if name == "speak":  # of a document only the language: its region is no reason to change the voice
                language = language.partition("-")[0]
            style = style._replace(language=language, voices=())
        if name == "voice":
            style = self._voice(attributes, style)
        elif name == "prosody":
            style = self._prosody(attributes, style)
        return style

    def _voice(self, attributes: Mapping[str, str], style: Style) -> Style:
        language = attributes.get("languages", attributes.get("language", "")).split()
        names = tuple(attributes.get("name", "").split())
        if "gender" in attributes and not names and not language:
            self._note(f"voice gender {attributes['gender'][:20]!r} is not known of any voice")
        if language:
            style = style._replace(language=language[0], voices=())
        return style._replace(voices=names) if names else style

    def _prosody(self, attributes: Mapping[str, str], style: Style) -> Style:
        def value(name: str, parse: Callable[[str], float | None], unchanged: float) -> float:
            if name not in attributes:
                return unchanged
            parsed = parse(attributes[name])
            if parsed is None:
                self._note(f"prosody {name} {attributes[name][:20]!r} has no meaning here")
            return unchanged if parsed is None else parsed

        return style._replace(
            rate=_within(style.rate * value("rate", values.rate, 1.0), 0.01, 100.0),
            volume=_within(style.volume * value("volume", values.volume, 1.0), 0.0, 100.0),
            pitch=_within(style.pitch + value("pitch", values.semitones, 0.0), -48.0, 48.0),
        )

    def _note(self, note: str) -> None:
        if note not in self.notes and len(self.notes) < _MAX_NOTES:
            self.notes.append(note)


def _written(pieces: list[Piece]) -> tuple[int, int]:
    """Where the content of an element is, without white space around it; where there is none, the element's tag."""
    said = [piece for piece in pieces if piece.text.strip()] or pieces[:1]
    first, last = said[0], said[-1]
    before = len(first.text) - len(first.text.lstrip()) if first.literal else 0
    after = len(last.text) - len(last.text.rstrip()) if last.literal else 0
    return first.start + before, last.end - after


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
