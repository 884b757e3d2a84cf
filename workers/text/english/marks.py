"""Punctuation and decoration: one mark, a pause or nothing."""

import re
from typing import Final

from steadyvoice.workers.text.english.beside import (
    after,
    before,
    is_between_operands,
    is_between_words,
    joins_words,
    sign_rule,
)
from steadyvoice.workers.text.rules import Rule

_PAIRS: Final = frozenset("and/or yes/no on/off true/false pass/fail in/out".split())
_PAIRS_OF_PRONOUNS: Final = frozenset("he/she she/he him/her her/him his/her his/hers her/his he/they she/they".split())


def _question_or_exclamation(match: re.Match[str]) -> str:
    return "?" if set(match[0]) & set("?⁇⁈⁉") else "!"


def _dashes(match: re.Match[str]) -> str:
    left, right = before(match), after(match)
    if match[0] == "--" and left[-1:] in ("", " ") and right[:1].islower():
        return "dash dash"  # an option of a command
    return "—" if re.search(r"\w", left) and re.search(r"\w", right) else ""


def _low_lines(match: re.Match[str]) -> str:
    """Three or more in a text are a gap to fill in."""
    if joins_words(match):
        return " "
    has_text = re.search(r"[^\W_]", before(match) + after(match)) is not None
    return "blank" if len(match[0]) > 2 and has_text else ""


def _separator(match: re.Match[str]) -> str:
    """A pause between words; nothing at either end."""
    return "," if is_between_words(match) else ""


def _middle_dot(match: re.Match[str]) -> str:
    if is_between_operands(match):
        return "times"
    return "" if joins_words(match) else _separator(match)


def _number_sign(match: re.Match[str]) -> str:
    left, right = before(match), after(match)
    if re.search(r"(?<!\w)[A-Z]$", left) and not right[:1].isalnum():
        return "sharp"
    if right.lstrip()[:1].isdigit():
        return "number"
    if right[:1].isalpha() and not left[-1:].isalnum() and not re.match(r"\w++#", right):
        return "hashtag"
    return "" if not left.strip() and right[:1] == " " else "hash"  # at the start, the mark of a heading


def _slash(match: re.Match[str]) -> str:
    left, right = re.search(r"[^\W\d_]+$", before(match)), re.match(r"[^\W\d_]+", after(match))
    if left is None or right is None:
        return "slash"
    pair = f"{left[0]}/{right[0]}"
    if pair.lower() in _PAIRS_OF_PRONOUNS:
        return "or"
    return " " if pair.lower() in _PAIRS or pair.isupper() else "slash"


RULES: tuple[Rule, ...] = (
    sign_rule("marks", "!?‼⁇⁈⁉", "[!?‼⁇⁈⁉]{2,}+|[‼⁇⁈⁉]", _question_or_exclamation),
    sign_rule("marks", ".…‥", r"[.…‥]{2,}+|‥", "…"),
    sign_rule("marks", ",;", "([,;])[,;]++", lambda match: match[1]),
    sign_rule("marks", "'", "'{2,}+", '"'),
    sign_rule("comment of HTML", "<", "<!--", ""),
    sign_rule("dashes", "-–—", "-{2,}+|[—–]{2,}+", _dashes),
    sign_rule("decoration", "=#~+^", r"={3,}+|#{2,}+|~{2,}+|\+{3,}+|\^{2,}+", ""),
    sign_rule("low lines", "_", "_++", _low_lines),
    sign_rule("bar", "|¦", "[|¦]++", _separator),
    sign_rule("middle dot", "·", "·", _middle_dot),
    sign_rule("bullet", "•‣▪▫◦●○■□◆◇▶►▸▼▲∗⁃‧·", "[•‣▪▫◦●○■□◆◇▶►▸▼▲∗⁃‧·]++", _separator),
    sign_rule("number sign", "#", "#", _number_sign),
    sign_rule("with", "w", "w/o(?= )", "without"),
    sign_rule("with", "w", r"w/(?= ?[^\W\d_])", "with"),
    sign_rule("slash", "/", "/", _slash),
    sign_rule("brackets", "([{", r"\(\)|\[\]|\{\}", ""),
    # As parentheses: engines take brackets for other things, such as phonemes.
    sign_rule("brackets", "[{⟨⟦〔", r"[\[{⟨⟦〔]", "("),
    sign_rule("brackets", "]}⟩⟧〕", r"[\]}⟩⟧〕]", ")"),
    sign_rule("silent", "`¿¡†‡¯´¨¸˘˙˚˛˜˝", "[`¿¡†‡¯´¨¸˘˙˚˛˜˝]++", ""),
    sign_rule("degrees", "º", r"(?<=\d)º(?!\w)", "degrees"),
    sign_rule("ordinal indicator", "ªº", "[ªº]", ""),
)
