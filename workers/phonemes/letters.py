"""Letters to phonemes by a table of a language, one word at a time, and what the languages share."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

STRESS: Final = "ˈ"
SECONDARY: Final = "ˌ"
_SAME, _NONE = "=", "-"


class LetterRules:
    """At each place of a word the first rule that fits. Letters without a rule are silent.

    A table has one rule a line: a pattern, which may look at the letters around its own, and phonemes; "=" stands for
    the letters themselves, "-" for none. A name in braces stands for a set of letters: ``[{V}r]`` with V = "ae".
    """

    def __init__(self, table: str, **sets: str) -> None:
        rows = [line.split() for line in table.strip().splitlines()]
        self._phonemes = ["" if phonemes == _NONE else phonemes for _, phonemes in rows]
        pattern = "|".join(f"({pattern})" for pattern, _ in rows)
        for name, letters in sets.items():
            pattern = pattern.replace(f"{{{name}}}", letters)
        self._pattern = re.compile(f"{pattern}|.", re.DOTALL)

    def __call__(self, word: str) -> str:
        return self._pattern.sub(self._said, word)

    def _said(self, match: re.Match[str]) -> str:
        if match.lastindex is None:
            return ""
        phonemes = self._phonemes[match.lastindex - 1]
        return match[0] if phonemes == _SAME else phonemes


class Changes:
    """Replacements in phonemes, one after the other, each everywhere. Sets are those of `LetterRules`.

    A table has one change a line: a pattern and what takes its place, "-" for nothing. "_" stands for the space between
    words, in both.
    """

    def __init__(self, table: str, **sets: str) -> None:
        self._changes: list[tuple[re.Pattern[str], str]] = []
        for line in table.strip().splitlines():
            pattern, put = (part.replace("_", " ") for part in line.split())
            for name, letters in sets.items():
                pattern = pattern.replace(f"{{{name}}}", letters)
            self._changes.append((re.compile(pattern), "" if put == _NONE else put))

    def __call__(self, phonemes: str) -> str:
        for pattern, put in self._changes:
            phonemes = pattern.sub(put, phonemes)
        return phonemes


def pairs(text: str) -> dict[str, str]:
    """ "word phonemes word phonemes" as a table."""
    parts = text.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


class Respellings:
    """Words that are said otherwise than they are spelt, in a spelling that shows it.

    words: respelled, with or without their ending, separated by spaces. endings: what may follow. as_written: each
    letter of a respelling that is written in another way, and that way.
    """

    def __init__(self, words: str, endings: str, as_written: Mapping[str, str]) -> None:
        letters = str.maketrans(dict(as_written))
        self._words = {word.translate(letters): word for word in words.split()}
        self._endings = endings.split()

    def __call__(self, word: str) -> str | None:
        """The word respelled; None where it is not in the list."""
        for ending in ("", *self._endings):
            if word.endswith(ending) and (found := self._words.get(word[: len(word) - len(ending)])) is not None:
                return found + ending
        return None


def plain(word: str, alphabet: str) -> str:
    """In lower case; a letter outside the alphabet without its accents, or left out."""
    word = unicodedata.normalize("NFC", word.lower())
    return "".join(
        letter if letter in alphabet else "".join(c for c in unicodedata.normalize("NFKD", letter) if c in alphabet)
        for letter in word
    )


def with_stress(phonemes: str, nuclei: str, from_end: int) -> str:
    """With a stress mark before a vowel, the last one being 1 from the end; a word with fewer has it on the first."""
    places = [at for at, phoneme in enumerate(phonemes) if phoneme in nuclei]
    if not places:
        return phonemes
    at = places[max(0, len(places) - from_end)]
    return f"{phonemes[:at]}{STRESS}{phonemes[at:]}"


def with_secondary(phonemes: str, nuclei: str, before_stress: str = "") -> str:
    """With secondary stress on every other vowel from the first on, except beside the stressed one.

    before_stress: phonemes that count as vowels only there.
    """
    head, mark, tail = phonemes.partition(STRESS)
    places = [at for at, phoneme in enumerate(head) if phoneme in nuclei] if mark else []
    if places and head[-1] in before_stress:
        places.append(len(head) - 1)
    for at in reversed(places[:-1:2]):
        head = f"{head[:at]}{SECONDARY}{head[at:]}"
    return head + mark + tail


def spelled(word: str, names: Mapping[str, str]) -> str:
    """The names of the letters as one word, the last one with the main stress."""
    said = [names.get(letter, "") for letter in word]
    return "".join([*(name.replace(STRESS, SECONDARY) for name in said[:-1]), *said[-1:]])


def with_last_stressed(words: list[str], nuclei: str) -> list[str]:
    """The words of a clause; the last one has the main stress, also where it has none inside a clause."""
    if words and STRESS not in words[-1]:
        last = words[-1].replace(SECONDARY, STRESS)
        words[-1] = last if STRESS in last else with_stress(last, nuclei, 1)
    return words
