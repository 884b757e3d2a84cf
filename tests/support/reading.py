"""What the text front end says of a text, in the form in which tests compare readings."""

import re

from steadyvoice.workers.text.front_end import spoken


def words(text: str, language: str = "en-US") -> str:
    return plain(spoken(text, language))


def plain(said: str) -> str:
    """Lower case, without punctuation, single spaces; an apostrophe inside a word stays."""
    said = said.lower().replace("\u2019", "'")
    return " ".join(re.sub(r"[^\w']|(?<!\w)'|'(?!\w)|_", " ", said).split())
