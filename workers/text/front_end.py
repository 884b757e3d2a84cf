"""A segment as it is written to the words that an engine speaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text import english
from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.english.scripts import named, romanized
from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import Traced

_LETTER_A_IPA: Final = "ˈeɪ"
_SPACES: Final = re.compile(r"\s{2,}|^\s+|\s+$| (?=[,.;:!?](?!\w))")
_CHAIN: Final = re.compile(r"[^\s/-]++(?:[/-]++[^\s/-]++){8,}+")
_JOINT: Final = re.compile("[/-]+")


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How characters [start, end) of the spoken text are pronounced."""

    start: int
    end: int
    ipa: str


class Spoken(Traced):
    """What an engine speaks of a segment: words and punctuation, without digits and signs.

    An engine that takes phonemes says the ``pronunciations`` as given; for any other it is a string.
    """

    pronunciations: tuple[Pronunciation, ...] = ()


def spoken(text: str, language: str) -> Spoken:
    """Equal arguments give equal results. language: BCP 47, of the voice; only English has rules yet."""
    traced = composed(Traced.of(text))
    tag, _, region = language.partition("-")
    if tag == "en":
        traced = romanized(english.rules(region or "US").apply(named(traced)))
    traced = traced.replaced(_joints(traced))
    return _without_marks(traced.replaced(_spaces(traced)))


def _joints(text: str) -> Iterator[tuple[int, int, str]]:
    """Spaces for the hyphens of more than eight parts, for which an engine's dictionary would need seconds."""
    for chain in _CHAIN.finditer(text):
        for match in _JOINT.finditer(text, *chain.span()):
            yield *match.span(), " "


def _spaces(text: str) -> Iterator[tuple[int, int, str]]:
    """Single spaces, none before punctuation, none at the ends."""
    for match in _SPACES.finditer(text):
        is_outer = match.start() == 0 or match.end() == len(text)
        yield match.start(), match.end(), "" if is_outer or len(match[0]) == 1 else " "


def _without_marks(text: Traced) -> Spoken:
    marks = [match.start() for match in re.finditer(LETTER_NAME, text)]
    plain = text.replaced((at, at + 1, "") for at in marks)
    result = Spoken.from_origins(str(plain), plain.begins, plain.ends)
    result.pronunciations = tuple(Pronunciation(at - i - 1, at - i, _LETTER_A_IPA) for i, at in enumerate(marks))
    return result
