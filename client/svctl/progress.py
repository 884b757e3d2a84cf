"""What a terminal shows while a long text is spoken: how far it is, and the sentence with the word that is heard."""

import contextlib
import os
import re
import time
import unicodedata
from typing import Any, Final, NamedTuple, TextIO

_REDRAW_S: Final = 0.25
_CHARS_S: Final = 15.0
"""Spoken in a second, until it is known better."""
_PAUSED_S: Final = 2.0
"""No word is longer: when none has come for so long, the device was paused."""
_PAUSED: Final = "paused; svctl resume goes on"
_BAR: Final = 12
_EXCERPT: Final = 12
_ECHO: Final = len("^C") + 1
"""Columns left free: what the terminal echoes must not begin a new row."""
_SENTENCE_END: Final = re.compile(r"""[.!?…]['")\]»”]*\s|[\n。\uff01\uff1f]""")
_SENTENCE_CHARS: Final = 2000
"""At most, before the word and behind it."""

Highlight = tuple[str, str]


class Heard(NamedTuple):
    """The last word that began to be heard: characters [start, end) of the text; seconds of speech before it."""

    start: int = 0
    end: int = 0
    at_s: float = 0.0


class Before(NamedTuple):
    """What a text is a part of."""

    chars: int = 0
    """Before the part."""
    seconds: float = 0.0
    """Of speech before it."""
    total: int = 0
    """Characters of the whole, as far as is known."""


_WHOLE: Final = Before()


def line(text: str, heard: Heard, since_s: float, width: int, highlight: Highlight, before: Before = _WHOLE) -> str:
    """One line of at most ``width`` columns: time, bar, time left, the words around the one that is heard.

    since_s: when that word began, in seconds from now. Where not all of it fits, as much as does.
    """
    at, at_s = before.chars + heard.start, before.seconds + heard.at_s
    total = max(before.total, before.chars + len(text))
    left = max(total - at, 0)
    pace = at / at_s if at_s > 1 and at else _CHARS_S
    done = 1 - left / max(total, 1)
    bar = "=" * round(done * _BAR)
    head = f"{_clock(at_s + since_s)} [{bar:{_BAR}}] -{_clock(max(left / pace - since_s, 0))} "
    if len(head) + _EXCERPT > width:
        return f"{_clock(at_s + since_s)} {100 * done:.0f} %"[: max(width, 0)]
    return head + _excerpt(text, heard, width - len(head), highlight)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _excerpt(text: str, heard: Heard, width: int, highlight: Highlight) -> str:
    """The page of the sentence on which the word is: it turns as pages do, so that the text stands still meanwhile."""
    begin = max(heard.start - _SENTENCE_CHARS, 0)
    for before_it in _SENTENCE_END.finditer(text, begin, heard.start):
        begin = before_it.end()
    ending = _SENTENCE_END.search(text, max(heard.end - 1, heard.start), heard.end + _SENTENCE_CHARS)
    sentence = text[begin : ending.end() if ending else heard.end + _SENTENCE_CHARS].rstrip()
    sentence = "".join(char if char.isprintable() else " " for char in sentence)
    indent = len(sentence) - len(sentence.lstrip())
    before, behind = highlight
    if before.isprintable():
        width -= len(before + behind)
    start, end = _page(sentence, indent, heard.start - begin, width)
    first, last = (min(max(at - begin, start), end) for at in (heard.start, heard.end))
    word = before + sentence[first:last] + behind if first < last else ""
    return sentence[start:first] + word + sentence[last:end]


def _page(sentence: str, start: int, at: int, width: int) -> tuple[int, int]:
    """Of the pages of at most ``width`` columns, cut between words where that can be, the one with character ``at``."""
    while True:
        end, left = start, width
        while end < len(sentence) and (left := left - _columns(sentence[end])) >= 0:
            end += 1
        following = end
        if end < len(sentence) and (space := sentence.rfind(" ", start, end + 1)) > start:
            end, following = space, space + 1
        if at < following or following in (start, len(sentence)):
            return start, end
        start = following


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Progress:
    """Draws on a terminal in one line, and leaves none of it behind."""

    def __init__(self, total: int, terminal: TextIO) -> None:
        """total: characters of the text, about."""
        self.total = total
        self._terminal = terminal
        self._highlight = ("[", "]") if os.environ.get("NO_COLOR") else ("\x1b[1m", "\x1b[22m")
        self._texts: dict[int, str] = {}
        """Of the utterances that are spoken one after the other, by their numbers."""
        self._current = 0
        """The utterance that is heard."""
        self._before = _WHOLE
        self._heard = Heard()
        self._since: float | None = None
        self._paused = False
        self._shown = ""

    def append(self, number: int, text: str) -> None:
        """The utterance of this number has this text too."""
        self._texts[number] = self._texts.get(number, "") + text

    def on_event(self, event: dict[str, Any]) -> None:
        number = event.get("id")
        match event["type"]:
            case "paused":
                self._paused = event["paused"]
                self._since = time.monotonic() if self._since is not None else None
            case "started" if number in self._texts:
                self._current, self._heard, self._since = event["id"], Heard(), time.monotonic()
            case "mark" if number in self._texts:
                self._heard, self._since = Heard(event["start"], event["end"], event["at_s"]), time.monotonic()
            case "finished" if number in self._texts:
                chars, seconds, _ = self._before
                self._before = Before(chars + len(self._texts.pop(event["id"])), seconds + event["duration_s"])

    def draw(self) -> float | None:
        """Return after how many seconds to draw again; None: when there is an event."""
        if self._since is None:
            return None
        since = min(time.monotonic() - self._since, _PAUSED_S)
        fd, width = self._terminal.fileno(), 80
        with contextlib.suppress(OSError):
            width = os.get_terminal_size(fd).columns or width
            if os.tcgetpgrp(fd) != os.getpgrp():
                return _REDRAW_S  # in the background; the terminal is another's
        if self._paused:
            shown = _PAUSED[: max(width - _ECHO, 0)]
        else:
            text = self._texts.get(self._current, "")
            before = self._before._replace(total=self.total)
            shown = line(text, self._heard, since, width - _ECHO, self._highlight, before)
        if shown != self._shown:
            self._put("\r" + shown + "\x1b[K")
            self._shown = shown
        return _REDRAW_S

    def clear(self) -> None:
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = ""

    def _put(self, text: str) -> None:
        print(text, end="", file=self._terminal, flush=True)
