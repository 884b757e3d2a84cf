"""Phonemes of a sentence to ids, as Piper's models were trained (rhasspy/piper-phonemize, MIT). Pure."""

import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from steadyvoice.workers.engines.piper.published import BEGIN, END, PAD, Published

MOST: Final = 400
"""Phonemes of one run of a model at most: the cost of its attention grows with their square."""
PAUSES: Final = frozenset(".?!,;: ")
_MAPS: Final = {"pt-br": {"c": ["k"]}}
"""Phonemes that voices of a language were trained with, by espeak-ng's name of the language."""


class Ids(NamedTuple):
    ids: list[int]
    starts: list[int]
    """Of each phoneme of the sentence, and of its end: the index of its first id. An unknown one has none."""


class PhonemeIds:
    def __init__(self, voice: Published) -> None:
        self._ids = voice.phoneme_id_map
        self._mapped = {**_MAPS.get(voice.espeak.voice, {}), **voice.phoneme_map}

    def __call__(self, phonemes: str) -> Ids:
        """A pad follows each phoneme. A phoneme that the model does not have is left out."""
        begin = [*self._ids[BEGIN], *self._ids[PAD]]
        found = [list(self._of(phoneme)) for phoneme in phonemes]
        ids = [*begin, *(each for part in found for each in part), *self._ids[END]]
        return Ids(ids, list(accumulate(map(len, found), initial=len(begin))))

    def knows(self, phoneme: str) -> bool:
        return any(True for _ in self._of(phoneme))

    def _of(self, phoneme: str) -> Iterator[int]:
        """The ids of a phoneme, each part with its pad."""
        for part in unicodedata.normalize("NFD", phoneme):
            for each in self._mapped.get(part, (part,)):
                if each in self._ids and each not in (BEGIN, PAD, END):
                    yield from self._ids[each]
                    yield from self._ids[PAD]


def cuts(phonemes: str, most: int = MOST) -> Iterator[tuple[int, int]]:
    """Ranges of at most ``most`` phonemes: cut after a clause, else a word, else anywhere."""
    start = 0
    while len(phonemes) - start > most:
        head = phonemes[start : start + most]
        cut = max((head.rfind(mark) for mark in (", ", "; ", ": ")), default=-1) + 2
        cut = cut if cut > 1 else head.rfind(" ") + 1 or most
        yield start, start + cut
        start += cut
    yield start, len(phonemes)
