"""Whether a text has anything to say: the daemon, svctl and the segmenter must agree."""


def is_sayable(text: str) -> bool:
    """Whether the text has a letter, a digit or a symbol beyond ASCII (an emoji). Punctuation is silent."""
    if any(map(str.isalnum, text)):
        return True
    if text.isascii():
        return False
    import unicodedata  # costs svctl 1 ms, and is seldom needed

    return any(character > "\x7f" and unicodedata.category(character)[0] == "S" for character in text)
