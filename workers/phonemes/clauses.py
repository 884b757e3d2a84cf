"""The words of a text, clause by clause, put through the rules of a language; punctuation and spans are kept."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from steadyvoice.workers.phonemes.reading import PAUSES, TIE, Reading, Word
from steadyvoice.workers.text.front_end import Pronunciation, Spoken
from steadyvoice.workers.text.patterns import lazy

Rules = Callable[[Sequence[str]], Sequence[str]]
"""The phonemes of each word of a clause; "" for a word that is not said. Words are as written, with "'" inside."""

Spans = Callable[[str, int, int], Iterable[tuple[int, int] | tuple[int, int, str]]]
"""Where the words of a part [start, end) of a text are, in order; with phonemes where no rules are to give them."""

_WORD: Final = lazy("(?:[^\\W\\d_][\u0300-\u036f]*)+(?:['’](?:[^\\W\\d_][\u0300-\u036f]*)+)*")
_BREAK: Final = lazy("[;:,.!?—–…()、，。．！？：；（）؟؛،।]")
_POSSESSIVE: Final = lazy(r"['’]s(?!\w)")
_DASH: Final = lazy(r"(?<=\s)[-–—]+(?=\s)|[–—]|--+")
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("«„", "“"), "»": "”",
        **dict.fromkeys("《〈「『【", " “"), **dict.fromkeys("》〉」』】", "” "),
        "、": ", ", "，": ", ", "。": ". ", "．": ". ", "！": "! ", "？": "? ", "：": ": ", "；": "; ",
        "（": " (", "）": ") ", "؟": "? ", "؛": "; ", "،": ", ", "।": ". ",
    }
)  # fmt: skip
_SPACE_BEFORE: Final = lazy(" (?=[;:,.!?…)”])")
_WITH_SPACE: Final = " ;:,.!?"
"""Chinese has no space behind these."""
_NO_SIGN: Final = lazy(rf"[^{re.escape(PAUSES)}]")
_AFFRICATE: Final = lazy("(?<=[td])(?=[ʃʒsz])")
_STRESS: Final = lazy("([ˈˌ])([^aeiouæøœyɐɑɒɔəɘɚɛɜɝɤɨɪɯɵʉʊʌʏᵊᵻ\\s]+)(?=[aeiouæøœyɐɑɒɔəɘɚɛɜɝɤɨɪɯɵʉʊʌʏᵊᵻ])")


class Token(NamedTuple):
    """A word of a text: its characters [start, end)."""

    start: int
    end: int
    ipa: str = ""
    """Of a word with a pronunciation."""


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Words of languages that separate them: letters, and apostrophes inside."""
    return (match.span() for match in _WORD.finditer(text, start, end))


def read(text: str, rules: Rules, spans: Spans = spans) -> Reading:
    """The phonemes of a segment and its words in them."""
    parts = divided(text, spans)
    return joined(text, [pair for part in parts for pair in zip(part, rules(written(text, part)), strict=True)])


def divided(text: str, spans: Spans) -> Iterator[list[Token]]:
    """The words of each clause."""
    clause: list[Token] = []
    for token in _tokens(text, spans):
        if clause and _BREAK.search(text, clause[-1].end, token.start):
            yield clause
            clause = []
        clause.append(token)
    if clause:
        yield clause


def written(text: str, tokens: Sequence[Token]) -> list[str]:
    """The words as rules get them."""
    return [text[token.start : token.end].replace("’", "'") for token in tokens]


def joined(text: str, said: Iterable[tuple[Token, str | None]]) -> Reading:
    """The phonemes of words and what is between them in the text. None: they are a part of those of the word before."""
    parts: list[str] = []
    places: list[Word] = []
    length = at = 0
    for token, ipa in said:
        ipa = token.ipa or ipa
        if ipa:
            gap = _gap(text[at : token.start], is_first=not at)
            parts += [gap, ipa]
            places.append(Word(token.start, token.end, length + len(gap), length + len(gap) + len(ipa)))
            length += len(gap) + len(ipa)
            at = token.end
        elif ipa is None and places:
            places[-1] = places[-1]._replace(end=token.end)
            at = token.end
    return Reading("".join([*parts, _gap(text[at:], is_first=not at)]).rstrip(), tuple(places))


def _tokens(text: str, spans: Spans) -> Iterator[Token]:
    pronunciations: Sequence[Pronunciation] = text.pronunciations if isinstance(text, Spoken) else ()
    at = 0
    for place in pronunciations:
        yield from (Token(*span) for span in spans(text, at, place.start))
        at, ipa = place.end, as_written_by_espeak(place.ipa)
        if _POSSESSIVE.match(text, at):
            at += 2
            ipa += "ɪz" if ipa[-1] in "szʃʒ" else "s" if ipa[-1] in "ptkfθ" else "z"
        yield Token(place.start, at, ipa)
    yield from (Token(*span) for span in spans(text, at, len(text)))


def _gap(text: str, *, is_first: bool) -> str:
    """What is between two words of the phonemes: punctuation, else one space; nothing else before the first word."""
    if text == " " and not is_first:
        return text
    signs = _NO_SIGN.sub(" ", _DASH.sub("—", text).replace("...", "…").replace("……", "…").translate(_SIGNS))
    between = " ".join(signs.split())
    if not between:
        return "" if is_first else " "
    before = " " * (signs[0] == " " and not is_first)
    return _SPACE_BEFORE.sub("", before + between) + " " * (signs[-1] in _WITH_SPACE)


def as_written_by_espeak(ipa: str) -> str:
    """IPA of a lexicon: stress marks move from the syllable to its vowel, affricates are tied, syllables not marked."""
    return _STRESS.sub(r"\2\1", _AFFRICATE.sub(TIE, ipa.replace(".", "").replace("g", "ɡ").replace("'", "ˈ")))
