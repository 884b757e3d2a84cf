"""Characters in the form in which the rules know them: composed, and without compatibility variants."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.traced import Traced

_KEPT: Final = frozenset("¨¯°²³µ¸¹ªº…″‴⁗№™℠ℏℵ∬∭₨﷼⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
"""Characters with a compatibility variant that the rules or the engines know as they are."""
_TYPOGRAPHIC: Final = str.maketrans(
    dict.fromkeys("‘’‛‹›´ʼʹʻ\u055a", "'")
    | dict.fromkeys("„‟«〝", "“")
    | dict.fromkeys("»〞〟", "”")
    | dict.fromkeys("‐‒﹣", "-")
    | dict.fromkeys("―⸺⸻", "—")
    | {"‚": ",", "\u2800": " ", "∕": "/", "⁄": "/", "∼": "~", "∶": ":", "⋯": "…", "⋮": "…"}
)
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc\ufffd")
_ROMAN_NUMERALS: Final = frozenset("ↀↁↂↅↆↇↈ")
"""Roman numerals without a variant in letters."""
_ZERO_WIDTH_JOINER: Final = "\u200d"
_SUBDIVISION_FLAG: Final = lazy("\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f")
_MAX_MARKS: Final = 8
"""Combining marks of one character that are looked at: the cost of normalization is quadratic in their number."""
_STYLED: Final = lazy(r"(LATIN|NEGATIVE) (?:LETTER SMALL|(?:SQUARED|CIRCLED) LATIN) CAPITAL (?:LETTER )?([A-Z])")
"""Names of letters that a font would show, without a decomposition: small capitals, white letters in a shape."""
_IN_CONTEXT: Final = lazy(
    r"(?<=[a-z])`(?=(?:s|t|d|m|ll|re|ve)\b)"  # an apostrophe
    r"|(?:(?<=\d)|(?<=\d ))º(?=\s?[CF]\b)"
    r"|\b[Nn][º°](?=\.?\s?\d)"
    r"|(?<=\d['′]\d)”|(?<=\d['′]\d\d)”"  # inches
)
_CONTEXTUAL: Final = {"`": "'", "º": "°", "”": '"'}


def composed(text: Traced) -> Traced:
    """Equivalent texts become the same text, for all languages.

    Superscripts, fractions and other signs with a meaning of their own stay as they are. Invisible characters, control
    characters and private characters are removed.
    """
    if not (text.isascii() and text.isprintable()):
        text = text.replaced(_changes(text))
    return text.replaced(
        (match.start(), match.end(), _CONTEXTUAL.get(match[0], "№")) for match in _IN_CONTEXT.finditer(text)
    )


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] == "\U0001f3f4" and (flag := _SUBDIVISION_FLAG.match(text, at)):
            at = flag.end()
            continue
        while end < len(text) and _joins(text[end]):
            end += 1
        old = text[at:end]
        new = _cluster(old)
        if old == _ZERO_WIDTH_JOINER and _joins_emoji(text, at):
            new = old
        elif new and _is_separate(old[0]):
            before, after = text[at - 1 : at], text[end : end + 1]
            new = " " * before.isalnum() + new + " " * (after.isalnum() and not _is_separate(after))
        elif old in "ⁿⁱ" and any(_is_superscript_letter(text[i : i + 1]) for i in (at - 1, end) if i >= 0):
            new = unicodedata.normalize("NFKC", old)
        if new != old:
            yield at, end, new
        at = end


def _joins(character: str) -> bool:
    """Whether a character may combine with the one before: a combining mark, a vowel or final consonant of Hangul."""
    if character < "\u0300":
        return False
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff" or character in "ﾞﾟ"


def _cluster(cluster: str) -> str:
    """The form of a character and its combining marks, without diacritical marks that do not compose."""
    if cluster.isascii() and cluster.isprintable():
        return cluster
    form = _form(cluster[0])
    if len(cluster) > 1:
        marks = "".join(map(_form, islice(cluster, 1, 1 + _MAX_MARKS)))
        rest = "".join(mark for mark in cluster[1 + _MAX_MARKS :] if not _is_diacritical(mark))
        form = unicodedata.normalize("NFC", form + marks) + rest
    return "".join(character for character in form if not _is_diacritical(character))


@lru_cache(maxsize=4096)
def _form(character: str) -> str:
    """The form of one character; "" where it is removed."""
    category = unicodedata.category(character)
    if category[0] == "Z" or character.isspace():
        return " "
    if category == "Cn" and "\U0001f680" <= character <= "\U0001faff":
        return character  # an emoji that is newer than this Python
    if category[0] == "C" or character in _INVISIBLE or _is_variation_selector(character):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in _KEPT:
        return character
    form = unicodedata.normalize("NFC", character).translate(_TYPOGRAPHIC)
    if len(form) != 1:
        return form
    tag, *codes = unicodedata.decomposition(form).split() or [""]
    if tag == "<fraction>" and form != "⅟":
        return form
    if tag.startswith("<"):
        variant = "".join(chr(int(code, 16)) for code in codes)
        variant = variant.strip("().") if _is_separate(character) else variant
        # Of a spacing accent, only the space is ordinary text.
        return "" if variant[0] == " " else "".join(map(_form, variant))
    if match := _STYLED.fullmatch(unicodedata.name(form, "")):
        return match[2] if match[1] == "NEGATIVE" else match[2].lower()
    if (category == "No" or form in _ROMAN_NUMERALS) and unicodedata.numeric(form).is_integer():
        return str(int(unicodedata.numeric(form)))
    return form


def _is_separate(character: str) -> bool:
    """Whether a character is a number or a letter by itself, such as a circled one, not a part of what is beside it."""
    if character in _KEPT or not character:
        return False
    tag = unicodedata.decomposition(character).partition(" ")[0]
    if "⑴" <= character <= "⒵":
        return True
    if tag == "<sub>":
        return character.isalpha()
    is_number = unicodedata.category(character) == "No" or character in _ROMAN_NUMERALS
    return is_number and tag != "<fraction>"


def _is_superscript_letter(character: str) -> bool:
    return character.isalpha() and unicodedata.decomposition(character).startswith("<super>")


def _is_diacritical(character: str) -> bool:
    """Whether a combining mark belongs to no script."""
    return (
        "\u0300" <= character <= "\u036f"
        or "\u1ab0" <= character <= "\u1aff"
        or "\u1dc0" <= character <= "\u1dff"
        or "\u20d0" <= character <= "\u20ff"
        or "\ufe20" <= character <= "\ufe2f"
    )


def _is_variation_selector(character: str) -> bool:
    return (
        "\ufe00" <= character <= "\ufe0f"
        or "\u180b" <= character <= "\u180f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _joins_emoji(text: str, at: int) -> bool:
    """Whether the zero-width joiner makes one emoji of those beside it; in words it changes only the writing."""
    before = text[max(0, at - 2) : at].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:]
    after = text[at + 1 : at + 2]
    return all(side and unicodedata.category(side) == "So" for side in (before, after))
