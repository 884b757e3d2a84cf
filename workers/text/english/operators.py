"""Operators of programs and formulas, and arrows."""

import re
from typing import Final

from steadyvoice.workers.text.english.beside import (
    after,
    before,
    is_apart,
    is_between_operands,
    is_between_words,
    joins_words,
    sign_rule,
)
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import Rule

_OPERATORS: Final = {
    "&&": "and",
    "||": "or",
    "==": "equals",
    "===": "equals",
    "!=": "not equal to",
    "!==": "not equal to",
    "<>": "not equal to",
    ">=": "greater than or equal to",
    "<=": "less than or equal to",
    "=<": "less than or equal to",
    "+=": "plus equals",
    "-=": "minus equals",
    "*=": "times equals",
    "/=": "divided by equals",
    ":=": "is",
    "++": "plus plus",
}
_OPTION: Final = lazy(r"[A-Za-z](?![^\W_])")
_NAME: Final = r"[A-Za-z][\w-]{0,30}\s?"
_ATTRIBUTE: Final = r"(?:=[\w.+-]{0,20})?"
_PLACEHOLDER: Final = lazy(rf"[A-Za-z][\w -]*{_ATTRIBUTE}>(?P<text>\w)?")
_EMPTY_TAG: Final = lazy(rf"<{_NAME}$")
_END_TAG: Final = lazy(rf"</{_NAME}$")
_IS_APPROXIMATE: Final = lazy(r"(?:about|around|approximately|roughly) $")
_OPEN_PLACEHOLDER: Final = lazy(rf"(?<!\w)<(?P<name>[A-Za-z][\w-]*)[\w -]*{_ATTRIBUTE}$")


def _arrow(match: re.Match[str]) -> str:
    sign = match[0]
    if sign[0] in "<←⟵⬅":
        return "left right arrow" if sign[-1] == ">" else "left arrow"
    if not before(match).strip() or (sign == "-->" and not after(match).strip()):
        return ""  # a bullet, or the end of a comment of HTML
    is_member = sign == "->" and joins_words(match) and after(match)[0].islower()
    return "to" if sign[0] != "=" and not is_member and is_between_words(match) else "arrow"


def _vertical_arrow(match: re.Match[str]) -> str:
    direction = "up" if match[0] in "↑⬆▲" else "down"
    return direction if after(match).lstrip()[:1].isdigit() else f"{direction} arrow"


def _less(match: re.Match[str]) -> str:
    tag = None if before(match)[-1:].isalnum() else _PLACEHOLDER.match(after(match))
    if tag is not None and (tag["text"] is None or _is_closed(match.string, tag[0])):
        return "("
    return "less than" if after(match).strip() else ""


def _greater(match: re.Match[str]) -> str:
    if _END_TAG.search(before(match)):
        return ")"
    tag = _OPEN_PLACEHOLDER.search(before(match))
    if tag is not None and (not after(match)[:1].isalnum() or _is_closed(match.string, tag["name"])):
        return ")"
    if not before(match).strip() and not after(match).lstrip()[:1].isdigit():
        return ""  # the mark of a quotation in a mail
    return "greater than"


def _tag(match: re.Match[str]) -> str:
    return " (" if before(match)[-1:].isalnum() else "("


def _is_closed(text: str, tag: str) -> bool:
    """tag: begins with the name of an element, which the text may end by </name>."""
    name = re.match(r"[\w-]*", tag)
    return name is not None and f"</{name[0]}>" in text


def _almost_equal(match: re.Match[str]) -> str:
    return "is approximately" if before(match).rstrip()[-1:].isalnum() else "approximately"


def _asterisks(match: re.Match[str]) -> str:
    if len(match[0]) < 3 and is_between_operands(match):
        return "times" if match[0] == "*" else "to the power of"
    return " " if joins_words(match) else ""


def _tilde(match: re.Match[str]) -> str:
    if after(match)[:1].isalnum() and not before(match)[-1:].isalnum():
        return "" if _IS_APPROXIMATE.search(before(match)) else "about"
    return "tilde" if is_apart(match) else ""


def _power(match: re.Match[str]) -> str:
    return "to the power of" if joins_words(match) or is_between_operands(match) else ""


def _minus(match: re.Match[str]) -> str | None:
    """A hyphen stays; between words it is a dash, at the start of a line a bullet."""
    left, right = before(match), after(match)
    if is_apart(match):
        return "—" if left.strip() and right.strip() else ""
    if left[-1:] in ("", " ") and _OPTION.match(right):
        return "dash"
    return "" if not left and right[:1].isalpha() else None


RULES: tuple[Rule, ...] = (
    sign_rule("arrow", "<-=", r"<?(?:-{1,20}|={1,20})>(?!=)|(?<=\s)<-{1,20}(?=\s)", _arrow),
    sign_rule("arrow", "→⟶➔➜➝➞➡⇨←⟵⬅", "[→⟶➔➜➝➞➡⇨←⟵⬅]", _arrow),
    sign_rule("arrow", "↑⬆▲↓⬇▼", r"[↑⬆↓⬇]|[▲▼](?=\s?\d)", _vertical_arrow),
    sign_rule(
        "operator",
        "&|=!<>+-*/:",
        r"(?:&&|\|\||===?|!==?|<>|[<>]=|=<|[+*/-]=|:=|\+\+)(?![=&|+*])",
        lambda match: _OPERATORS[match[0]],
    ),
    sign_rule("scope", ":", "::", " "),
    sign_rule("tag", "<", rf"</(?={_NAME}>)|<(?={_NAME}/>)", _tag),
    sign_rule("tag", "/", "/>", lambda match: ")" if _EMPTY_TAG.search(before(match)) else None),
    sign_rule("less", "<", "<(?!!--)", _less),
    sign_rule("greater", ">", ">", _greater),
    sign_rule("almost equal", "≈≃", "[≈≃]", _almost_equal),
    sign_rule("asterisks", "*", r"\*++", _asterisks),
    sign_rule("tilde", "~", "~(?!~)", _tilde),
    sign_rule("power", "^", r"\^(?!\^)", _power),
    sign_rule("minus", "-", "-(?!-)", _minus),
)
