"""Signs beside a number: minus, plus, about, number, percent. Only the sign is read; the number is another rule's."""

import re
from collections.abc import Callable
from typing import Final

from steadyvoice.workers.text import spelling
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_AMOUNT: Final = r"[$€£¥]?\.?[\d½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]"
_FREE: Final = r"(?<![\w.)\]%°\"'’”-])"
"""Nothing that the sign could join to the number stands before it."""
_COMPARED: Final = lazy(r" (?:\w+er|more|less|as|the|a|an|per|each|daily|weekly|in|every)\b")
_CHANGED: Final = lazy(
    r"\b(?:up|down|rose|rises?|fell|falls?|gain\w*|los\w+|drop\w*|increas\w+|decreas\w+|higher|lower|above|below|"
    r"grew|climb\w*|ahead|behind|lead|margin|swing|widen\w*|narrow\w*|change\w*)\b|"
    r"\bby [\d.]+\s?$|[+−±%]|\d\.\d|(?<!\w)-\d",
    re.IGNORECASE,
)
_ARTICLE: Final = lazy(r"\b(?:an?|the|your|my|their)\s[\d.]+$", re.IGNORECASE)


def _always(words: str) -> Callable[[re.Match[str]], str]:
    return lambda _: words


def _multiple(match: re.Match[str]) -> str:
    """10x faster as "ten times faster", a 10x engineer as "a ten X engineer"."""
    is_factor = _COMPARED.match(match.string, match.end()) and not _ARTICLE.search(match.string[: match.start()][-12:])
    return "times" if is_factor else spelling.letters("x")


def _percentage_points(match: re.Match[str]) -> str | None:
    """After a change; the number of pages of a book is another thing: 212 pp."""
    if not _CHANGED.search(match.string[max(0, match.start() - 40) : match.start()]):
        return None
    is_one = re.search(r"(?<![\d.,])1\s?$", match.string[max(0, match.start() - 4) : match.start()])
    return "percentage point" if is_one else "percentage points"


def _sign(kind: str, first: str, pattern: str, words: str) -> Rule:
    return Rule(kind, first, lazy(pattern), _always(words))


RULES: Final[tuple[Rule, ...]] = (
    _sign("minus", "−", r"−", "minus"),
    _sign("minus", "-–", rf"{_FREE}[-–](?={_AMOUNT})", "minus"),
    _sign("plus or minus", "±+", r"±|\+/?[-−](?=\s?\.?\d)", "plus or minus"),
    _sign("plus", "+", rf"(?<![\w+])\+(?=\s?{_AMOUNT})|(?:(?<=\d)|(?<=\d[%kKMB]))\+(?![\w+])", "plus"),
    _sign("about", "~∼≈", rf"(?<![\w~/.])[~∼≈](?={_AMOUNT})|(?<![\w~/.] )[~∼≈](?= {_AMOUNT})", "about"),
    _sign("less than", "<", rf"(?<![\w<-])<(?!3(?![\d.,%]))(?={_AMOUNT})", "less than"),
    _sign("more than", ">", rf"(?<![\w>=-])>(?={_AMOUNT})", "more than"),
    _sign("at most", "≤", rf"≤(?=\s?{_AMOUNT})", "less than or equal to"),
    _sign("at least", "≥", rf"≥(?=\s?{_AMOUNT})", "greater than or equal to"),
    _sign("number", "#", r"(?<![\w#&/])#(?=\d++(?!\w))", "number"),
    _sign("number", "№", r"№", "number"),
    _sign("percent", "%", r"(?:(?<=[\d½⅓⅔¼¾⅛⅜⅝⅞)])|(?<=\d\s))%(?!\w)", "percent"),
    _sign("per mille", "‰", r"‰", "per mille"),
    Rule("percentage points", "p", lazy(r"(?:(?<=\d)|(?<=\d\s))pp(?!\w|\.\s?\d)"), _percentage_points),
    _sign("times", "x" + "×", r"(?<![\w)/])(?!x(?:86|64)(?!\d))[x×](?=\d)", "times"),
    Rule("multiple", "x" + "×", lazy(r"(?<=\d)[x×](?!\w)"), _multiple),
)
