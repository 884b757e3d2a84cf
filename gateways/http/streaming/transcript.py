"""Which characters of a client's text the daemon's marks stand for. No input or output."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from steadyvoice.gateways.http.streaming.actions import Word

CUT: Final = "\n\n"
"""The end of a paragraph, after which the daemon waits for no more text."""
_NEWEST_S: Final = 0.02
"""Seconds per character of a word with an unknown end; slower than any speech, so that no word overlaps."""
_STOP: Final = re.compile(r"\S\s+(\S*?)[.!?\u2026]+[\"')\]\u2019\u201d]*\s*\Z")
_WIDE_STOP: Final = re.compile(r"[\u3002\uff01\uff1f][\u300d\u300f\uff09]?\s*\Z")
_SHORT: Final = 3


class Span(NamedTuple):
    """A word of the daemon: characters of the utterance's text, and when it begins, in seconds of its audio."""

    start: int
    end: int
    at_s: float


class Transcript:
    """The text of one utterance that is not reported as spoken yet. Memory: that text."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, str]] = deque()
        """Text, and its place in the utterance's text."""
        self._length = 0
        """Characters of the utterance's text."""
        self._done = 0
        """Of these reported."""
        self._in_word = False
        """The text so far ends within a word."""

    def add(self, text: str) -> None:
        """The client's text."""
        if text:
            self._pieces.append((self._length, text))
            self._length += len(text)
            self._in_word = not text[-1].isspace()

    def cut(self) -> None:
        """``CUT``, which the client has not written: a space, unless there is one."""
        if self._in_word:
            self._pieces.append((self._length, " "))
        self._in_word = False
        self._length += len(CUT)

    def take(self, spans: Iterable[Span]) -> list[Word]:
        """The words that have begun, in order, and with each the signs before it that were not reported yet.

        Several words of the daemon may come from the same characters, such as a number's: they are one word here.
        """
        words: list[Word] = []
        begun: list[Span] = []
        for span in spans:
            if begun and span.start < begun[-1].end:
                begun[-1] = begun[-1]._replace(end=max(span.end, begun[-1].end))
            elif span.end > self._done:
                begun.append(span)
        for span, following in zip(begun, [*begun, None][1:], strict=True):
            limit = following.start if following is not None else self._length
            text = self._text_until(self._word_end(span.end, max(limit, span.end)))
            end_s = following.at_s if following is not None else span.at_s + _NEWEST_S * len(text)
            if text:
                words.append(Word(text, span.at_s, end_s))
        return words

    def rest(self, at_s: float) -> list[Word]:
        """What was never marked, at the end of the audio."""
        text = self._text_until(self._length)
        return [Word(text, at_s, at_s)] if text else []

    def _word_end(self, end: int, limit: int) -> int:
        """The end of the signs and the space that follow the character before ``end``."""
        after_word = False
        for start, text in self._pieces:
            for at in range(max(end - start, 0), len(text)):
                if start + at >= limit or (after_word and not text[at].isspace()):
                    return end
                after_word = text[at].isspace()
                end = start + at + 1
        return end

    def _text_until(self, end: int) -> str:
        """Report the text before ``end``."""
        taken = []
        while self._pieces and self._pieces[0][0] < end:
            start, text = self._pieces.popleft()
            count = end - start
            taken.append(text[:count])
            if count < len(text):
                self._pieces.appendleft((end, text[count:]))
        self._done = max(self._done, end)
        return "".join(taken)


def characters(words: Iterable[Word]) -> Iterator[tuple[str, float]]:
    """Each character of the words, and the seconds at which it begins: those of a word are equally long."""
    for word in words:
        for at, char in enumerate(word.text):
            yield char, word.start_s + (word.end_s - word.start_s) * at / len(word.text)


def is_sentence(text: str) -> bool:
    """Whether a piece of text is a sentence rather than a token: several words, and a stop that ends no title."""
    found = _STOP.search(text)
    return _WIDE_STOP.search(text) is not None or (
        found is not None and not (found[1][:1].isupper() and len(found[1]) <= _SHORT)
    )


def ends_word(text: str) -> bool:
    """Whether what follows a piece of text is another word."""
    return bool(text) and not text[-1].isalnum()
