"""The terminal of ``svctl top``: draws lines, returns keys. Nothing is decided here."""

import curses
import locale
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.top.screen import Line, Style

_KEYS: Final = {
    curses.KEY_UP: "UP", curses.KEY_DOWN: "DOWN", curses.KEY_ENTER: "ENTER", 10: "ENTER", 13: "ENTER", 27: "ESCAPE",
    curses.KEY_BACKSPACE: "BACKSPACE", 8: "BACKSPACE", 127: "BACKSPACE", curses.KEY_RESIZE: "RESIZE",
}  # fmt: skip
_COLOURS: Final[dict[Style, int]] = {"good": curses.COLOR_GREEN, "bad": curses.COLOR_RED, "held": curses.COLOR_YELLOW}
_ESCAPE_MS: Final = 25
"""An escape without anything after it for so long is the key itself."""


class Terminal:
    """Use it through ``opened``."""

    def __init__(self) -> None:
        self._window = curses.initscr()
        self._styles: dict[Style, int] = {
            "plain": curses.A_NORMAL, "title": curses.A_REVERSE, "chosen": curses.A_BOLD | curses.A_UNDERLINE,
            "good": curses.A_NORMAL, "bad": curses.A_BOLD, "held": curses.A_BOLD,
        }  # fmt: skip
        curses.noecho()
        curses.cbreak()
        self._window.keypad(True)
        curses.set_escdelay(_ESCAPE_MS)
        with suppress(curses.error):  # a terminal that cannot hide its cursor
            curses.curs_set(0)
        if not os.environ.get("NO_COLOR"):
            with suppress(curses.error):
                self._use_colours()

    def _use_colours(self) -> None:
        curses.start_color()
        if not curses.has_colors():
            return
        curses.use_default_colors()
        for pair, (style, colour) in enumerate(_COLOURS.items(), 1):
            curses.init_pair(pair, colour, -1)
            self._styles[style] |= curses.color_pair(pair)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows. The terminal is asked each time: on a busy machine, curses has missed a change."""
        with suppress(OSError, curses.error):
            columns, rows = os.get_terminal_size(sys.stdout.fileno())
            if columns and rows and curses.is_term_resized(rows, columns):
                curses.resizeterm(rows, columns)
        rows, columns = self._window.getmaxyx()
        return columns, rows

    def draw(self, lines: Sequence[Line]) -> None:
        self._window.erase()
        encoding, columns = locale.getpreferredencoding(False), self.size[0]
        for row, line in enumerate(lines):
            text = line.text.ljust(columns) if line.style == "title" else line.text
            with suppress(curses.error):  # the last cell of the screen was written
                self._window.addstr(row, 0, text.encode(encoding, "replace").decode(encoding), self._styles[line.style])
        self._window.refresh()

    def key(self, wait_s: float | None) -> str:
        """The next key, as View.key has it, or RESIZE; empty where none is pressed in this time. None: no limit."""
        self._window.timeout(-1 if wait_s is None else int(wait_s * 1000) + 1)
        code = self._window.getch()
        return _KEYS.get(code, "") or (chr(code) if 32 <= code < 127 else "")

    @contextmanager
    def left(self) -> Iterator[None]:
        """Give the terminal to another program."""
        curses.def_prog_mode()
        curses.endwin()
        try:
            yield
        finally:
            curses.reset_prog_mode()
            self._window.clear()


@contextmanager
def opened() -> Iterator[Terminal]:
    """The terminal is as it was before at the end. InputUnusable where no such screen can be drawn."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputUnusable("standard input or output is no terminal; print readings with -b, or --json")
    locale.setlocale(locale.LC_CTYPE, "")
    try:
        curses.setupterm(fd=1)
        can_move = curses.tigetstr("cup") is not None
    except curses.error:
        can_move = False
    if not can_move:
        name = os.environ.get("TERM", "")
        raise InputUnusable(f"a terminal of the type {name!r} cannot be drawn on; print readings with -b")
    terminal = Terminal()
    try:
        yield terminal
    finally:
        curses.endwin()
