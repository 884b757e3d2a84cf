"""Rules that read expressions of a text, such as a date, and one scan of a text that applies them."""

import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import Traced

# Where a rule may match: at a run of letters, a run of digits, or a single other character, such as ² or ½.
_NUMERIC = "²³¹¼-¾⁰-₉⅐-⅟↉"
_START = lazy(rf"[^\W\d_{_NUMERIC}]+|\d+|[^\w\s]|[_{_NUMERIC}]")
CAPITAL, SMALL = string.ascii_uppercase, string.ascii_lowercase
LETTER: Final = "\x01"
DIGIT: Final = "\x02"
OTHER: Final = "\x03"
_NO_SPACE_BEFORE: Final = frozenset('—…,.!?()"')
_FIRST_WITHOUT_SPACES: Final = "\u2e80"
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
    """Characters with which the expression may begin; LETTER and DIGIT stand for any letter and any digit, OTHER for
    any other character that no rule names. The fewer letters, the fewer words at which the rule is tried."""
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]
    """The words to say, without outer spaces; None where the match is no such expression, so that the next rule is
    tried. "" where nothing is to be said. A full stop that also ends the sentence is part of the words."""


class RuleSet:
    """Rules in order of precedence, by the characters with which they may begin."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        rules = list(rules)
        named = {first for rule in rules for first in rule.first} | {LETTER, DIGIT, OTHER}
        self._by_first = {
            first: [rule for rule in rules if first in rule.first or (first.isalpha() and LETTER in rule.first)]
            for first in named
        }

    def apply(self, text: Traced, kept: Iterable[tuple[int, int]] = ()) -> Traced:
        """Read the text once, from left to right: at each place the first rule that applies.

        What a rule has read is not read again. Spaces separate it from letters and digits around it. kept: ranges, in
        order, of which no rule reads a part.
        """
        found: list[tuple[int, int, str]] = []
        at = 0
        ranges = iter([*kept, (len(text), len(text))])
        limit, after = next(ranges)
        for start in _START.finditer(text):
            while start.start() >= limit:
                at = max(at, after)
                limit, after = next(ranges)
            if start.start() >= at and (match := self._first(text, start, limit)) is not None:
                at = match[1]
                found.append(match)
        return text.replaced(separated(text, found))

    def _first(self, text: str, start: re.Match[str], limit: int) -> tuple[int, int, str] | None:
        """The first rule's range and words that end at ``limit`` or before."""
        for rule in self._rules_for(start[0][0]):
            match = rule.pattern.match(text, start.start())
            if match is None or not match.start() < match.end() <= limit:
                continue
            if (words := rule.read(match)) is not None:
                return match.start(), match.end(), words
        return None

    def _rules_for(self, character: str) -> list[Rule]:
        if (rules := self._by_first.get(character)) is not None and not character.isdecimal():
            return rules
        return self._by_first[DIGIT if character.isdecimal() else LETTER if character.isalpha() else OTHER]


def separated(text: str, found: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Add spaces where words, not marks, would run into the text or the words beside them."""
    result: list[tuple[int, int, str]] = []
    before, last_end = "", 0  # the last character that is said before last_end
    for start, end, words in found:
        before = text[start - 1 : start] if start > last_end else before
        if words:
            after = text[end : end + 1]
            left = " " if before.isalnum() and words[0] not in _NO_SPACE_BEFORE and not _runs(before, words[0]) else ""
            right = " " if after.isalnum() and words[-1] not in _NO_SPACE_AFTER and not _runs(words[-1], after) else ""
            words = left + words + right
            before = words.rstrip(LETTER_NAME)[-1:]
        last_end = end
        result.append((start, end, words))
    return result


def _runs(first: str, second: str) -> bool:
    """Whether both are of a script without spaces between words, or one of them a digit that is still to be read."""
    one, other = first >= _FIRST_WITHOUT_SPACES, second >= _FIRST_WITHOUT_SPACES
    return (one and other) or (one and second.isdecimal()) or (other and first.isdecimal())
