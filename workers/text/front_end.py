"""A segment as it is written to the words that an engine speaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from steadyvoice.ipc.reading_mode import ORDINARY, Punctuation, ReadingMode
from steadyvoice.workers.text import english, modes
from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.english.punctuation import with_signs_named
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


def spoken(text: str, language: str, mode: ReadingMode = ORDINARY) -> Spoken:
    """Equal arguments give equal results. language: BCP 47, of the voice; only English has rules yet."""
    tag, _, region = language.partition("-")
    if mode != ORDINARY and (by_name := _by_name(Traced.of(text), mode, english=tag == "en")) is not None:
        return _without_marks(by_name.replaced(_spaces(by_name)))
    traced = composed(Traced.of(text))
    if tag == "en":
        traced = romanized(_read(named(traced), region or "US", mode.punctuation))
        if mode.capitals == "spell":
            traced = modes.with_capitals(traced, text)
    return _without_marks(traced.replaced(_spaces(traced)))


def _by_name(text: Traced, mode: ReadingMode, *, english: bool) -> Traced | None:
    """A key or characters by their names; None where the mode wants words."""
    if mode.say == "key":
        return modes.key(text, mode, english=english)
    if mode.spelling or mode.say == "character" or (mode.names_signs and modes.is_one_character(text)):
        return modes.spelled_out(text, mode, english=english)
    return None


def _read(text: Traced, region: str, punctuation: Punctuation) -> Traced:
    if punctuation in ("most", "all"):
        return with_signs_named(text, english.rules(region), most=punctuation == "most")
    return english.rules(region, names_signs=punctuation == "some").apply(text)


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
