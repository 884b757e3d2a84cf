"""What the SSML filter makes of a document, as short lists that do not depend on how it was cut."""

from collections.abc import Sequence
from functools import partial

from steadyvoice.workers.generation.segmenter import Segment
from steadyvoice.workers.generation.text_feed import TextFeed
from steadyvoice.workers.text.ssml.directions import SegmentDirections
from steadyvoice.workers.text.ssml.filter import Ssml
from steadyvoice.workers.text.ssml.items import Cut, Item, NamedMark, Pause, Text
from steadyvoice.workers.text.ssml.say_as import said_as


def items(document: str, cuts: Sequence[int] = (), language: str = "en-US") -> tuple[list[Item], Ssml]:
    """cuts: where the document is cut into pieces."""
    ssml = Ssml(partial(said_as, language=language))
    found: list[Item] = []
    for start, end in zip([0, *cuts], [*cuts, len(document)], strict=True):
        found += ssml.feed(document[start:end])
    return found + ssml.close(), ssml


def characters(found: Sequence[Item]) -> list[object]:
    """Each character with its places, and the other items."""
    result: list[object] = []
    for item in found:
        if not isinstance(item, Text):
            result.append(item)
            continue
        piece = item.piece
        for at, char in enumerate(piece.text):
            place = (piece.start + at, piece.start + at + 1) if piece.literal else (piece.start, piece.end)
            result.append((char, *place, item.phonemes))
    return result


def text(document: str, language: str = "en-US") -> str:
    """The text of a fragment of valid SSML. A pause is (0.5), a mark [name], a cut /, or // if it ends a sentence."""
    found, ssml = items(f"<speak>{document}</speak>", language=language)
    assert not ssml.error
    return "".join(map(_short, found))


def _short(item: Item) -> str:
    match item:
        case Pause():
            return f"({item.seconds:g})"
        case NamedMark():
            return f"[{item.name}]"
        case Cut():
            return "//" if item.ends_sentence else "/"
        case Text():
            return item.piece.text


def stripped(document: str) -> str:
    """The words of a document that is not valid."""
    found, ssml = items(document)
    assert ssml.error
    return " ".join("".join(item.piece.text if isinstance(item, Text) else " " for item in found).split())


Taken = tuple[Segment, SegmentDirections]


def segments(feed: TextFeed, now: float = 0.0) -> list[Taken]:
    """All segments that can be had now, with their directions."""
    taken = []
    while segment := feed.take(now, 2.0, is_first=False):
        taken.append((segment, feed.directions))
    return taken


def fed(document: str, cuts: Sequence[int] = ()) -> list[Taken]:
    """The segments of a document that comes in pieces, each taken as soon as possible."""
    feed, taken = TextFeed(ssml=True, language="en-US"), []
    for start, end in zip([0, *cuts], [*cuts, len(document)], strict=True):
        feed.feed(document[start:end].encode(), 0.0)
        taken += segments(feed)
    feed.close(0.0)
    taken += segments(feed)
    assert feed.done
    return taken
