"""Keys by name: as clients of speech-dispatcher send them ("shift_a", "kp-enter"), and as X calls them ("Page_Up")."""

import re
from collections.abc import Iterator
from typing import Final

from steadyvoice.workers.text.english.characters_by_name import MARKS, cluster_name, clusters
from steadyvoice.workers.text.english.number_words import cardinal
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule
from steadyvoice.workers.text.spelling import letter_name

_KEYS: Final = dict(
    entry.split("=")
    for entry in (
        "ctrl=control,esc=escape,del=delete,ins=insert,prior=page up,next=page down,pgup=page up,pgdn=page down,"
        "pageup=page up,pagedown=page down,capslock=caps lock,numlock=num lock,scrolllock=scroll lock,"
        "printscreen=print screen,print=print screen,linefeed=line feed,window=windows,altgr=alt graph,"
        "double-quote=quote,"
        "parenleft=left paren,parenright=right paren,bracketleft=left bracket,bracketright=right bracket,"
        "braceleft=left brace,braceright=right brace,exclam=exclaim,quotedbl=quote,quoteright=apostrophe,"
        "quoteleft=backtick,grave=backtick,numbersign=hash,asterisk=star,asciicircum=caret,asciitilde=tilde,"
        "bar=vertical bar,period=dot,minus=dash,equal=equals,less=less than,greater=greater than"
    ).split(",")
)
"""Keys with a name other than their word; the names of others are their words."""
_SIDES: Final = {"L": "left", "R": "right"}
_PART: Final = lazy(
    r"(?P<modifier>Shift|Control|Alt|Super|Meta|Hyper)_(?P<side>[LR])(?=_|$)|ISO_Left_(?P<tab>Tab)"
    r"|(?:kp-|KP_)(?P<keypad>[^_]+)|[Ff](?P<function>\d{1,2})(?=_|$)|(?P<separator>(?<=[^_])_(?=.))|[^_]+|_",
)
"""In X's names the modifier has a capital, so that "shift_l" is an L."""


_MODIFIER: Final = "(?:Ctrl|Control|Alt|AltGr|Shift|Cmd|Command|Super|Meta|Win|Option|Fn)"
_PRESSED: Final = (
    r"(?:[Ff]\d{1,2}|[A-Za-z0-9]|Enter|Return|Tab|Esc|Escape|Del|Delete|Ins|Insert|Backspace|Space|Home|End|PgUp|PgDn|"
    "PageUp|PageDown|Up|Down|Left|Right|PrtSc|PrintScreen|Break)"
)


def key_name(key: str) -> str:
    """The name of a key, or of keys that are pressed together: "control C". An A as a name is marked."""
    said, at = "", 0
    for start, end, name in key_names(key):
        said += key[at:start] + name
        at = end
    return said + key[at:]


def key_names(key: str) -> Iterator[tuple[int, int, str]]:
    """Each part [start, end) of what is sent for a key, and its name; a space for what separates two parts."""
    for part in _PART.finditer(key):
        if part["separator"]:
            yield part.start(), part.end(), " "
        elif part["modifier"]:
            yield part.start(), part.end(), f"{_SIDES[part['side']]} {part['modifier'].lower()}"
        elif part["function"]:
            yield part.start(), part.end(), f"F {cardinal(part['function'])}"
        elif part["keypad"]:
            yield part.start(), part.end(), f"keypad {_name(part['keypad'])}"
        else:
            yield part.start(), part.end(), _name(part["tab"] or part[0])


def _name(part: str) -> str:
    if name := _KEYS.get(part.lower()):
        return name
    if len(list(clusters(part))) == 1:
        return cluster_name(part)
    return " ".join(map(_word, re.findall(r"[^\W\d_]+|\d+|\S", part.replace("-", " "))))


def _word(word: str) -> str:
    if word.isdecimal():
        return cardinal(word)
    if len(word) == 1:
        return letter_name(word) if word.isascii() and word.isalpha() else MARKS.get(word) or cluster_name(word)
    return word.lower()


RULES: Final = (
    Rule(
        "keys",
        "ACFMOSW",
        lazy(rf"(?<![\w+-])(?:{_MODIFIER}[+-]){{1,4}}{_PRESSED}(?![\w+]|-\w)"),
        lambda match: key_name(re.sub("[+-]", "_", match[0].lower())),
    ),
)
