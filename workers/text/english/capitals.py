"""Words in capitals, single letters."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import (
    SHORT_WORDS,
    is_known,
    is_name,
    is_ordinary,
    is_word,
    said,
)
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import CAPITAL, LETTER, Rule
from steadyvoice.workers.text.spelling import letter_name, letters

_ROMAN: Final = lazy(r"X{0,3}(?:IX|V?I{1,3}|V|X)")
_LOOK_BACK: Final = 32
_WORD_BEFORE: Final = lazy(r"(?<![\w'’])([^\W\d_]+(?:['’][^\W\d_]+)?)[,:;!]? [\"“(]?$")
_WORD_AFTER: Final = lazy(r"[,:;!]? [\"“(]?([^\W\d_]+)")
_PRONOUNS: Final = {
    "US": lazy(
        r"(?:ABOUT|ALL|ASK|BETWEEN|CALL|CONTACT|FIND|FOLLOW|FOR|FROM|GIVE|HELP|JOIN|LET|OF|SHOW|TELL|TO|TRUST|WITH) $"
    ),
    "IT": lazy(r"[A-Z] $|^$"),
    "AM": lazy(r"(?:^|\W)(?:I|WHO|WHERE|HOW|WHAT) $"),
}
"""Words in capitals that are letters too, and what precedes the word."""
_IT_WORK: Final = lazy(r" (?:SUPPORT|DEPARTMENT|MANAGER|TEAM|STAFF|SERVICES?|SECURITY|SYSTEMS?|INDUSTRY)(?!\w)")
_ORGANISATIONS: Final = frozenset(["WHO"])
"""Letters after "the", a word elsewhere."""

_NAMED: Final = lazy(
    r"(?i:(?<!\w)(?:option|plan|vitamin|letter|grade|section|part|exhibit|type|class|group|team|hepatitis|appendix|"
    r"column|row|figure|point|building|gate|room|terminal|platform|step|choice|answer|question|category|block|unit|model|"
    r"variable|drive|key|size|level|track|side|apartment|flat|schedule|series|influenza|blood type)) [\"'“‘(]?$"
)
_LETTER_ITSELF: Final = lazy(r"(?i:(?<!\w)(?:the letters?|lowercase|uppercase|capital|small letter|an)) [\"'“‘]?$")
_ONE_OF_LETTERS: Final = lazy(r"(?:, (?:and |or )?| (?:and|or|to|through|versus|vs\.?) |[/&])[b-hj-zB-HJ-Z](?![\w'’])")
_ENDS: Final = lazy(r"[\"'”’)\]]*(?:[;:!?)\]]|\.(?!\.)|$)| [=<>+*/^] ")
_QUOTED: Final = lazy(r"[\"'”’]")
_LETTER_VERB: Final = lazy(r" (?:is for|stands for|equals|= |minor(?!\w)|major(?!\w)|sharp|flat(?!\w))")


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - _LOOK_BACK) : match.start()]


def _capitals(match: re.Match[str]) -> str | None:
    """NHS letter by letter; NASA and STOP as words; with the ending of "PCs" and "API's"."""
    word, ending = match["word"], (match["ending"] or "").lower()
    if _ROMAN.fullmatch(word) and not ending:
        return None
    if word in _PRONOUNS:
        words = word.lower() if _is_pronoun(match) else letters(word)
    elif word in _ORGANISATIONS and re.search(r"(?<!\w)[Tt]he $", _before(match)):
        words = letters(word)
    elif _is_heading(match) and not is_known(word):
        words = word.lower() if is_word(word) or is_name(word) else letters(word)
    elif is_word(word):
        # A voice's dictionary has acronyms in capitals, and some short words as letters.
        words = word.lower() if word.lower() in SHORT_WORDS else word
    else:
        words = letters(word)
    if not ending:
        return words
    return f"{words}s" if ending == "s" and " " not in words else f"{words}'s"


def _is_pronoun(match: re.Match[str]) -> bool:
    word = match["word"]
    if match["ending"]:
        return word == "IT"
    if word == "IT" and (_IT_WORK.match(match.string, match.end()) or not _is_heading(match)):
        return False
    return _PRONOUNS[word].search(_before(match)) is not None


def _is_heading(match: re.Match[str]) -> bool:
    """The word before or after is an ordinary word in capitals too."""
    neighbours = (_WORD_BEFORE.search(_before(match)), _WORD_AFTER.match(match.string, match.end()))
    return any(near is not None and near[1].isupper() and _is_emphasised(near[1]) for near in neighbours)


def _is_emphasised(word: str) -> bool:
    return word in ("A", "I") or "'" in word or "’" in word or (len(word) > 1 and is_ordinary(word))


def _contraction(match: re.Match[str]) -> str:
    return match[0].lower().replace("i'", "I'").replace("i’", "I’") if match[1] == "I" else match[0].lower()


def _joined(match: re.Match[str]) -> str:
    """R&D, AT&T, A/B, TCP/IP. Between words, as in AND/OR, the slash is a pause."""
    first, sign, second = match[1], match[2], match[3]
    plural = "'s" if match[4] else ""
    if sign == "&":
        return f"{letters(first)} and {letters(second)}{plural}"
    return " ".join(part.lower() if is_ordinary(part) else said(part) for part in (first, second)) + plural


def _degree(match: re.Match[str]) -> str:
    return letters(match[1]) + ("'s" if match[2] else "")


def _language(match: re.Match[str]) -> str:
    return f"{letter_name(match[1])} {'sharp' if match[2] == '#' else 'plus plus'}"


def _grade(match: re.Match[str]) -> str:
    return f"{letters(match[1])} {'plus' if match[2] == '+' else 'minus'}"


def _letters_of(match: re.Match[str]) -> str:
    return f"{letter_name(match[1])}'s"


def _single(match: re.Match[str]) -> str | None:
    """The letter A, where it is not the article. The names of other letters are how they are said anyway."""
    letter = match[0]
    if letter in "Ii":
        return None
    before, text, end = _before(match), match.string, match.end()
    is_alone = not any(map(str.isalnum, text[: match.start()] + text[end:]))
    if is_alone:
        return letter_name(letter)
    is_named = _LETTER_ITSELF.search(before) or (letter.isupper() and _NAMED.search(before))
    if letter not in "Aa":
        return letter_name(letter) if is_named else None
    return letter_name(letter) if _is_letter(match, before, bool(is_named)) else None


def _is_letter(match: re.Match[str], before: str, is_named: bool) -> bool:
    text, end = match.string, match.end()
    follows = text[end : end + 3]
    if follows.startswith(("..", "…", "-", "–", "—")):
        return False
    if _ENDS.match(text, end) or _ONE_OF_LETTERS.match(text, end):
        return True
    if before[-1:] in ("'", '"', "‘", "“") and _QUOTED.match(text, end):
        return True
    next_word = follows.lstrip()[:1]
    if next_word.isupper():
        return False
    if match[0] == "a":
        return is_named and bool(_LETTER_ITSELF.search(before))
    is_inside = re.search(r"(?:[a-z\d],?|[=+<>*/]) $", before) is not None
    return is_named or is_inside or _LETTER_VERB.match(text, end) is not None


RULES: tuple[Rule, ...] = (
    Rule(
        "degree",
        "BDMP",
        lazy(r"(?<![\w'’-])(PhD|MSc|BSc|BEng|MEng|DPhil|MBChB)(s)?(?![\w'’])"),
        _degree,
    ),
    Rule("language", "ABCDEFGabcdefg", lazy(r"(?<![\w'’-])([A-Ga-g])(#|\+\+)(?!\w)"), _language),
    Rule(
        "joined capitals",
        CAPITAL,
        lazy(r"(?<![\w'’/&-])([A-Z]{1,10})([&/])([A-Z]{1,10})(s|['’]s)?(?![\w'’/&-])"),
        _joined,
    ),
    Rule("contraction", CAPITAL, lazy(r"(?<![\w'’-])([A-Z]{1,8})(?<!O)['’](?:T|RE|VE|LL|D|M)(?!\w)"), _contraction),
    Rule("letters", "ABCDEFGHJKLMNOPQRSTUVWXYZ", lazy(r"(?<![\w'’-])([A-HJ-Z])['’]s(?!\w)"), _letters_of),
    Rule(
        "letters",
        "ABCDEF",
        lazy(r"(?:(?<=\d )|(?<=straight )|(?<=all )|(?<=two )|(?<=three ))([A-F])s(?!\w)"),
        _letters_of,
    ),
    Rule(
        "grade",
        "ABCDEFO",
        lazy(r"(?<![\w'’-])(AB|[A-FO])(?:(\+)(?![\w+])|(?:(?<=an A)|(?<= a [BCD]))([-−])(?![\w-]))"),
        _grade,
    ),
    Rule(
        "capitals",
        CAPITAL,
        lazy(r"(?<![\w'’])(?P<word>[A-Z]{2,24})(?P<ending>s|['’][sS])?(?![\w]|['’]\w)"),
        _capitals,
    ),
    Rule("single letter", LETTER, lazy(r"(?<![\w.@/-])(?<!\w['’])[A-Za-z](?![\w@]|['’]\w|\.\w)"), _single),
)
