"""Signs by name in a text that is read otherwise as usual, at the levels of screen readers: some, most, all."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from steadyvoice.workers.text.english import emoji, symbols
from steadyvoice.workers.text.english.characters_by_name import REPEATED, cluster_name, repeated_name
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule, RuleSet
from steadyvoice.workers.text.traced import Traced

_SOME: Final = frozenset("#%&*+/=<>@\\^~|$")
"""Signs of programs and formulas: named where they would be silent or a pause."""
_NOT_IN_MOST: Final = frozenset(".,?!;:'\"“”‘’…")
_SIGN: Final = lazy(r"(?P<mark>[^\w\s]|_)(?>(?P=mark)*)")
_FRACTION: Final = lazy(r"(?<=\d)\.(\d+)")
_IN_PROGRAMS: Final = lazy(r"[!?;]{1,8}+(?=[^\s\"'”’)\]}.…])")
"""Marks of sentences in another place than the end of one."""
_PAUSES: Final = {mark: mark for mark in ".,?!;:"} | {"…": ".", "—": ",", "–": ","}
_ENDS: Final = lazy(r"[\"'”’)\]}]{0,8}(?:\s|$)")
_APOSTROPHE: Final = lazy(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_HAS_OWN_RULE: Final = lazy(rf"{emoji.PICTOGRAPH}|[\U0001f1e6-\U0001f1ff\U0001f3f4\u200d{emoji.TONES}]")


def _with_name_for_silence(rule: Rule) -> Rule:
    """The rule of a sign with its name in place of a reading without words."""

    def read(match: re.Match[str]) -> str | None:
        words = rule.read(match)
        if words is None or any(map(str.isalnum, words)) or not _SOME.issuperset(match[0]):
            return words
        return name(match[0])

    return replace(rule, read=read)


SOME_RULES: Final = tuple(map(_with_name_for_silence, symbols.RULES))


def name(signs: str) -> str:
    """Of equal or different signs: "star star", "ten dash"."""
    return " ".join(repeated_name(cluster_name(run[0][0]), len(run[0])) for run in re.finditer(r"(.)\1*+", signs))


def with_signs_named(text: Traced, rules: RuleSet, kept: Sequence[tuple[int, int]] = (), *, most: bool) -> Traced:
    """The signs by name, and between them what the rules make of the text, which they see up to the next sign only.

    A pause follows the name of a sign that was a pause. kept: as in `RuleSet.apply`; their signs have no name.
    most: without the marks of ordinary sentences.
    """
    parts: list[Traced] = []
    at = 0
    for start, end, said in [*_named(text, most=most), (len(text), len(text), "")]:
        i = bisect_right(kept, start, key=lambda place: place[0])
        if i and kept[i - 1][1] > start:
            continue
        inside = [(a - at, b - at) for a, b in kept[bisect_left(kept, (at, 0)) : i]]
        parts.append(rules.apply(text.part(at, start), inside))
        if said:
            origins = [text.begins[start]] * len(said), [text.ends[end - 1]] * len(said)
            parts.append(Traced.from_origins(said, *origins))
        at = end
    return Traced.joined(parts)


def _named(text: str, *, most: bool) -> Iterator[tuple[int, int, str]]:
    """[start, end) of each named sign, and what is said of it, between spaces."""
    for match in _SIGN.finditer(text):
        mark, start, end = match["mark"], match.start(), match.end()
        if _APOSTROPHE.match(text, start) or not (_is_named(mark, most=most) or _IN_PROGRAMS.match(text, start)):
            continue
        if fraction := _FRACTION.match(text, start):
            yield start, end, f" {cluster_name(mark)} "
            yield from ((at, at + 1, f" {cluster_name(text[at])} ") for at in range(*fraction.span(1)))
            continue
        pause = _PAUSES.get(mark, "") if _ENDS.match(text, end) else ""
        if end - start < REPEATED:
            yield from ((at, at + 1, f" {cluster_name(mark)} ") for at in range(start, end - 1))
            start = end - 1
        yield start, end, f" {repeated_name(cluster_name(mark), end - start)}{pause} "


@cache
def _is_named(mark: str, *, most: bool) -> bool:
    if most and (mark in _NOT_IN_MOST or "\u2500" <= mark <= "\u259f"):  # and not what draws lines
        return False
    if unicodedata.category(mark)[0] not in "PS":
        return False
    return not _HAS_OWN_RULE.fullmatch(mark)
