"""A string that keeps, for each character, its place in the source text."""

from collections.abc import Iterable
from typing import Self

from steadyvoice.workers.text.patterns import lazy

_CHUNK = lazy(r"\S+")


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

    @classmethod
    def joined(cls, parts: Iterable["Traced"]) -> Self:
        """Of one source, in its order."""
        whole = list(parts)
        begins, ends = ([at for part in whole for at in getattr(part, name)] for name in ("begins", "ends"))
        return cls.from_origins("".join(whole), begins, ends)

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
    head = _alike(old_names, new_names)
    tail = _alike(
        [name[::-1] for name in old_names[len(head) :][::-1]], [name[::-1] for name in new_names[sum(head) :][::-1]]
    )
    first, last = len(head), len(was) - len(tail) - 1  # of the old words that are read otherwise
    width = len(now) - sum(head) - sum(tail)  # new words for those
    sources = [(i, i) for i, count in enumerate(head) for _ in range(count)]
    if last - first + 1 == width:
        sources += [(i, i) for i in range(first, last + 1)]
    elif first <= last:
        sources += [(first, last)] * width
    else:  # an insertion, such as "dollars", belongs to the word before
        sources += [(max(0, first - 1),) * 2] * width
    sources += [(len(was) - i,) * 2 for i in range(len(tail), 0, -1) for _ in range(tail[i - 1])]
    pieces, at = [], 0
    for (_, end), (i, j) in zip(now, sources, strict=True):
        pieces.append((end - at, was[i][0], was[j][1]))
        at = end
    return [*pieces, (len(new) - at, len(old) - 1, len(old))]


def _alike(old: list[str], new: list[str]) -> list[int]:
    """How many of the first new words spell each of the first old words: "p", "m" spell "pm"."""
    counts: list[int] = []
    at = 0
    for name in old:
        spelled, count = "", 0
        while at + count < len(new) and len(spelled) < len(name):
            spelled += new[at + count]
            count += 1
        if spelled != name or not count:
            break
        counts.append(count)
        at += count
    return counts


def _name(word: str) -> str:
    return "".join(filter(str.isalnum, word)).lower()


def words(text: str) -> list[tuple[int, int]]:
    """[start, end) of each word of a spoken text: a run without white space that has a letter or digit."""
    return [match.span() for match in _CHUNK.finditer(text) if any(map(str.isalnum, match[0]))]
