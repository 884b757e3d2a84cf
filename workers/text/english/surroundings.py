"""What stands around an expression."""

import re
from typing import Final

_WIDTH: Final = 28


def follows(match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """Whether the pattern, which must end with "$", matches right before the expression, within 28 characters."""
    return pattern.search(match.string, max(0, match.start() - _WIDTH), match.start()) is not None


def precedes(match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """Whether the pattern matches right after the expression."""
    return pattern.match(match.string, match.end()) is not None
