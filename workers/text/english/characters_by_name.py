"""Characters by name, as screen readers call them: letters, digits, signs, white space, emoji, invisible characters."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from steadyvoice.workers.text.english import emoji
from steadyvoice.workers.text.english.number_words import ONES, cardinal
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.spelling import letter_name

MARKS: Final = dict(
    entry.split(" ", 1)
    for entry in """
. dot
, comma
? question
! exclaim
; semicolon
: colon
' apostrophe
" quote
‘ left single quote
’ right single quote
“ left quote
” right quote
« left guillemet
» right guillemet
… ellipsis
( left paren
) right paren
[ left bracket
] right bracket
{ left brace
} right brace
< less than
> greater than
/ slash
\\ backslash
| vertical bar
_ underscore
- dash
‐ hyphen
– en dash
— em dash
− minus
+ plus
= equals
* star
& ampersand
@ at
# hash
% percent
$ dollar
^ caret
~ tilde
` backtick
´ acute
¨ diaeresis
¸ cedilla
¯ macron
¬ not
¦ broken bar
± plus or minus
× times
÷ divided by
≠ not equal to
≤ less than or equal to
≥ greater than or equal to
≈ approximately equal to
° degrees
¡ inverted exclaim
¿ inverted question
· middle dot
→ right arrow
← left arrow
↑ up arrow
↓ down arrow
⌘ command
⌥ option
⌃ control
⇧ shift
⏎ return
⌫ delete
""".strip().splitlines()
)
"""Signs with a name that differs from the Unicode name, or is shorter."""
_SPACES: Final = {
    " ": "space",
    "\t": "tab",
    "\n": "new line",
    "\r": "carriage return",
    "\r\n": "new line",
    "\v": "vertical tab",
    "\f": "page break",
    "\u2028": "new line",
    "\u2029": "new paragraph",
    "\0": "null",
    "\a": "bell",
    "\b": "backspace",
    "\x1b": "escape",
    "\x7f": "delete",
}
_EMOJI: Final = lazy(
    r"[\U0001f1e6-\U0001f1ff]{2}"
    r"|\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f"
    rf"|{emoji.PICTOGRAPH}\ufe0f?[{emoji.TONES}]?(?>(?:\u200d{emoji.PICTOGRAPH}\ufe0f?[{emoji.TONES}]?)*)\ufe0f?"
)
_CODE: Final = lazy(r"-[0-9A-F]{4,6}$")
_OF_LETTERS: Final = frozenset(("LETTER", "SMALL", "CAPITAL", "WITH", "LATIN", "GREEK"))
_OF_FRACTIONS: Final = frozenset(("VULGAR", "FRACTION"))
REPEATED: Final = 4
"""As many equal characters in a row are counted."""


def clusters(text: str) -> Iterator[tuple[int, int]]:
    """[start, end) of each character as a reader sees it: with its combining marks, a whole emoji, a line's end."""
    at = 0
    while at < len(text):
        end = at + 1
        if found := _EMOJI.match(text, at):
            end = found.end()
        elif text.startswith("\r\n", at):
            end = at + 2
        else:
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
        yield at, end
        at = end


def cluster_name(cluster: str) -> str:
    """In letters and spaces. cluster: one of `clusters`."""
    if cluster in _SPACES:
        return _SPACES[cluster]
    if _EMOJI.fullmatch(cluster) and (name := emoji.name(cluster.replace("\ufe0f", ""))):
        return name.replace("-", " ")
    composed = unicodedata.normalize("NFC", cluster[:9]) + cluster[9:]  # the cost is quadratic in the marks
    first, *marks = list(re.sub("(?<!^)[\ufe0e\ufe0f]", "", composed))
    return " ".join([_name(first), *(repeated_name(_mark(mark), len([*run])) for mark, run in groupby(marks))])


def repeated_name(name: str, count: int) -> str:
    """Of equal characters in a row: "star star", "ten star"."""
    return f"{cardinal(count)} {name}" if count >= REPEATED else " ".join([name] * count)


def _mark(mark: str) -> str:
    """Of a combining mark on a letter, without what says that it is one."""
    return _name(mark).removeprefix("combining ").removesuffix(" accent")


@lru_cache(maxsize=4096)
def _name(character: str) -> str:
    if character.isascii() and character.isalpha():
        return letter_name(character)
    if character in MARKS or character in _SPACES:
        return MARKS.get(character) or _SPACES[character]
    if unicodedata.category(character) == "Nd":
        return ONES[unicodedata.decimal(character)]
    name = unicodedata.name(character, "")
    if not name:
        kind = "control character" if unicodedata.category(character) == "Cc" else "character"
        return f"{kind} {_spelled(f'{ord(character):X}')}"
    if code := _CODE.search(name):  # of an ideograph
        kind = "Chinese character" if name.startswith("CJK") else name[: code.start()].capitalize()
        return f"{kind.replace('-', ' ')} {_spelled(code[0][1:])}"
    return _spoken_name(name, unicodedata.category(character))


def _spoken_name(name: str, category: str) -> str:
    """The Unicode name in words, without its formal parts."""
    dropped = _OF_LETTERS if category[0] == "L" else _OF_FRACTIONS if category == "No" else frozenset()
    words = re.findall(r"[A-Z]+|\d+", name.removesuffix(" SIGN"))
    kept = [word for word in words if word not in dropped] or words
    said = [
        cardinal(word) if word.isdecimal() else letter_name(word) if len(word) == 1 else word.lower() for word in kept
    ]
    said = ["lambda" if word == "lamda" else word for word in said]
    if len(kept) > 1 and re.match(r"[A-Z]+ (?:LETTER|SMALL|CAPITAL|SYLLABLE) ", name) and words[0] == kept[0]:
        said[0] = said[0].capitalize()  # a script
    return " ".join(said)


def _spelled(code: str) -> str:
    return " ".join(ONES[int(each)] if each.isdecimal() else letter_name(each) for each in code)
