"""The text of one utterance as a listener should have it, from what is written, while it arrives."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from steadyvoice.workers.text.markup import fences, inline, lines, tags, terminal
from steadyvoice.workers.text.markup.state import Block, State
from steadyvoice.workers.text.markup.view import OVERWRITTEN, SENTENCE_END, Found, Piece, Undecided, View
from steadyvoice.workers.text.patterns import lazy

_SPECIAL: Final = r"\n\r\x1b\x08"
_INLINE: Final = rf"{_SPECIAL}*_~`\[\]!<&\\"
_PLAIN: Final = {
    block: lazy(rf"[^{_INLINE}{more}]+")
    for block, more in ((Block.PARAGRAPH, ""), (Block.HEADING, "#"), (Block.ROW, r"| \t"))
}
_CODE: Final = lazy(rf"[^{_SPECIAL}`]+")
_CONSTRUCTS: Final[dict[str, Callable[[View], Found | None]]] = {
    "\n": lambda view: terminal.line_end(view, 1),
    "\r": terminal.carriage_return,
    "\x1b": terminal.sequence,
    "\b": terminal.backspace,
    "<": tags.angle,
    "&": tags.entity,
    "[": inline.bracket,
    "!": inline.bracket,
    "]": inline.link_end,
    "\\": inline.backslash,
    "|": inline.cell_end,
    " ": inline.cell_end,
    "\t": inline.cell_end,
    "#": inline.hashes,
    **dict.fromkeys("*_~`", inline.run),
}
_MAX_OVERWRITTEN: Final = 500


class Markup:
    """Text in, pieces out, in order. The pieces depend on the characters alone, not on how they were cut.

    Only `flush` has an effect of its own. At most ``inline.MAX_LINK`` or a comment's limit of characters are held.
    A restart continues at a segment's end with the state there (`state_at`).
    """

    def __init__(self, at: int = 0, state: int = 0) -> None:
        """at: characters of the text before the first one fed; state: of ``state_at(at)``."""
        self._text, self._index, self._offset = "", 0, at
        self._state = State.unpacked(state)
        self._states: list[tuple[int, int]] = [(at, state)]
        self._line_begin = not at
        self._before = SENTENCE_END if at else "\n"
        self._first, self._closed = not at, False
        self._overwriting: list[Piece] | None = None
        """The line since a carriage return; None where there was none."""
        self._returned = False
        self._began_line = False
        """Something of the line came out before the carriage return."""
        self._out: list[Piece] = []

    def feed(self, text: str) -> list[Piece]:
        """Append text; the pieces that no further text can change."""
        self._text += text
        return self._read()

    def flush(self) -> list[Piece]:
        """No more text has come for some time: release what the segmenter could use.

        A mark that may begin emphasis is taken for it without its end. What may still become a link, a tag, or a
        construct of lines is held.
        """
        return self._read(halted=True)

    def close(self) -> list[Piece]:
        """No more text follows."""
        self._closed = True
        pieces = self._read()
        if self._overwriting is not None:
            pieces += self._overwritten()
        return pieces

    @property
    def position(self) -> int:
        """Characters of the text that were read and returned; the rest is held."""
        return self._overwriting[0].start if self._overwriting else self._offset + self._index

    @property
    def pending(self) -> bool:
        """There is non-blank text that is held."""
        return bool(self._overwriting) or (not self._text[self._index :].isspace() and self._index < len(self._text))

    def state_at(self, position: int) -> int:
        """The state for a restart at a position that was read and not forgotten."""
        at = bisect_right(self._states, position, key=lambda entry: entry[0]) - 1
        return self._states[max(0, at)][1]

    def forget(self, position: int) -> None:
        """No restart will be before this position."""
        del self._states[: max(0, bisect_right(self._states, position, key=lambda entry: entry[0]) - 1)]

    def _read(self, *, halted: bool = False) -> list[Piece]:
        while self._index < len(self._text):
            try:
                self._step(halted=halted)
            except Undecided:
                break
        self._text, self._offset, self._index = self._text[self._index :], self._offset + self._index, 0
        out, self._out = self._out, []
        return out

    def _step(self, *, halted: bool) -> None:
        state = self._state
        if not (self._line_begin or state.fence or state.hidden):
            plain = _CODE if state.code else _PLAIN[Block(state.block)]
            if found := plain.match(self._text, self._index):
                self._literal(len(found[0]))
                return
        view = View(
            self._text, self._index, self._before, state, self._line_begin, self._first, self._closed, halted
        )  # fmt: skip
        if (construct := self._construct(view)) is None:
            self._literal(1)
            return
        start = self._offset + self._index
        for text, begin, end in construct.parts:
            self._emit(text, start + begin, start + end)
        if construct.returns:
            self._return()
        before = self._before
        self._advance(construct.length)
        if view.text[view.at] == "\x1b":  # a change of colour separates nothing
            self._before = "\n" if construct.line_begin else before
        self._line_begin = construct.line_begin
        if construct.state != state:
            self._state = construct.state
            self._states.append((self._offset + self._index, construct.state.packed()))

    def _construct(self, view: View) -> Found | None:
        if view.state.fence:
            return fences.line(view)
        if view.state.hidden:
            return tags.hidden(view)
        if view.line_begin and (found := lines.begin(view)):
            return found
        char = view.text[view.at]
        if view.state.code and char not in "\n\r\x1b\b`":
            return None
        construct = _CONSTRUCTS.get(char)
        if construct is None or (char in "| \t" and view.state.block != Block.ROW):
            return None
        if char == "#" and view.state.block != Block.HEADING:
            return None
        return construct(view)

    def _literal(self, length: int) -> None:
        start = self._offset + self._index
        text = self._text[self._index : self._index + length]
        self._emit(text, start, start + length)
        self._advance(length)
        self._line_begin = False

    def _advance(self, length: int) -> None:
        if length:
            self._before = (self._before + self._text[self._index : self._index + length])[-2:]
            self._index += length
            self._first = False

    def _emit(self, text: str, start: int, end: int) -> None:
        """start, end: as in `Piece`."""
        if self._returned and "\n" not in text:
            stripped = text.lstrip()  # spaces only erase what is overwritten
            if not stripped:
                return
            start += len(text) - len(stripped) if len(text) == end - start else 0
            mark = Piece(OVERWRITTEN, start, start, False)
            self._overwriting, self._returned = [mark] if self._began_line else [], False
            text = stripped
        raw = self._text[start - self._offset : end - self._offset]
        piece = Piece(text, start, end, text == raw)
        if self._overwriting is None:
            self._out.append(piece)
            return
        self._overwriting.append(piece)
        if "\n" in text or sum(len(piece.text) for piece in self._overwriting) > _MAX_OVERWRITTEN:
            self._out += self._overwritten()

    def _return(self) -> None:
        """The line so far is overwritten as soon as something else is written."""
        if self._overwriting is None:
            self._overwriting, self._began_line = [], not self._line_begin
        self._returned = True

    def _overwritten(self) -> list[Piece]:
        pieces, self._overwriting, self._returned = self._overwriting or [], None, False
        return pieces
