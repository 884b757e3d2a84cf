"""Whether a text has anything to say: the daemon, svctl and the segmenter must agree."""

import unicodedata


def is_sayable(text: str) -> bool:
    """Whether the text has a letter, a digit or a symbol beyond ASCII (an emoji). Punctuation is silent."""
    return any(map(str.isalnum, text)) or any(
        character > "\x7f" and unicodedata.category(character)[0] == "S" for character in text
    )
