"""A segment's phonemes in espeak-ng's notation, in which Piper's voices were trained, with the place of each word."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from steadyvoice.workers.engines.piper import espeak_ng
from steadyvoice.workers.engines.piper.alignment import align
from steadyvoice.workers.engines.piper.clauses import Clause, clauses
from steadyvoice.workers.engines.piper.published import Published
from steadyvoice.workers.phonemes import registry
from steadyvoice.workers.phonemes.alphabets import UNTIED
from steadyvoice.workers.phonemes.reading import mapped


class ReadWord(NamedTuple):
    """A word in the text and in the phonemes."""

    start: int
    end: int
    """Characters [start, end) of the text."""
    first: int
    last: int
    """Characters [first, last) of the phonemes."""


class Reading(NamedTuple):
    ipa: str
    """Words are separated by spaces; punctuation follows its word, as in the text."""
    words: tuple[ReadWord, ...]
    """In order, without overlap. One may stand for several words of the text, which the phonemes join."""


Reader = Callable[[str], Reading]
"""Reads one segment; equal texts give equal results. Where the text is a ``Spoken``, its pronunciations are kept."""


def _by_rules(language: str) -> Reader:
    read = registry.reader(language)

    def reading(text: str) -> Reading:
        ipa, words = mapped(read(text), UNTIED)
        return Reading(ipa, tuple(ReadWord(*word) for word in words))

    return reading


READERS: Final[dict[str, Callable[[str], Reader]]] = dict.fromkeys(("es", "fr", "it", "pt-br"), _by_rules)
"""For languages that can be read without the program, by lower-case BCP 47 name or its base: from the name to a reader.

The program goes before them where it is installed, since voices were trained with its phonemes.
"""


def reader(voice: Published) -> Reader:
    """For the language of a voice. NotInstalled where nothing on this machine reads it."""
    if voice.phoneme_type == "text":
        return characters
    load = _without_program(voice)
    if load is not None and not espeak_ng.is_installed():
        return load(voice.bcp47)
    return partial(by_program, espeak_ng.Program(voice.espeak.voice))


def check_readable(voice: Published) -> None:
    """NotInstalled where nothing on this machine reads the voice's language."""
    if voice.phoneme_type != "text" and _without_program(voice) is None:
        espeak_ng.check_installed()


def _without_program(voice: Published) -> Callable[[str], Reader] | None:
    language = voice.bcp47.lower()
    return READERS.get(language) or READERS.get(language.partition("-")[0])


def by_program(program: Callable[[Sequence[str]], list[str]], text: str) -> Reading:
    """program: the phonemes of each of these texts, which have no punctuation between words."""
    parts, end = clauses(text)
    sounds = iter(program([part.text for part in parts if not part.ipa]))
    return joined([(part, part.ipa or next(sounds)) for part in parts], end)


def joined(parts: Sequence[tuple[Clause, str]], end: str) -> Reading:
    """The phonemes of clauses in one string. end: the mark after them. A clause without phonemes is left out."""
    ipa, words = "", []
    for clause, sounds in parts:
        said = sounds.split()
        if not said:
            continue
        ipa += clause.before if ipa else ""
        starts = []
        for word in said:
            starts.append(len(ipa))
            ipa += f"{word} "
        ipa = ipa[:-1]
        written = [clause.text] if clause.ipa else clause.text.split(" ")
        for a, b, c, d in align(written, said):
            last = starts[d - 1] + len(said[d - 1])
            words.append(ReadWord(clause.words[a][0], clause.words[b - 1][1], starts[c], last))
    return Reading(ipa + end if ipa else "", tuple(words))


def characters(text: str) -> Reading:
    """The text's own characters, for voices that were trained with them."""
    small = "".join(c.casefold() if len(c.casefold()) == 1 else c for c in text)
    words, at = [], 0
    for word in small.split(" "):
        if any(map(str.isalnum, word)):
            words.append(ReadWord(at, at + len(word), at, at + len(word)))
        at += len(word) + 1
    return Reading(small, tuple(words))
