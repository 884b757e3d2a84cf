"""Compiles patterns of the text front end before a text needs them."""

import time
from typing import Final

from steadyvoice.workers.generation.text_feed import TextFeed
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.text import patterns
from steadyvoice.workers.text.front_end import spoken

_ORDINARY_TEXT: Final = b"Hello there. How do you do?"
_QUIET_S: Final = 2.0
"""Seconds without an utterance before patterns that no text has needed are compiled."""


class PatternCompiler:
    """Compiles one pattern at a time, so that a text which arrives meanwhile waits for one only."""

    def __init__(self) -> None:
        self._last_speech = time.monotonic()

    def speech(self) -> None:
        """There is an utterance now."""
        self._last_speech = time.monotonic()

    def compile_next(self) -> bool:
        """Compile one pattern if there was no utterance for a while; False if there was, or if none is left."""
        if time.monotonic() - self._last_speech < _QUIET_S:
            return False
        with realtime.relaxed():
            return patterns.compile_next()


def compile_for_ordinary_text() -> None:
    """Compile what most texts need."""
    text = TextFeed()
    text.feed(_ORDINARY_TEXT, 0.0)
    text.close(0.0)
    while (segment := text.take(0.0, 0.0, is_first=True)) is not None:
        spoken(segment.text, "en-US")
