"""Letters that are said by their names."""

from typing import Final

LETTER_NAME: Final = "\ue000"
"""Follows an A that is a letter's name, not the article. Private to the text front end."""


def letters(text: str) -> str:
    """The letters' names, one by one: "NASA" as "N A S A"."""
    return " ".join(letter_name(letter) for letter in text if letter.isalpha())


def letter_name(letter: str) -> str:
    letter = letter.upper()
    return letter + LETTER_NAME if letter == "A" else letter
