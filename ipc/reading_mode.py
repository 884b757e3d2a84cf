"""How literally a text is read: the settings of screen readers."""

from typing import Literal

import msgspec

Punctuation = Literal["none", "some", "most", "all"]
Capitals = Literal["none", "spell", "icon"]
Say = Literal["text", "character", "key"]


class ReadingMode(msgspec.Struct, frozen=True):
    """The fields of the same names in ``speak`` and ``read``; docs/protocol.md explains the values."""

    punctuation: Punctuation = "none"
    spelling: bool = False
    capitals: Capitals = "none"
    say: Say = "text"

    @property
    def names_signs(self) -> bool:
        """A text of signs alone has words."""
        return self.spelling or self.punctuation != "none" or self.say != "text"

    @property
    def is_literal(self) -> bool:
        """Markup is not removed, because its signs are said."""
        return self.spelling or self.punctuation in ("most", "all") or self.say != "text"


ORDINARY = ReadingMode()
