"""Progress line on a terminal while a long text is spoken: position, and the current sentence with its word marked."""

import contextlib
import os
import re
import time
import unicodedata
from typing import Any, Final, NamedTuple, TextIO

_REDRAW_S: Final = 0.25
_CHARS_S: Final = 15.0
"""Characters per second, until the actual rate is known."""
_PAUSED_S: Final = 2.0
"""No word lasts longer: if no mark comes for this time, the device was paused."""
_PAUSED: Final = "paused; svctl resume continues"
_BAR: Final = 12
_EXCERPT: Final = 12
_ECHO: Final = len("^C") + 1
"""Columns left free, so that the terminal's echo of Ctrl-C does not begin a new row."""
_SENTENCE_END: Final = re.compile(r"""[.!?…]['")\]»”]*\s|[\n。\uff01\uff1f]""")
_SENTENCE_CHARS: Final = 2000
"""Maximum length of the excerpt before the word and after it."""

Highlight = tuple[str, str]


class CurrentWord(NamedTuple):
    """The last word that playback has reached: characters [start, end) of the text; seconds of speech before it."""

    start: int = 0
    end: int = 0
    at_s: float = 0.0


class Position(NamedTuple):
    """The position of a part within the whole text."""

    chars: int = 0
    """Characters before the part."""
    seconds: float = 0.0
    """Seconds of speech before the part."""
    total: int = 0
    """Characters of the whole text, as far as known."""


_WHOLE: Final = Position()


def line(
    text: str, current: CurrentWord, since_s: float, width: int, highlight: Highlight, before: Position = _WHOLE
) -> str:
    """One line of at most ``width`` columns: elapsed time, bar, time left, the words around the current one.

    since_s: seconds since that word began. If the line does not fit, it is shortened.
    """
    at, at_s = before.chars + current.start, before.seconds + current.at_s
    total = max(before.total, before.chars + len(text))
    left = max(total - at, 0)
    pace = at / at_s if at_s > 1 and at else _CHARS_S
    done = 1 - left / max(total, 1)
    bar = "=" * round(done * _BAR)
    head = f"{_clock(at_s + since_s)} [{bar:{_BAR}}] -{_clock(max(left / pace - since_s, 0))} "
    if len(head) + _EXCERPT > width:
        return f"{_clock(at_s + since_s)} {100 * done:.0f} %"[: max(width, 0)]
    return head + _excerpt(text, current, width - len(head), highlight)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _excerpt(text: str, current: CurrentWord, width: int, highlight: Highlight) -> str:
    """The page of the sentence that contains the word. The text is paged, so that it does not scroll with each word."""
    begin = max(current.start - _SENTENCE_CHARS, 0)
    for before_it in _SENTENCE_END.finditer(text, begin, current.start):
        begin = before_it.end()
    ending = _SENTENCE_END.search(text, max(current.end - 1, current.start), current.end + _SENTENCE_CHARS)
    sentence = text[begin : ending.end() if ending else current.end + _SENTENCE_CHARS].rstrip()
    sentence = "".join(char if char.isprintable() else " " for char in sentence)
    indent = len(sentence) - len(sentence.lstrip())
    before, behind = highlight
    if before.isprintable():
        width -= len(before + behind)
    start, end = _page(sentence, indent, current.start - begin, width)
    first, last = (min(max(at - begin, start), end) for at in (current.start, current.end))
    word = before + sentence[first:last] + behind if first < last else ""
    return sentence[start:first] + word + sentence[last:end]


def _page(sentence: str, start: int, at: int, width: int) -> tuple[int, int]:
    """The page of at most ``width`` columns, cut between words if possible, that contains character ``at``."""
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
    """Draws one line on a terminal and erases it at the end. For one thread."""

    def __init__(self, total: int, terminal: TextIO) -> None:
        """total: approximate characters of the text."""
        self.total = total
        self._terminal = terminal
        self._highlight = ("[", "]") if os.environ.get("NO_COLOR") else ("\x1b[1m", "\x1b[22m")
        self._texts: dict[int, str] = {}
        """Texts of the utterances, which are spoken one after the other, by utterance id."""
        self._current = 0
        """Id of the utterance that is playing."""
        self._before = _WHOLE
        self._current_word = CurrentWord()
        self._since: float | None = None
        self._paused = False
        self._shown = ""

    def append(self, number: int, text: str) -> None:
        """Append text of the utterance with this id."""
        self._texts[number] = self._texts.get(number, "") + text

    def on_event(self, event: dict[str, Any]) -> None:
        number = event.get("id")
        match event["type"]:
            case "paused":
                self._paused = event["paused"]
                self._since = time.monotonic() if self._since is not None else None
            case "started" if number in self._texts:
                self._current, self._current_word, self._since = event["id"], CurrentWord(), time.monotonic()
            case "mark" if number in self._texts:
                self._current_word, self._since = (
                    CurrentWord(event["start"], event["end"], event["at_s"]),
                    time.monotonic(),
                )
            case "finished" if number in self._texts:
                chars, seconds, _ = self._before
                self._before = Position(chars + len(self._texts.pop(event["id"])), seconds + event["duration_s"])

    def draw(self) -> float | None:
        """Draw the line. Returns seconds until the next draw; None: draw after the next event."""
        if self._since is None:
            return None
        since = min(time.monotonic() - self._since, _PAUSED_S)
        fd, width = self._terminal.fileno(), 80
        with contextlib.suppress(OSError):
            width = os.get_terminal_size(fd).columns or width
            if os.tcgetpgrp(fd) != os.getpgrp():
                return _REDRAW_S  # in the background, where another process group uses the terminal
        if self._paused:
            shown = _PAUSED[: max(width - _ECHO, 0)]
        else:
            text = self._texts.get(self._current, "")
            before = self._before._replace(total=self.total)
            shown = line(text, self._current_word, since, width - _ECHO, self._highlight, before)
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
