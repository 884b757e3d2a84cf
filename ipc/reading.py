"""How a segment of a text is read."""

import msgspec


class ReadWord(msgspec.Struct, frozen=True):
    """A spoken word, and the characters of the text that it comes from."""

    word: str
    start: int
    end: int
    """Characters [start, end) of the text."""


class ReadSegment(msgspec.Struct, frozen=True):
    """A sentence, or a part of one."""

    text: str
    """As written, without markup."""
    words: str
    """As spoken; punctuation stands for pauses."""
    phonemes: str
    """In the alphabet of the voice; empty where the voice takes words."""
    language: str
    """BCP 47: the voice's, or another one if the voice does not read the segment."""
    start: int
    end: int
    """Characters [start, end) of the text."""
    origins: list[ReadWord]
    """The words one by one."""
