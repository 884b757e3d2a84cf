"""Texts that are too long for one call of a language model, and speech that is too long for its text."""

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


def longest(text: str, most: int) -> int:
    """Tokens of 40 ms or so beyond which speech is implausibly long: three a character, half a slow reader's speed."""
    return min(most, 50 + 3 * len(text))
