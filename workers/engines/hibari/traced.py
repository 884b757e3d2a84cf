"""Text that keeps its source positions through the package's normalisation: "7:30" becomes "seven thirty".

The normalisation is the package's own function (hibari-tts, Apache-2.0), run with substitutions that track positions.
"""

import re
from collections.abc import Callable
from types import FunctionType
from typing import Any, SupportsIndex

from hibari.g2p.normalize import normalize

_CHUNK = re.compile(r"\S+")


class Traced(str):
    """A string derived from another text: character i comes from [begins[i], ends[i]) of that; both are monotonic."""

    begins: list[int]
    ends: list[int]

    @classmethod
    def made(cls, text: str, begins: list[int], ends: list[int]) -> "Traced":
        traced = cls(text)
        traced.begins, traced.ends = begins, ends
        return traced

    @classmethod
    def of(cls, text: str) -> "Traced":
        return cls.made(text, list(range(len(text))), list(range(1, len(text) + 1)))

    def part(self, start: int, end: int) -> "Traced":
        return self.made(self[start:end], self.begins[start:end], self.ends[start:end])

    def strip(self, chars: str | None = None, /) -> "Traced":
        text = super().strip(chars)
        start = len(self) - len(self.lstrip(chars))
        return self if len(text) == len(self) else self.part(start, start + len(text))

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> "Traced":
        return substitute(re.compile(re.escape(old)), lambda _: new, self) if old in self else self


def substitute(pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], text: Traced) -> Traced:
    """As ``pattern.sub(replacement, text)``."""
    done = pattern.sub(replacement, text)
    if done == text:
        return text
    begins: list[int] = []
    ends: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
        start, end = match.span()
        begins += text.begins[at:start]
        ends += text.ends[at:start]
        for length, first, last in _origins(match[0], new):
            begins += [text.begins[start + first]] * length
            ends += [text.ends[start + last - 1]] * length
        at = end
    return Traced.made(done, begins + text.begins[at:], ends + text.ends[at:])


def _origins(old: str, new: str) -> list[tuple[int, int, int]]:
    """For each piece of the new text: its length, and the range of the old text that it replaces.

    "7:30 pm" and "seven thirty P.M." both end with "pm", so the words before it replace "7:30".
    """
    was = [match.span() for match in _CHUNK.finditer(old)]
    if len(was) < 2:
        return [(len(new), 0, len(old))]
    now = [match.span() for match in _CHUNK.finditer(new)]
    old_names, new_names = ([_name(text[a:b]) for a, b in spans] for text, spans in ((old, was), (new, now)))
    least, head, tail = min(len(was), len(now)), 0, 0
    while head < least and old_names[head] == new_names[head]:
        head += 1
    while tail < least - head and old_names[-1 - tail] == new_names[-1 - tail]:
        tail += 1
    middle = range(head, len(was) - tail)
    width = len(now) - head - tail
    one_by_one = len(middle) == width and not set(old_names[head:][:width]) & set(new_names[head:][:width])
    pieces, at = [], 0
    for i, (_, end) in enumerate(now):
        if i < head:
            first = last = i
        elif i >= len(now) - tail:
            first = last = i - len(now) + len(was)
        elif one_by_one:
            first = last = i
        elif middle:
            first, last = middle[0], middle[-1]
        else:  # an insertion, such as "dollars", belongs to the word before
            first = last = max(0, head - 1)
        pieces.append((end - at, was[first][0], was[last][1]))
        at = end
    return [*pieces, (len(new) - at, len(old) - 1, len(old))]


def _name(word: str) -> str:
    return "".join(filter(str.isalnum, word)).lower()


class _Pattern:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: Traced) -> Traced:
        return substitute(self._pattern, replacement, text)


class _Re:
    escape = staticmethod(re.escape)

    @staticmethod
    def sub(pattern: str, replacement: str, text: Traced) -> Traced:
        return substitute(re.compile(pattern), replacement, text)


def _names() -> dict[str, Any]:
    names = dict(normalize.__globals__)
    names |= {name: _Pattern(value) for name, value in names.items() if isinstance(value, re.Pattern)}
    return names | {"re": _Re}


normalized: Callable[[Traced], str] = FunctionType(normalize.__code__, _names())
"""The package's ``normalize``, returning Traced text; relies on the present source of that function."""
