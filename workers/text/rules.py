"""Rules that read expressions of a text, such as a date, and one scan of a text that applies them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import Traced

# Where a rule may match: at a run of letters, a run of digits, or a single other character, such as ² or ½.
_NUMERIC = "²³¹¼-¾⁰-₉⅐-⅟↉"
_START = re.compile(rf"[^\W\d_{_NUMERIC}]+|\d+|[^\w\s]|[_{_NUMERIC}]")
LETTER: Final = "a"
DIGIT: Final = "0"
OTHER: Final = "\0"
_NO_SPACE_BEFORE: Final = frozenset('—…,.!?()"')
_NO_SPACE_AFTER: Final = frozenset('—("')


@dataclass(frozen=True)
class Rule:
    """Reads one kind of expression.

    A pattern is matched against the whole segment at each place where its first character may stand, so that
    lookbehind and lookahead see what surrounds the expression. It must be linear: it never tries the same characters
    in more than a bounded number of ways.
    """

    kind: str
    """Of the expression, for example "date"."""
    first: str
    """Characters with which the expression may begin; LETTER and DIGIT stand for any letter and any digit,
    OTHER for any other character that no rule names."""
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]
    """The words to say, without outer spaces; None where the match is no such expression, so that the next rule is
    tried. "" where nothing is to be said. A full stop that also ends the sentence is part of the words."""


class RuleSet:
    """Rules in order of precedence, by the characters with which they may begin."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_first: dict[str, list[Rule]] = {LETTER: [], DIGIT: []}
        for rule in rules:
            for first in rule.first:
                self._by_first.setdefault(first, []).append(rule)
        self._others = self._by_first.get(OTHER, [])

    def apply(self, text: Traced) -> Traced:
        """Read the text once, from left to right: at each place the first rule that applies.

        What a rule has read is not read again. Spaces separate it from letters and digits around it.
        """
        found: list[tuple[int, int, str]] = []
        at = 0
        for start in _START.finditer(text):
            if start.start() >= at and (match := self._first(text, start)) is not None:
                at = match[1]
                found.append(match)
        return text.replaced(_separated(text, found))

    def _first(self, text: str, start: re.Match[str]) -> tuple[int, int, str] | None:
        character = start[0][0]
        kind = DIGIT if character.isdecimal() else LETTER if character.isalpha() else character
        for rule in self._by_first.get(kind, self._others):
            match = rule.pattern.match(text, start.start())
            if match is not None and match.end() > match.start() and (words := rule.read(match)) is not None:
                return match.start(), match.end(), words
        return None


def _separated(text: str, found: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Add spaces where words, not marks, would run into the text or the words beside them."""
    separated: list[tuple[int, int, str]] = []
    before, last_end = "", 0  # the last character that is said before last_end
    for start, end, words in found:
        before = text[start - 1 : start] if start > last_end else before
        if words:
            left = " " if before.isalnum() and words[0] not in _NO_SPACE_BEFORE else ""
            right = " " if text[end : end + 1].isalnum() and words[-1] not in _NO_SPACE_AFTER else ""
            words = left + words + right
            before = words.rstrip(LETTER_NAME)[-1:]
        last_end = end
        separated.append((start, end, words))
    return separated
