"""A string whose characters know where in the source text they come from."""

import re
from collections.abc import Iterable
from typing import Self

_CHUNK = re.compile(r"\S+")


class Traced(str):
    """A string derived from a source text: character i comes from characters [begins[i], ends[i]) of the source.

    Both lists are monotonic, so that the words of the string are in the source's order.
    """

    begins: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> Self:
        """The text itself as its own source."""
        return cls.from_origins(text, list(range(len(text))), list(range(1, len(text) + 1)))

    @classmethod
    def from_origins(cls, text: str, begins: list[int], ends: list[int]) -> Self:
        traced = cls(text)
        traced.begins, traced.ends = begins, ends
        return traced

    def part(self, start: int, end: int) -> Self:
        return self.from_origins(self[start:end], self.begins[start:end], self.ends[start:end])

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The source's characters from which [start, end), at least one character, comes."""
        return self.begins[start], self.ends[end - 1]

    def replaced(self, replacements: Iterable[tuple[int, int, str]]) -> Self:
        """Replace each [start, end), at least one character, by a text. In order, without overlap.

        Of several words, a word that both texts begin or end with keeps its own origin: of "7:30 pm" and
        "seven thirty pm" the first two words come from "7:30".
        """
        text: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in replacements:
            text += [self[at:start], new]
            begins += self.begins[at:start]
            ends += self.ends[at:start]
            for length, first, last in _origins(self[start:end], new):
                begins += [self.begins[start + first]] * length
                ends += [self.ends[start + last - 1]] * length
            at = end
        if not at:
            return self
        text.append(self[at:])
        return self.from_origins("".join(text), begins + self.begins[at:], ends + self.ends[at:])


def _origins(old: str, new: str) -> list[tuple[int, int, int]]:
    """For each piece of the new text: its length, and the range of the old text from which it comes."""
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


def words(text: str) -> list[tuple[int, int]]:
    """[start, end) of each word of a spoken text: a run without white space that has a letter or digit."""
    return [match.span() for match in _CHUNK.finditer(text) if any(map(str.isalnum, match[0]))]
