"""Entries of a lexicon: a word as it is written, and its pronunciation. Limits and checks, for all packages."""

from typing import Final

MAX_CHARS: Final = 100
"""Of a word, and of a pronunciation."""
MAX_SPOKEN_ENTRIES: Final = 1000
"""Entries of one ``speak`` request."""
_NOTATION: Final = frozenset("/[](){}<>|\\")
"""Characters that no phoneme in IPA has, and that surround phonemes in one notation or another."""


def phonemes(pronunciation: str) -> str:
    """The IPA of "/ipa/"; empty for a respelling."""
    return pronunciation[1:-1].strip() if _is_ipa(pronunciation) else ""


def fault(word: str, pronunciation: str) -> str:
    """What is wrong with an entry, in one line without the word; empty if nothing is."""
    for name, text in (("the word", word), ("the pronunciation", pronunciation)):
        if not text.strip():
            return f"{name} is empty"
        if len(text) > MAX_CHARS:
            return f"{name} has {len(text)} characters and may have {MAX_CHARS}"
        if not all(character.isprintable() for character in text):
            return f"{name} has control characters"
    if pronunciation.startswith("/"):
        if not _is_ipa(pronunciation):
            return "a pronunciation in IPA begins and ends with /, as in /kæt/"
        if wrong := sorted(_NOTATION.intersection(pronunciation[1:-1])):
            return f"phonemes in IPA have no {' '.join(wrong)}"
        if not any(map(str.isalpha, phonemes(pronunciation))):
            return "there are no phonemes between the slashes"
    elif not any(map(str.isalnum, pronunciation)):
        return "the respelling has no letter"
    return ""


def _is_ipa(pronunciation: str) -> bool:
    return len(pronunciation) > 1 and pronunciation[0] == pronunciation[-1] == "/"
