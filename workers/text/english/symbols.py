"""Signs by name, where they have a meaning; as a pause, where they are punctuation; as nothing, where they decorate."""

import re
import unicodedata
from typing import Final

from steadyvoice.workers.text.english import emoji, emoticons, marks, operators
from steadyvoice.workers.text.english.beside import joins_words, sign_rule
from steadyvoice.workers.text.rules import OTHER, Rule


def _table(entries: str) -> dict[str, str]:
    """A sign, a space and its name, between commas."""
    return {entry[0]: entry[2:] for entry in entries.split(",")}


_ARITHMETIC: Final = _table(
    "+ plus,= equals,− minus,± plus or minus,∓ minus or plus,× times,÷ divided by,⋅ times,∙ times,% percent,"
    "‰ per thousand,‱ per ten thousand,≤ less than or equal to,⩽ less than or equal to,≦ less than or equal to,"
    "≥ greater than or equal to,⩾ greater than or equal to,≧ greater than or equal to,≠ not equal to,≅ congruent to,"
    "≡ identical to,≪ much less than,≫ much greater than,∝ proportional to,≔ is,√ square root of,∛ cube root of,"
    "⌊ floor of,⌈ ceiling of,° degrees,′ prime,″ double prime,‴ triple prime,⁺ plus,⁻ minus,⁼ equals"
)
_MATHEMATICS: Final = _table(
    "∞ infinity,∑ sum,∏ product,∂ partial,∫ integral,∬ double integral,∭ triple integral,∮ contour integral,∇ del,"
    "∆ delta,∈ in,∉ not in,∋ contains,⊂ subset of,⊆ subset of,⊃ superset of,⊇ superset of,∪ union,∩ intersection,"
    "∅ empty set,∀ for all,∃ there exists,∄ there does not exist,∧ and,∨ or,¬ not,⊕ circled plus,⊗ circled times,"
    "∘ composed with,⋆ star,∴ therefore,∵ because,⊥ perpendicular to,∥ parallel to,∠ angle,"
    "⇒ implies,⟹ implies,⇐ is implied by,⇔ if and only if,⟺ if and only if,↔ left right arrow,⟷ left right arrow"
)
_WRITING: Final = _table(
    "& and,@ at,\\ backslash,§ section,¶ paragraph,© copyright,® registered,™ trademark,℠ service mark,№ number,"
    "♭ flat,♯ sharp,♮ natural"
)
_KEYS: Final = _table(
    "↵ return,↩ return,⏎ return,↪ redo,↺ undo,↻ refresh,⇧ shift,⇥ tab,␣ space,⌘ command,⌃ control,⌥ option,⌫ delete,"
    "⌦ delete,⎋ escape"
)
_CURRENCIES: Final = _table(
    "$ dollar,€ euro,£ pound,¥ yen,¢ cents,₹ rupee,₨ rupees,₽ ruble,₩ won,₿ bitcoin,₺ lira,₫ dong,฿ baht,₪ shekel,"
    "₴ hryvnia,₦ naira,₱ peso,₡ colon,₲ guarani,₸ tenge,₮ tugrik,₼ manat,₾ lari,₵ cedi,₭ kip,﷼ rial,¤ currency"
)
_NAMES: Final = _ARITHMETIC | _MATHEMATICS | _WRITING | _KEYS | _CURRENCIES
_CITED: Final = _table(
    "* asterisk,~ tilde,^ caret,_ underscore,| vertical bar,\\ backslash,/ slash,- dash,` backtick,# hash,"
    "& ampersand,@ at,% percent,+ plus,= equals,< less than,> greater than,$ dollar"
)
"""Where a text speaks about the sign."""
_PUNCTUATION: Final = frozenset(".,;:!?()'\"“”…–—")
"""Pauses for the engines."""
_NUMERIC: Final = "²³¹¼½¾⁰⁴⁵⁶⁷⁸⁹⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞↉"
"""Where no other rule reads them."""
_CITABLE: Final = re.escape("".join(_CITED))
_CITATION: Final = (
    rf"(?:(?<=[ (][\"'“`])|(?<=^[\"'“`]))[{_CITABLE}](?=[\"'”`])"
    rf"|(?<=\b[Tt]he )[{_CITABLE}](?= (?:sign|symbol|character|key)\b)"
)


def sign_name(character: str) -> str:
    """Of a sign that is spelt, punctuation included."""
    name = _CITED.get(character) or _NAMES.get(character) or {".": "dot", "'": "apostrophe"}.get(character)
    return name or unicodedata.name(character, "").lower()


def _unnamed(match: re.Match[str]) -> str | None:
    """By the Unicode name; nothing of punctuation that engines do not know and of what only draws."""
    character = match[1]
    if character in _PUNCTUATION:
        return None
    category = unicodedata.category(character)
    if category[0] not in "SN" or category == "Sk" or "\u2500" <= character <= "\u25ff":
        return ""
    if "\u2800" <= character <= "\u28ff":
        return "braille text"
    return re.sub("^(?:superscript|subscript|vulgar fraction) ", "", emoji.pictograph(character))


def _currencies(match: re.Match[str]) -> str:
    """As a word, as in "we have $$"; inside a code one by one."""
    name = _NAMES[match[1]]
    return " ".join([name] * len(match[0])) if joins_words(match) else name + "s"


RULES: tuple[Rule, ...] = (
    *emoticons.RULES,
    sign_rule("cited sign", "".join(_CITED), _CITATION, lambda match: _CITED[match[0]]),
    *operators.RULES,
    *marks.RULES,
    sign_rule("currency", "$€£", r"([$€£])\1++", _currencies),
    sign_rule("superscript letter", "ⁿⁱ", "[ⁿⁱ]", lambda match: "n" if match[0] == "ⁿ" else "i"),
    sign_rule("sign", "".join(_NAMES), f"[{re.escape(''.join(_NAMES))}]", lambda match: _NAMES[match[0]]),
    *emoji.RULES,
    sign_rule("unnamed sign", OTHER + _NUMERIC, r"(\S)\1*+", _unnamed),
)
