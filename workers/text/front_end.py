"""A segment as it is written to the words that an engine speaks."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from steadyvoice.ipc import language_names
from steadyvoice.ipc.lexicon import phonemes
from steadyvoice.ipc.reading_mode import ORDINARY, Punctuation, ReadingMode
from steadyvoice.workers.text import languages, modes
from steadyvoice.workers.text.characters import composed
from steadyvoice.workers.text.english.punctuation import with_signs_named
from steadyvoice.workers.text.english.scripts import named, romanized
from steadyvoice.workers.text.lexicon.index import LexiconMatch
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import separated
from steadyvoice.workers.text.spelling import LETTER_NAME, letter_name
from steadyvoice.workers.text.traced import Traced

_LETTER_A_IPA: Final = "ˈeɪ"
_LETTER_A: Final = lazy(rf"\bA\b(?!{LETTER_NAME})")
"""Of a respelling, in which an article is written in lower case."""
_SPACES: Final = lazy(r"\s{2,}|^\s+|\s+$| (?=[,.;:!?](?!\w))")
_CHAIN: Final = lazy(r"[^\s/-]++(?>(?:[/-]++[^\s/-]++){8,})")
_JOINT: Final = lazy("[/-]+")


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


def spoken(
    text: str,
    language: str,
    matches: Sequence[LexiconMatch] = (),
    mode: ReadingMode = ORDINARY,
    pronunciations: Sequence[Pronunciation] = (),
) -> Spoken:
    """Equal arguments give equal results. language: BCP 47, of the voice; one without rules keeps its text.

    matches: places of the text that a lexicon has, in order; no rule reads them or a part of them. pronunciations: of
    characters of the text, which go before a lexicon's. Characters and keys by name have neither.
    """
    is_english = language_names.base(language) == "en"
    if mode != ORDINARY and (by_name := _by_name(Traced.of(text), mode, english=is_english)) is not None:
        return _without_marks(by_name.replaced(_spaces(by_name)))
    traced = composed(Traced.of(text))
    if matches:
        traced = traced.replaced(separated(traced, list(_replacements(traced, language, matches))))
    said = _pronounced(_without_marks(_said(traced, language, matches, mode.punctuation), matches), pronunciations)
    return _with_capitals(said, text) if mode.capitals == "spell" and is_english else said


def _by_name(text: Traced, mode: ReadingMode, *, english: bool) -> Traced | None:
    """A key or characters by their names; None where the mode wants words."""
    if mode.say == "key":
        return modes.key(text, mode, english=english)
    if mode.spelling or mode.say == "character" or (mode.names_signs and modes.is_one_character(text)):
        return modes.spelled_out(text, mode, english=english)
    return None


def _said(
    text: Traced, language: str, matches: Sequence[LexiconMatch] = (), punctuation: Punctuation = "none"
) -> Traced:
    """What the language's rules make of the text; an A that is a letter's name is marked."""
    is_english = language_names.base(language) == "en"
    text = named(text) if is_english else text
    if (rules := languages.rules(language, names_signs=punctuation == "some")) is not None:
        kept = [place for place, _ in _places(text, matches)]
        if is_english and punctuation in ("most", "all"):
            text = with_signs_named(text, rules, kept, most=punctuation == "most")
        else:
            text = rules.apply(text, kept)
        if any(map(str.isnumeric, text)):  # a sign inside an expression that was read, such as ½ in a path
            text = rules.apply(text)
    text = romanized(text) if is_english else text
    text = text.replaced(_joints(text))
    return text.replaced(_spaces(text))


def _replacements(text: Traced, language: str, matches: Sequence[LexiconMatch]) -> Iterator[tuple[int, int, str]]:
    """Words for each match: a respelling as the rules read it; for phonemes the written word, which a voice without
    phonemes speaks.
    """
    for (start, end), match in _places(text, matches):
        is_respelled = not phonemes(match.pronunciation)
        written = text[start:end]
        said = _words(match.pronunciation if is_respelled else written, language)
        if not is_respelled:
            said = said.replace(LETTER_NAME, "")
        elif language.startswith("en"):
            said = _LETTER_A.sub(letter_name("A"), said)
        yield start, end, said[0].upper() + said[1:] if said and written[0].isupper() else said or written


@lru_cache(maxsize=1024)
def _words(text: str, language: str) -> str:
    return str(_said(composed(Traced.of(text)), language))


def _places(text: Traced, matches: Sequence[LexiconMatch]) -> Iterator[tuple[tuple[int, int], LexiconMatch]]:
    """Where each match is in a text that was derived from the segment, without outer spaces; not those that are
    gone.
    """
    for match in matches:
        start, end = bisect_left(text.begins, match.start), bisect_right(text.ends, match.end)
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield (start, end), match


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


def _without_marks(text: Traced, matches: Sequence[LexiconMatch] = ()) -> Spoken:
    marks = [match.start() for match in re.finditer(LETTER_NAME, text)]
    plain = text.replaced((at, at + 1, "") for at in marks)
    result = Spoken.from_origins(str(plain), plain.begins, plain.ends)
    said = [Pronunciation(at - i - 1, at - i, _LETTER_A_IPA) for i, at in enumerate(marks)]
    for (start, end), match in _places(plain, matches):
        if ipa := phonemes(match.pronunciation):
            said.append(Pronunciation(start, end, ipa))
    result.pronunciations = tuple(sorted(said, key=lambda each: each.start))
    return result


def _pronounced(text: Spoken, wanted: Sequence[Pronunciation]) -> Spoken:
    """The spoken text with the pronunciations of its source, where it says something of those characters."""
    own: list[Pronunciation] = []
    for word in wanted:
        said = [
            i for i, c in enumerate(text) if word.start <= text.begins[i] and text.ends[i] <= word.end and c.isalnum()
        ]
        if word.ipa and said:
            own.append(Pronunciation(said[0], said[-1] + 1, word.ipa))
    if not own:
        return text
    others = [each for each in text.pronunciations if all(each.end <= p.start or p.end <= each.start for p in own)]
    result = Spoken.from_origins(str(text), text.begins, text.ends)
    result.pronunciations = tuple(sorted([*own, *others], key=lambda each: each.start))
    return result


def _with_capitals(said: Spoken, written: str) -> Spoken:
    announced = modes.capitals(said, written)
    result = said.replaced((at, at + 1, words + said[at]) for at, words in announced)
    moved = [(each, sum(len(words) for at, words in announced if at <= each.start)) for each in said.pronunciations]
    result.pronunciations = tuple(
        Pronunciation(each.start + shift, each.end + shift, each.ipa) for each, shift in moved
    )
    return result
