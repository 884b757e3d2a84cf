"""Texts that are too long for one call of a language model."""

from collections.abc import Iterator


def pieces(text: str, most: int) -> Iterator[str]:
    """Parts of at most ``most`` characters, cut after a clause, at a space, or anywhere, in this order."""
    text = text.strip()
    while len(text) > most:
        room = text[:most]
        clause = max(room.rfind(", "), room.rfind(". ")) + 1
        cut = clause or room.rfind(" ") + 1 or most
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text
