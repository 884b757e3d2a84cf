"""A segment's phonemes in espeak-ng's notation, in which Piper's voices were trained, with the place of each word."""

import re
from collections.abc import Iterator
from typing import Final

from steadyvoice.workers.engines.piper.published import Published
from steadyvoice.workers.phonemes import espeak, program, registry
from steadyvoice.workers.phonemes.alphabets import UNTIED
from steadyvoice.workers.phonemes.reading import Reader, Reading, Word, mapped

_MARKS: Final = "?!.;:,"
"""Punctuation that Piper's voices know, the strongest first."""
_OTHER_MARKS: Final = {"…": ".", "—": ",", "(": ",", ")": ","}


def reader(voice: Published) -> Reader:
    """For the language of a voice: the program, since voices were trained with its phonemes, else rules.

    NotInstalled where nothing on this machine reads the language.
    """
    if voice.phoneme_type == "text":
        return characters
    by_rules = registry.has_rules(voice.bcp47) and not espeak.is_installed()
    read = registry.reader(voice.bcp47) if by_rules else program.reader(voice.espeak.voice)
    return lambda text: marked(mapped(read(text), UNTIED))


def check_readable(voice: Published) -> None:
    """NotInstalled where nothing on this machine reads the voice's language."""
    if voice.phoneme_type != "text" and not registry.has_rules(voice.bcp47):
        espeak.check_installed()


def marked(reading: Reading) -> Reading:
    """Between words only a space or the strongest mark of those that Piper's voices know, and a mark at the end."""
    ipa, words, at = "", [], 0
    for word in reading.words:
        ipa += f"{_strongest(reading.ipa[at : word.first])} " if ipa else ""
        words.append(word._replace(first=len(ipa), last=len(ipa) + word.last - word.first))
        ipa += reading.ipa[word.first : word.last]
        at = word.last
    return Reading(ipa + _strongest(reading.ipa[at:]) if ipa else "", tuple(words))


def _strongest(between: str) -> str:
    marks = (_OTHER_MARKS.get(c, c) for c in between)
    return min((mark for mark in marks if mark in _MARKS), key=_MARKS.index, default="")


def sentences(phonemes: str) -> Iterator[tuple[int, int]]:
    """Ranges of phonemes that end with a mark of a sentence, and the rest. A word may have such a mark inside: the
    program's phoneme "r." of Hindi.
    """
    at = 0
    for match in re.finditer(r"[.?!]+(?: |$)", phonemes):
        yield at, match.end()
        at = match.end()
    if at < len(phonemes):
        yield at, len(phonemes)


def characters(text: str) -> Reading:
    """The text's own characters, for voices that were trained with them."""
    small = "".join(c.casefold() if len(c.casefold()) == 1 else c for c in text)
    words, at = [], 0
    for word in small.split(" "):
        if any(map(str.isalnum, word)):
            words.append(Word(at, at + len(word), at, at + len(word)))
        at += len(word) + 1
    return Reading(small, tuple(words))
