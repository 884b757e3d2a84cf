"""A segment as it is written to the words that an engine speaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from steadyvoice.ipc import language_names
from steadyvoice.workers.text import languages
from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.english.scripts import named, romanized
from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import Traced

_LETTER_A_IPA: Final = "ˈeɪ"
_SPACES: Final = re.compile(r"\s{2,}|^\s+|\s+$| (?=[,.;:!?](?!\w))")


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
    """Equal arguments give equal results. language: BCP 47, of the voice; one without rules keeps its text."""
    traced = composed(Traced.of(text))
    is_english = language.partition("-")[0].lower() == "en"
    if (rules := languages.rules(language)) is not None:
        traced = rules.apply(named(traced) if is_english else traced)
    if is_english:
        traced = romanized(traced)
    return _without_marks(traced.replaced(_spaces(traced)))


def left_out(text: str, language: str, unread: str) -> Spoken:
    """What a voice of ``language`` says in place of a text in a language that it does not read: that language's name.

    unread: BCP 47; empty: nothing is said. Only English has a name for it.
    """
    is_named = unread and language.partition("-")[0].lower() == "en"
    said = f"{language_names.name(unread)} text." if is_named else ""
    return _without_marks(Traced.of(text).replaced([(0, len(text), said)]))


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
