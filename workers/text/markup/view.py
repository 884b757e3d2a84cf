"""What a construct sees of the text, and what it answers."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from steadyvoice.workers.text.markup.state import State


class Piece(NamedTuple):
    """Text for the listener, from characters [start, end) of the text as it was written; empty for an insertion."""

    text: str
    start: int
    end: int
    literal: bool
    """The text is these characters, one to one; else each character of it comes from all of them."""


class Part(NamedTuple):
    """Text of a construct, from its characters [start, end)."""

    text: str
    start: int
    end: int


class Undecided(Exception):
    """More text could change the answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """A construct of ``length`` characters, and what is said of it."""

    length: int
    parts: tuple[Part, ...]
    state: State
    line_begin: bool = False
    """A line begins after the construct."""
    returns: bool = False
    """A carriage return: what follows overwrites the line."""


OVERWRITTEN: Final = " \x18"
"""Of a piece: the line so far is overwritten, so what was not spoken of it yet may be dropped."""
SENTENCE_END: Final = "\u3002"
"""Stands for the unknown character before a restart, which ended a segment."""


@dataclass(slots=True)
class View:
    text: str
    at: int
    """The construct's first character in ``text``. Construct functions look from here on."""
    before: str
    """The character before it; a newline at the beginning of the text."""
    state: State
    line_begin: bool
    first: bool
    """The whole text begins here."""
    closed: bool
    """No more text follows."""
    halted: bool = False
    """No more text has come for some time."""

    def match(self, pattern: re.Pattern[str], limit: int, at: int | None = None) -> re.Match[str] | None:
        r"""The match at ``at``. The pattern has to match each beginning of its construct too: ``\Z`` or ``*``.

        The match ends at most ``limit`` characters after the construct's first one.
        """
        stop = min(len(self.text), self.at + limit)
        found = pattern.match(self.text, self.at if at is None else at, stop)
        if found and found.end() == stop and not self._is_final(stop, limit):
            raise Undecided
        return found

    def search(self, pattern: re.Pattern[str], limit: int, at: int) -> re.Match[str] | None:
        """The first match from ``at`` on."""
        stop = min(len(self.text), self.at + limit)
        found = pattern.search(self.text, at, stop)
        if (found is None or found.end() == stop) and not self._is_final(stop, limit):
            raise Undecided
        return found

    def _is_final(self, stop: int, limit: int) -> bool:
        return self.closed or stop - self.at == limit

    def char(self, at: int) -> str:
        """The character there; empty behind the end of the whole text."""
        if at < len(self.text):
            return self.text[at]
        if not self.closed:
            raise Undecided
        return ""

    def dropped(self, length: int, state: State | None = None, *, line_begin: bool = False) -> Found:
        return Found(length, (), state or self.state, line_begin)

    def said(self, length: int, text: str, state: State | None = None, *, line_begin: bool = False) -> Found:
        """The text in place of ``length`` characters."""
        parts = (Part(text, 0, length),) if text else ()
        return Found(length, parts, state or self.state, line_begin)

    def kept(self, start: int, end: int, length: int, state: State | None = None) -> Found:
        """Characters [start, end) of ``length``, counted from the first one."""
        return Found(length, (Part(self.text[self.at + start : self.at + end], start, end),), state or self.state)
