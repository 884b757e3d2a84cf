"""A text of which every character is read: in place of the filter."""

from steadyvoice.workers.text.markup.view import Piece


class Unfiltered:
    """Like `filter.Markup`, but the pieces are the text."""

    def __init__(self, at: int = 0) -> None:
        """at: characters of the text before the first one fed."""
        self.position = at
        self.pending = False

    def feed(self, text: str) -> list[Piece]:
        start, self.position = self.position, self.position + len(text)
        return [Piece(text, start, self.position, True)] if text else []

    def flush(self) -> list[Piece]:
        return []

    def close(self) -> list[Piece]:
        return []

    def state_at(self, position: int) -> int:
        return 0

    def forget(self, position: int) -> None: ...
