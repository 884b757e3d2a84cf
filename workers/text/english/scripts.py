"""Letters that English does not use: of other scripts, Greek letters as signs, Latin letters with diacritical marks."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.traced import Traced

_GREEK: Final = r"µ\u0370-\u03ff\u1f00-\u1fff"
# Blocks of scripts other than Latin, with their punctuation; the signs between these blocks belong to no script.
_OTHER: Final = (
    r"\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\u2dff\u2e80-\u2fdf\u3001-\u312f\u3131-\u31ff\u3400-\u4dbf"
    r"\u4e00-\ua71f\ua800-\uab2f\uab70-\ud7ff\uf900-\ufaff\ufb13-\ufdfb\ufe70-\ufefc\U00010000-\U0001cfff"
    r"\U0001e000-\U0001efff\U00020000-\U0003ffff"
)
_LATIN: Final = (
    r"Ω\u0100-\u02ff\u1d00-\u1eff\u2132\u214e\u2183\u2184\u2c60-\u2c7f\u2e2f\ua720-\ua7ff\uab30-\uab6f"
    r"\U0001df00-\U0001dfff"
)
_HAS_OTHER: Final = lazy(rf"[{_GREEK}{_OTHER}{_LATIN}ℏℵ]")
_HAS_LATIN: Final = lazy(f"[{_LATIN}ëïöü]")

# Not an ohm that is left, nor the face of a shrug.
_RUN: Final = lazy(rf"(?!Ω\b)(?<!\\_\()[{_OTHER}]+(?:[ ,.;:!?'\"’“”…–—-]{{1,3}}[{_OTHER}]+)*")
_PUNCTUATION: Final = str.maketrans(
    dict.fromkeys("。।॥։።។။۔", ".") | dict.fromkeys("、،፣؛・", ",") | dict.fromkeys("؟՞", "?")
)
_SCRIPTS: Final = {
    "CJK": "Chinese",
    "IDEOGRAPHIC": "Chinese",
    "BOPOMOFO": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "KATAKANA-HIRAGANA": "Japanese",
    "HANGUL": "Korean",
    "MYANMAR": "Burmese",
}
_NOT_OF_THE_SCRIPT: Final = lazy(
    r" (?:LETTER|SYLLAB|CAPITAL|SMALL|VOWEL|INDEPENDENT|SIGN|SYMBOL|MARK|DIGIT|NUMBER|NUMERAL|FRACTION|CURRENCY"
    r"|IDEOGRAPH|CHARACTER|HIEROGLYPH)"
)

_GREEK_GROUP: Final = lazy(
    r"(?P<ohm>(?:(?<=\d)|(?<=\d ))[kMGTnmµμ]?Ω(?!\w))"
    r"|(?<![^\W\d_])(?P<micro>[µμ])(?=(?:[msglLAFVWHMNCJTΩ]|Pa|Sv|mol|Hz|Gy|Bq|sec)(?:\b|[²³]))"
    r"|(?P<sign>[ℏℵ])"
    rf"|(?P<letters>[{_GREEK}]+)(?P<power>[²³])?"
)
_GREEK_NAME: Final = lazy(r"(?:GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?|MICRO SIGN)([A-Z]*)")
_GREEK_WORDS: Final = frozenset("το τα τη να θα σε με ως αν ας δε μη".split())
_POWERS: Final = {"²": " squared", "³": " cubed", None: ""}

_PHONETIC: Final = lazy(r"(?:/[^/\s](?:[^/]{0,60}[^/\s])?/|\[[^\[\]]{1,60}\])")
_PHONETIC_SIGN: Final = lazy(r"[\u0250-\u02af\u02c8\u02cc\u02d0]")
_WORD: Final = lazy(r"[^\W\d_]+")
_BEYOND_LATIN_1: Final = lazy(f"[{_LATIN}]")
# A diaeresis that only parts two vowels: dictionaries have the word without it.
_DIAERESIS: Final = lazy(r"(?<=[aeiouAEIOU])[ëïöü]|(?<=[^\W\d_])ë\b")
_LATIN_NAME: Final = lazy(r"LATIN (CAPITAL|SMALL) (?:LETTER|LIGATURE) (?:.* )?([A-Z]{1,2})(?: WITH .*| DIGRAPH)?")
_LATIN_LETTERS: Final = {
    "Ω": " ohms",
    "ə": "e",
    "Ə": "E",
    "ŋ": "ng",
    "Ŋ": "Ng",
    "ʃ": "sh",
    "ʒ": "zh",
    "ɑ": "a",
    "ɒ": "o",
    "ʊ": "u",
    "ɣ": "g",
    "ɩ": "i",
    "ɸ": "f",
    "ẞ": "SS",
    "ß": "ß",
}


def named(text: Traced) -> Traced:
    """The text, before the rules, without words that are not in Latin letters.

    Text of another script is said by the script's name, as "Cyrillic text". A Greek letter that is no part of a Greek
    word is said by its name. Micro and ohm stay, as parts of units.
    """
    if text.isascii() or not _HAS_OTHER.search(text):
        return text
    text = text.replaced(_greek(text))
    text = text.replaced(_other_scripts(text))
    return text.replaced(_phonetic(text))


def romanized(text: Traced) -> Traced:
    """The text, after the rules, in letters of English and Latin-1."""
    return text if text.isascii() or not _HAS_LATIN.search(text) else text.replaced(_latin(text))


def _greek(text: str) -> Iterator[tuple[int, int, str]]:
    matches = list(_GREEK_GROUP.finditer(text))
    has_words = any(len(match["letters"] or "") > 2 or match["letters"] in _GREEK_WORDS for match in matches)
    for match in matches:
        if match["micro"]:
            yield match.start(), match.end(), "µ"
        elif match["sign"]:
            yield match.start(), match.end(), _apart(text, match.span(), "h bar" if match["sign"] == "ℏ" else "aleph")
        elif (letters := match["letters"]) and not (has_words and len(letters) > 1):
            names = [_GREEK_NAME.fullmatch(unicodedata.name(letter, "")) for letter in letters]
            if all(names):
                said = " ".join((name[1] or "mu").lower().replace("lamda", "lambda") for name in names if name)
                yield match.start(), match.end(), _apart(text, match.span(), said + _POWERS[match["power"]])


def _other_scripts(text: str) -> Iterator[tuple[int, int, str]]:
    is_japanese = any("\u3041" <= character <= "\u30ff" for character in text)
    for match in _RUN.finditer(text):
        run = match[0]
        letters = [i for i, character in enumerate(run) if unicodedata.category(character)[0] in "LMN"]
        if letters:
            scripts = dict.fromkeys(_script(run[i], is_japanese) for i in letters if not unicodedata.combining(run[i]))
            said = ", ".join(f"{script} text" for script in scripts) or "foreign text"
            marks = run[letters[-1] + 1 :].translate(_PUNCTUATION)
            said += marks[:1] if marks[:1] in ".,?" else ""
            yield match.start(), match.end(), _apart(text, match.span(), said)
        elif (marks := run.translate(_PUNCTUATION)) != run:
            yield match.start(), match.end(), marks


@lru_cache(maxsize=1024)
def _script(character: str, is_japanese: bool) -> str:
    name = _NOT_OF_THE_SCRIPT.split(unicodedata.name(character, "foreign"), maxsplit=1)[0]
    script = _SCRIPTS.get(name.split()[0]) or name.title()
    return "Japanese" if is_japanese and script == "Chinese" else script


def _phonetic(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _PHONETIC.finditer(text):
        if _PHONETIC_SIGN.search(match[0]):
            yield match.start(), match.end(), _apart(text, match.span(), "phonetic text")


def _latin(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _WORD.finditer(text):
        word = match[0]
        if _BEYOND_LATIN_1.search(word):
            word = "".join(map(_base, word)) or _apart(text, match.span(), _names(word))
        elif not word.isascii():
            word = _DIAERESIS.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], word)
        if word != match[0]:
            yield match.start(), match.end(), word


@lru_cache(maxsize=1024)
def _base(letter: str) -> str:
    """The letters of English nearest to a Latin letter; "" of a letter that has none, such as a click in a name."""
    if letter.isascii() or letter in _LATIN_LETTERS:
        return _LATIN_LETTERS.get(letter, letter)
    if (base := unicodedata.normalize("NFD", letter)[0]).isascii():
        return base
    if match := _LATIN_NAME.fullmatch(unicodedata.name(letter, "")):
        return match[2] if match[1] == "CAPITAL" else match[2].lower()
    return letter if letter < "\u0100" else ""


def _names(word: str) -> str:
    """Of a word of letters that all have no letters of English near them; modifier letters are silent."""
    from steadyvoice.workers.text.english.characters_by_name import cluster_name  # seldom needed

    return " ".join(cluster_name(letter) for letter in word if unicodedata.category(letter) != "Lm")


def _apart(text: str, span: tuple[int, int], words: str) -> str:
    """Add spaces where words would run into the letters or digits beside them."""
    start, end = span
    return " " * text[start - 1 : start].isalnum() + words + " " * text[end : end + 1].isalnum()
