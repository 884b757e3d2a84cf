"""Splits a text of any length into parts of the size that one utterance may have. No input or output."""

import re
from typing import Final

from steadyvoice.ipc.sayable import is_sayable

_PARAGRAPH: Final = re.compile(r"\n[ \t\r]*\n\s*")
_SENTENCE: Final = re.compile(r"""[.!?…]['")\]»”]*\s+|[。\uff01\uff1f]\s*|\n\s*""")


def part_end(text: str, least: int, most: int) -> int | None:
    """Length of the part that ``text`` begins with, between ``least`` and ``most`` characters.

    Cut at the end of a paragraph, else of a sentence, else after a space, else at ``most``. None if the text is
    shorter: more may follow, or all of it belongs to the part.
    """
    for end in (_PARAGRAPH, _SENTENCE):
        for found in end.finditer(text, least, most):
            if found.end() > 0:
                return found.end()
    if len(text) <= most:
        return None
    space = max(text.rfind(white, least, most) for white in " \t\n")
    return space + 1 if space >= 0 else most


class Parts:
    """Splits text incrementally into parts of ``limit`` / 2 to ``limit`` characters."""

    def __init__(self, limit: int) -> None:
        self._limit = max(2, limit)
        self._pending = ""
        self._taken = 0
        """Characters already taken of the current part."""
        self._begun = False
        """Whether the first part has begun; a later part must contain a letter or a digit."""
        self._is_closed = False

    def feed(self, text: str) -> None:
        self._pending += text

    def close(self) -> None:
        """Declare the text complete."""
        self._is_closed = True

    @property
    def may_begin(self) -> bool:
        """Whether the next part can begin. The first one can begin before there is text."""
        return not self._begun or is_sayable(self._pending)

    @property
    def is_over(self) -> bool:
        """Whether all of the text has been taken."""
        return self._begun and self._is_closed and not self.may_begin and not self._taken

    def take(self) -> tuple[str, bool]:
        """Return the next text of the current part, and whether the part ends with it."""
        if not self._taken:
            if self._begun:
                self._pending = self._pending.lstrip()
            first = next((at for at, char in enumerate(self._pending) if is_sayable(char)), len(self._pending))
            if first >= self._limit // 2:  # a part without letters and digits would fail
                self._pending = self._pending[first:]
        self._begun = True
        least, most = max(0, self._limit // 2 - self._taken), self._limit - self._taken
        at = part_end(self._pending, least, most)
        is_last = at is None and self._is_closed
        text, self._pending = self._pending[:at], "" if at is None else self._pending[at:]
        self._taken = 0 if is_last or at is not None else self._taken + len(text)
        return text, is_last or at is not None
