"""Emoticons, ratings with stars, suits of cards, notes of music."""

import re
from typing import Final

from steadyvoice.workers.text.english.beside import before, sign_rule
from steadyvoice.workers.text.english.number_words import cardinal
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_EMOTICONS: Final = {
    **dict.fromkeys(":) :-) =) :] :^)".split(), "smiling face"),
    **dict.fromkeys(";) ;-) ;]".split(), "winking face"),
    **dict.fromkeys(":( :-( =( :[".split(), "frowning face"),
    **dict.fromkeys(":D :-D =D xD".split(), "grinning face"),
    **dict.fromkeys(":P :-P :p :-p =P ;P".split(), "face with tongue out"),
    **dict.fromkeys(":'( :'-( T_T".split(), "crying face"),
    **dict.fromkeys(":O :-O :o :-o".split(), "surprised face"),
    **dict.fromkeys(":/ :-/ :\\ :-\\".split(), "confused face"),
    **dict.fromkeys(":| :-|".split(), "neutral face"),
    **dict.fromkeys(":* :-*".split(), "kiss"),
    **dict.fromkeys("^_^ ^-^ ^^".split(), "happy face"),
    **dict.fromkeys("-_- >:( >:-(".split(), "annoyed face"),
    "¯\\_(ツ)_/¯": "shrug",
    "<3": "heart",
    "</3": "broken heart",
}
_PATTERN: Final = "|".join(map(re.escape, sorted(_EMOTICONS, key=len, reverse=True)))
_VARIABLE: Final = lazy(r"(?:^|\W)(?:[a-zA-HJ-Z]|\d+|\w*[_)\]]|if|is|was|score|value|when|where|and|or) $")


def _emoticon(match: re.Match[str]) -> str | None:
    if match[0] == "<3" and (
        _VARIABLE.search(before(match)) or re.match(r" (?:points?|and|or|%)\b", match.string[match.end() :])
    ):
        return None  # less than three
    if match[0][-1] == ")" and before(match).count("(") > before(match).count(")"):
        return None  # the end of a parenthesis
    return _EMOTICONS[match[0]]


def _stars(match: re.Match[str]) -> str | None:
    full, empty = (len(match[kind].replace(" ", "")) for kind in ("full", "empty"))
    if full + empty == 1 and not match["half"]:
        return "star"
    said = cardinal(full) + (" and a half" if match["half"] else "")
    said += " star" if said == "one" else " stars"
    return f"{said} out of {cardinal(full + empty + bool(match['half']))}" if empty else said


def _circles(match: re.Match[str]) -> str | None:
    return f"{cardinal(len(match['full']))} out of {cardinal(len(match[0]))}" if len(match[0]) > 2 else None


def _suit(match: re.Match[str]) -> str:
    suit = ("spade", "heart", "diamond", "club")["♠♥♦♣♤♡♢♧".index(match[0]) % 4]
    return f"of {suit}s" if re.search(r"(?<!\w)(?:[2-9JQKA]|10)$", before(match)) else suit


RULES: tuple[Rule, ...] = (
    sign_rule("emoticon", "Tx" + ":;=()-<>^¯", rf"(?<!\S)(?:{_PATTERN})(?=[\s.,!?)]|$)", _emoticon),
    sign_rule(
        "stars", "★⭐☆✩", r"(?P<full>[★⭐]?(?>(?: ?[★⭐]){0,19}))(?P<half>½?)(?P<empty>(?>(?: ?[☆✩]){0,20}))", _stars
    ),
    sign_rule("circles", "●", "(?P<full>●{1,10}+)○{1,10}+", _circles),
    sign_rule("suit", "♠♥♦♣♤♡♢♧", "[♠♦♣♤♡♢♧]|(?<=[0-9JQKA])♥", _suit),
    sign_rule("music", "♩♪♫♬", "[♩♪♫♬](?>(?: ?[♩♪♫♬])*)", "music"),
)
