"""Where the text for the listener comes from in the text as it was written."""

from bisect import bisect_right
from collections.abc import Iterable

from steadyvoice.workers.text.markup.view import Piece


class Places:
    """Pieces in, in order; offsets into their joined text can then be converted until they are forgotten."""

    def __init__(self, at: int = 0) -> None:
        """at: offset of the first piece."""
        self._offsets: list[int] = []
        self._pieces: list[Piece] = []
        self.end = at
        """Offset of the next piece."""

    def add(self, pieces: Iterable[Piece]) -> str:
        """The joined text of the pieces."""
        pieces = list(pieces)
        for piece in pieces:
            self._offsets.append(self.end)
            self._pieces.append(piece)
            self.end += len(piece.text)
        return "".join(piece.text for piece in pieces)

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Characters [start, end) of the joined text, at least one, as offsets into the text as it was written."""
        first, piece = self._piece(start)
        last, end_piece = self._piece(end - 1)
        return (
            piece.start + (start - first if piece.literal else 0),
            end_piece.start + end - last if end_piece.literal else end_piece.end,
        )

    def runs(self, runs: Iterable[tuple[int, int, int]], size: int) -> tuple[tuple[int, int, int], ...]:
        """Convert the runs of a segment of ``size`` characters.

        Each run begins at a character of the segment and at one of the joined text, or of the text as it was written;
        last comes the number of these from which each character of the run comes.
        """
        runs = list(runs)
        written: list[tuple[int, int, int]] = []
        for (begin, offset, _), (end, _, _) in zip(runs, [*runs[1:], (size, 0, 0)], strict=True):
            at = begin
            while at < end:
                first, piece = self._piece(offset + at - begin)
                inside = offset + at - begin - first
                width = 1 if piece.literal else piece.end - piece.start
                written.append((at, piece.start + (inside if piece.literal else 0), width))
                at += len(piece.text) - inside if piece.literal else 1
        return tuple(written)

    def said(self, end: int) -> int:
        """How much of a text that is said in place of other characters ends at ``end``; 0 where all of it does."""
        first, piece = self._piece(end - 1)
        return 0 if piece.literal or not piece.text[end - first :].strip() else end - first

    def forget(self, position: int) -> None:
        """No offset before this one is converted any more."""
        count = max(0, bisect_right(self._offsets, position) - 1)
        del self._offsets[:count], self._pieces[:count]

    def _piece(self, char: int) -> tuple[int, Piece]:
        at = bisect_right(self._offsets, char) - 1
        return self._offsets[at], self._pieces[at]


def divided(pieces: Iterable[Piece], end: int) -> tuple[list[Piece], list[Piece]]:
    """The pieces from before character ``end`` of the text as it was written, and those from there on."""
    before: list[Piece] = []
    after: list[Piece] = []
    for piece in pieces:
        if piece.literal and piece.start < end < piece.end:
            at = end - piece.start
            before.append(Piece(piece.text[:at], piece.start, end, True))
            after.append(Piece(piece.text[at:], end, piece.end, True))
        else:
            (before if piece.start < end else after).append(piece)
    return before, after
