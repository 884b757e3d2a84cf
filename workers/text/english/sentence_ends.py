"""Whether the full stop of an abbreviation also ends the sentence."""

import re
from typing import Final

from steadyvoice.workers.text.patterns import lazy

_CLOSED: Final = lazy(r"[\"'”’)\]]*\s*$")
_OPENED: Final = lazy(
    r" [\"“(]?(?:I|It|The|He|She|They|We|You|There|This|That|These|His|Her|My|Our|Its|Their|When|If|But|And|So|"
    r"Then|What|Where|Who|How|Why|Please|Now|Here|Yes)(?=[ ,'’])"
)
_CAPITAL: Final = lazy(
    r" [\"“(]?[A-Z][a-z]+ (?!(?:of|and|or|de|van|von|is|are|was|were|has|had|will|can|in|at|on|to|for|from|by)\b)[a-z]"
)


def is_closed(match: re.Match[str]) -> bool:
    """Nothing but closing marks follows."""
    return _CLOSED.match(match.string, match.end()) is not None


def opens_sentence(match: re.Match[str]) -> bool:
    """A word that often begins a sentence follows, in a capital."""
    return _OPENED.match(match.string, match.end()) is not None


def with_stop(match: re.Match[str], words: str, is_address: bool = False) -> str:
    """The words of an abbreviation, with a full stop if the sentence ends there too.

    is_address: no name but that of a town may follow, so that a capital and a word in small letters begin a sentence.
    """
    ends = is_closed(match) or opens_sentence(match) or (is_address and _CAPITAL.match(match.string, match.end()))
    return f"{words}." if match[0].endswith(".") and ends else words
