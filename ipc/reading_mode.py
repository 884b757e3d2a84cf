"""How literally a text is read: the settings of screen readers."""

from typing import Literal

import msgspec

from steadyvoice.ipc.sayable import is_sayable

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
        return self.spelling or self.punctuation != "none" or self.say != "text"

    def can_say(self, text: str) -> bool:
        """Whether the text has something to say, which may be signs alone; white space only as a character or a key."""
        if self.say != "text":
            return bool(text)
        return is_sayable(text) or (self.names_signs and bool(text.strip()))

    @property
    def is_literal(self) -> bool:
        """Markup is not removed, because its signs are said."""
        return self.spelling or self.punctuation in ("most", "all") or self.say != "text"


ORDINARY = ReadingMode()
