"""Regular expressions that are compiled when they are first used: together they take longer than the voice's model."""

import re
from collections.abc import Iterable
from typing import Any, Final, cast

_METHODS: Final = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn")
_waiting: dict["_Lazy", None] = {}
"""Patterns that are not compiled yet, in the order of their creation."""


class _Lazy:
    """Stands for a ``re.Pattern``. Once it is compiled, its methods are those of the pattern."""

    def __init__(self, pattern: str, flags: int, guard: re.Pattern[str] | None) -> None:
        self._pattern, self._flags, self.guard = pattern, flags, guard
        _waiting[self] = None

    def match(self, *where: Any) -> re.Match[str] | None:
        if self.guard is not None and self.guard.match(*where) is None:
            return None
        return self._compiled().match(*where)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled(), name)

    def _compiled(self) -> re.Pattern[str]:
        _waiting.pop(self, None)
        compiled = re.compile(self._pattern, self._flags)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return compiled


def lazy(pattern: str, flags: int = 0, *, guard: re.Pattern[str] | None = None) -> re.Pattern[str]:
    """The pattern, compiled at its first use. A fault of the pattern raises re.error only then.

    guard: a pattern that compiles quickly and matches wherever this one does. Where it does not match, `match` answers
    without compiling.
    """
    return cast("re.Pattern[str]", _Lazy(pattern, flags, guard))


def compile_next() -> bool:
    """Compile one pattern that was not used yet, in a few milliseconds; False where none is left."""
    if pattern := next(iter(_waiting), None):
        pattern._compiled()
    return pattern is not None


def one_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest that fits first.

    Beginnings and ends that words share are written once, so that it compiles in less time than an alternation of all
    words; characters beyond Latin-1 have a pattern of their own, because a set that mixes both takes long to compile.
    """
    words = set(words)
    narrow = {word for word in words if max(word) <= "\xff"}
    return f"(?:{'|'.join(_tree(each) for each in (words - narrow, narrow) if each)})"


def _tree(words: set[str]) -> str:
    ends: dict[str, set[str]] = {}
    for word in filter(None, words):
        ends.setdefault(word[0], set()).add(word[1:])
    if not ends:
        return ""
    beginnings: dict[str, list[str]] = {}
    for first in sorted(ends):
        beginnings.setdefault(_tree(ends[first]), []).append(re.escape(first))
    choices = [(f"[{''.join(firsts)}]" if len(firsts) > 1 else firsts[0]) + end for end, firsts in beginnings.items()]
    if len(choices) == 1 and "" not in words:
        return choices[0]
    return f"(?:{'|'.join(choices)})" + ("?" if "" in words else "")
