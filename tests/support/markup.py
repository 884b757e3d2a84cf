"""What the markup filter makes of a text, and what the segmenter makes of that."""

from collections.abc import Iterable, Sequence

from steadyvoice.workers.generation.segmenter import Segmenter
from steadyvoice.workers.text.markup.filter import Markup
from steadyvoice.workers.text.markup.view import Piece


def pieces(text: str, cuts: Sequence[int] = ()) -> list[Piece]:
    """cuts: where the text is cut into pieces."""
    markup, said = Markup(), []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        said += markup.feed(text[start:end])
    return said + markup.close()


def shown(text: str) -> str:
    """The text that comes out, which is the same where one character comes at a time."""
    whole = "".join(piece.text for piece in pieces(text))
    assert "".join(piece.text for piece in pieces(text, range(1, len(text)))) == whole
    return whole


def segments(text: str) -> list[str]:
    """The segments of the text that comes out."""
    segmenter = Segmenter()
    segmenter.feed(shown(text))
    segmenter.close()
    found = []
    while segment := segmenter.next():
        found.append(segment.text)
    return found


def characters(said: Iterable[Piece]) -> list[tuple[str, int, int]]:
    """Each character with the characters of the written text from which it comes."""
    result = []
    for piece in said:
        for at, char in enumerate(piece.text):
            place = (piece.start + at, piece.start + at + 1) if piece.literal else (piece.start, piece.end)
            result.append((char, *place))
    return result
