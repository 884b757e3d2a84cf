"""What stands beside a sign: rules decide by it what the sign means."""

import re
from collections.abc import Callable
from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_WIDTH: Final = 40
"""Characters of the context, which bound its cost."""
_OPERAND_BEFORE: Final = lazy(r"(?:\d|(?<![^\W\d_])[^\W\d_]|[)\]])( ?)$")
_OPERAND_AFTER: Final = lazy(r"( ?)(?:[\d(\[]|[^\W\d_](?![^\W\d_]))")


def sign_rule(kind: str, first: str, pattern: str, read: Callable[[re.Match[str]], str | None] | str) -> Rule:
    """read: a function as in Rule, or the words that are always said."""
    return Rule(kind, first, lazy(pattern), read if callable(read) else lambda _: read)


def before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _WIDTH) : match.start()]


def after(match: re.Match[str]) -> str:
    return match.string[match.end() : match.end() + _WIDTH]


def is_apart(match: re.Match[str]) -> bool:
    """With spaces or nothing on both sides."""
    return before(match)[-1:] in ("", " ") and after(match)[:1] in ("", " ")


def joins_words(match: re.Match[str]) -> bool:
    """Between letters or digits, without spaces."""
    return before(match)[-1:].isalnum() and after(match)[:1].isalnum()


def is_between_words(match: re.Match[str]) -> bool:
    """Between words, which may be in quotation marks or brackets."""
    left, right = before(match).rstrip(" \"'”)]"), after(match).lstrip(" \"'“([")
    return left[-1:].isalnum() and right[:1].isalnum()


def is_between_operands(match: re.Match[str]) -> bool:
    """Between numbers, single letters or brackets, with a space on both sides or on neither."""
    left, right = _OPERAND_BEFORE.search(before(match)), _OPERAND_AFTER.match(after(match))
    return left is not None and right is not None and left[1] == right[1]
