"""What the filter makes of a document: texts and directions, in order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from steadyvoice.workers.text.markup.places import divided
from steadyvoice.workers.text.markup.view import Piece


class Style(NamedTuple):
    """How a text is spoken. One segment has one style."""

    rate: float = 1.0
    """Factor on the utterance's rate."""
    volume: float = 1.0
    """Factor on the utterance's volume."""
    pitch: float = 0.0
    """Semitones added to the utterance's pitch."""
    language: str = ""
    """BCP 47; empty: the utterance's."""
    voices: tuple[str, ...] = ()
    """Names of voices, the preferred one first; empty: the utterance's."""


PLAIN = Style()


class Phonemes(NamedTuple):
    ipa: str
    at: int
    """Character at which the element begins, which tells two of them apart."""


@dataclass(frozen=True, slots=True)
class Text:
    piece: Piece
    style: Style = PLAIN
    phonemes: Phonemes | None = None
    """The text is a part of what is pronounced so."""

    @property
    def start(self) -> int:
        return self.piece.start


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment ends here."""

    start: int
    ends_sentence: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence, in place of characters [start, end)."""

    start: int
    end: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NamedMark:
    """A place of which the listener is to be notified: an element of characters [start, end)."""

    start: int
    end: int
    name: str


Item = Text | Cut | Pause | NamedMark


def divided_items(
    items: Iterable[Piece | Item], end: int, said: int = 0
) -> tuple[list[Piece | Item], list[Piece | Item]]:
    """The items from before character ``end`` of the text as it was written, and those from there on.

    said: if positive, the text that is said in place of the characters before ``end`` is divided there.
    """
    before: list[Piece | Item] = []
    after: list[Piece | Item] = []
    for item in items:
        if said and isinstance(item, Text) and not item.piece.literal and item.piece.end == end:
            before.append(replace(item, piece=item.piece._replace(text=item.piece.text[:said])))
            after.append(replace(item, piece=item.piece._replace(text=item.piece.text[said:])))
        elif isinstance(item, (Piece, Text)):
            parts = divided([item if isinstance(item, Piece) else item.piece], end)
            for pieces, found in zip(parts, (before, after), strict=True):
                found += [each if isinstance(item, Piece) else replace(item, piece=each) for each in pieces]
        else:
            (before if item.start < end else after).append(item)
    return before, after
