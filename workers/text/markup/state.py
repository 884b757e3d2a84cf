"""What a filter has to know of the text before a position in order to continue there."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Self


class Block(IntEnum):
    PARAGRAPH = 0
    HEADING = 1
    ROW = 2
    """A row of a table."""


class Hidden(IntEnum):
    """An HTML element without text for a reader."""

    NONE = 0
    SCRIPT = 1
    STYLE = 2


LINK: Final = "["
OPENERS: Final = ("", "*", "**", "_", "__", "~~", LINK, "`", "``", "```")
"""Opening marks that were removed, so that their closing marks have to be. The index is the number in a saved state."""
_DEPTH: Final = 5
_WIDTHS: Final = {"block": 2, "table": 1, "quote": 3, "fence": 4, "tilde": 1, "nested": 2, "hidden": 2}
MAX_QUOTE: Final = 7
MAX_FENCE: Final = 15


@dataclass(frozen=True, slots=True)
class State:
    block: int = Block.PARAGRAPH
    table: int = 0
    """The line after a table's head was read: all lines up to a blank one are rows."""
    quote: int = 0
    """Level of quoted mail."""
    fence: int = 0
    """Length of the marks around a block of code; 0 outside."""
    tilde: int = 0
    """These marks are tildes, not backticks."""
    nested: int = 0
    """0: the block of code is no Markdown. 1: it is, so that it may contain blocks. 2: inside a block of it."""
    hidden: int = Hidden.NONE
    opened: tuple[str, ...] = ()

    def packed(self) -> int:
        """A number below 2**35; 0 for plain text."""
        number = 0
        for mark in reversed(self.opened):
            number = number << 4 | OPENERS.index(mark)
        for name, width in reversed(_WIDTHS.items()):
            number = number << width | int(getattr(self, name))
        return number

    @classmethod
    def unpacked(cls, number: int) -> Self:
        fields = {}
        for name, width in _WIDTHS.items():
            fields[name] = number & (1 << width) - 1
            number >>= width
        opened = []
        while number:
            opened.append(OPENERS[number & 15])
            number >>= 4
        return cls(**fields, opened=tuple(opened))

    @property
    def code(self) -> str:
        """The backticks that will end the inline code here; empty outside of inline code."""
        return self.opened[-1] if self.opened and self.opened[-1][0] == "`" else ""

    def opening(self, *marks: str) -> "State | None":
        """None where too many marks are open already."""
        opened = (*self.opened, *marks)
        return replace(self, opened=opened) if len(opened) <= _DEPTH else None
