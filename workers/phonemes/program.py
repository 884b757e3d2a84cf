"""Languages without rules here: the phonemes of the program espeak-ng, divided among the words of the text."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from typing import Final

from steadyvoice.workers.phonemes import clauses
from steadyvoice.workers.phonemes.alignment import aligned
from steadyvoice.workers.phonemes.clauses import Token
from steadyvoice.workers.phonemes.espeak import Program
from steadyvoice.workers.phonemes.reading import Reader, Reading
from steadyvoice.workers.text.patterns import lazy

_REGIONAL: Final = frozenset("en-029 en-gb en-us es-419 fr-be fr-ch pt-br".split())
_NAMES: Final = {"en": "en-us", "zh": "cmn", "no": "nb", "iw": "he", "in": "id"}
"""Of the program, where it is not the language's tag."""
_MARKS: Final = ".,:;!?…"
"""Punctuation, unless a letter or a digit follows: 3.5, 10:30."""
_OTHER_MARKS: Final = r"—–(){}\[\]。．，、：；！？؟؛،।"
_TOKEN: Final = lazy(rf"(?:[^\s{_MARKS}{_OTHER_MARKS}]|[{_MARKS}]+(?=\w))+")
_QUOTES: Final = "\"'‘’“”«»‹›„‚`*_~|\\<>¿¡-"
"""Around words; inside them, an apostrophe and a hyphen stay."""
_ALONE: Final = frozenset("%&@#§°€$£¥+=/")
"""Signs that the program may read as words."""
_INITIAL: Final = lazy(r"(?:^|[^\w.])(?:\w\.)*\w$")

Answers = Callable[[Sequence[str]], Sequence[str]]
"""The phonemes of each text."""


def voice(language: str) -> str:
    """The program's name of a language (BCP 47)."""
    tag = language.lower()
    base = tag.partition("-")[0]
    return tag if tag in _REGIONAL else _NAMES.get(base, base)


@cache
def reader(voice: str) -> Reader:
    """voice: the program's name of a language. All readers of a voice use one process, from the thread of a stage."""
    return partial(read, Program(voice))


def read(answers: Answers, text: str) -> Reading:
    """A word of the reading may stand for several words of the text, which the program joins."""
    parts = [part for clause in clauses.divided(text, spans) for part in _parts(clause)]
    given = [part for part in parts if not part[0].ipa]
    written = [clauses.written(text, part) for part in given]
    said = answers([" ".join(words) for words in written])
    found = iter([aligned(words, answer.split()) for words, answer in zip(written, said, strict=True)])
    return clauses.joined(
        text,
        [pair for part in parts for pair in zip(part, [""] if part[0].ipa else next(found), strict=True)],
    )


def _parts(clause: Sequence[Token]) -> Iterator[list[Token]]:
    """The words between those that have a pronunciation, and each of these: the program might join both kinds."""
    for is_pronounced, group in groupby(clause, lambda token: bool(token.ipa)):
        tokens = list(group)
        yield from ([token] for token in tokens) if is_pronounced else [tokens]


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words for the program, which reads digits, signs and hyphens itself, and the full stop of an abbreviation of
    single letters.
    """
    for match in _TOKEN.finditer(text, start, end):
        word = match[0]
        first = match.start() + len(word) - len(word.lstrip(_QUOTES))
        last = match.start() + len(word.rstrip(_QUOTES))
        if any(c.isalnum() or c in _ALONE for c in text[first:last]):
            yield first, last + _is_initial(text, last, end)


def _is_initial(text: str, at: int, end: int) -> bool:
    """Whether the full stop there is that of the U of U.S., inside of a sentence."""
    is_alone = text[at : at + 1] == "." and at + 1 < end and text[at + 1] not in _MARKS
    return is_alone and _INITIAL.search(text, 0, at) is not None
