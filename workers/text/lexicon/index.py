"""A search for the words of a lexicon in a text: the longest entry at each word, in one pass."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.lexicon.boundaries import is_whole
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.traced import Traced

_TOKEN: Final = lazy(r"[^\W_]+|\S")


class LexiconMatch(NamedTuple):
    """A place of a text that has a pronunciation."""

    start: int
    end: int
    """Characters [start, end) of the text."""
    pronunciation: str
    """ "/ipa/", or a respelling."""


class _Leaf(NamedTuple):
    spelling: str
    """The only spelling that matches; empty: any capitalisation."""
    pronunciation: str


class _Node:
    __slots__ = ("leaves", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        """By the next token in lower case, preceded by a space where the entry has one."""
        self.leaves: list[_Leaf] = []
        """Entries that end here, in order of precedence."""


class _Token(NamedTuple):
    text: str
    """Preceded by a space where white space precedes it."""
    key: str
    start: int
    end: int


class Index:
    """The entries of several tables. An entry with a capital letter matches only that spelling."""

    def __init__(self, tables: Iterable[Mapping[str, str]]) -> None:
        """tables: in order of precedence."""
        self._root = _Node()
        for entries in tables:
            exact_first = sorted(entries.items(), key=lambda entry: entry[0] == entry[0].lower())
            for word, pronunciation in exact_first:
                self._add(word, pronunciation)

    def _add(self, word: str, pronunciation: str) -> None:
        tokens = _tokens(composed(Traced.of(word)))
        if not tokens:  # invisible characters
            return
        node = self._root
        for number, token in enumerate(tokens):
            node = node.next.setdefault(token.key if number else token.key.lstrip(), _Node())
        spelling = "".join(token.text for token in tokens).lstrip()
        node.leaves.append(_Leaf("" if spelling == _lower(spelling) else spelling, pronunciation))

    @property
    def is_empty(self) -> bool:
        return not self._root.next

    def may_begin(self, token: str) -> bool:
        """Whether an entry begins with this token, in lower case."""
        return token in self._root.next

    def longest(self, text: str, tokens: Sequence[_Token], at: int) -> tuple[int, str] | None:
        """The number of the token after the longest entry at this token, and its pronunciation."""
        found = None
        node, key = self._root, tokens[at].key.lstrip()
        for number in range(at, len(tokens)):
            following = node.next.get(key)
            if following is None:
                break
            node = following
            if node.leaves and is_whole(text, tokens[at].start, tokens[number].end):
                said = "".join(token.text for token in tokens[at : number + 1]).lstrip()
                leaf = next((leaf for leaf in node.leaves if leaf.spelling in ("", said)), None)
                found = (number + 1, leaf.pronunciation) if leaf else found
            key = tokens[number + 1].key if number + 1 < len(tokens) else ""
        return found


def find_matches(text: str, indexes: Sequence[Index]) -> list[LexiconMatch]:
    """The places in the text that the entries match, in order: the longest entry of all indexes at each word.

    Of entries of one length, that of the first index counts.
    """
    used = [index for index in indexes if not index.is_empty]
    if not used:
        return []
    form = composed(Traced.of(text))
    if not any(index.may_begin(word) for word in map(_lower, _TOKEN.findall(form)) for index in used):
        return []  # as in most texts
    tokens = _tokens(form)
    found: list[LexiconMatch] = []
    at = 0
    while at < len(tokens):
        matches = [match for index in used if (match := index.longest(form, tokens, at)) is not None]
        if not matches:
            at += 1
            continue
        end, pronunciation = max(matches, key=lambda match: match[0])  # the first of several
        found.append(LexiconMatch(*form.origin(tokens[at].start, tokens[end - 1].end), pronunciation))
        at = end
    return found


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        space = " " if text[match.start() - 1 : match.start()].isspace() else ""
        said = space + match[0]
        tokens.append(_Token(said, _lower(said), match.start(), match.end()))
    return tokens


def _lower(text: str) -> str:
    """Lower case of the same length."""
    return text.lower() if text.isascii() else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
