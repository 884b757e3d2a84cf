"""Numbers and signs as several languages of Europe write them, in the words of one language.

Day before month, groups of three digits, a comma before decimals (or a point, see `Language.point_decimals`).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from steadyvoice.workers.text.language import MAX_DIGITS, SILENT_SIGNS, Language, Noun, names
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, OTHER, Rule, RuleSet

_MAX_UNGROUPED: Final = 12
"""A longer number without groups is an identifier and is read digit by digit."""


class _Number(NamedTuple):
    value: int | None
    """None where the number is read digit by digit."""
    words: str
    fraction: str
    """Its digits."""


_SPACE: Final = "[ \xa0\u2009\u202f]"
_SIGN: Final = r"(?:(?<![\w.,)\]%€$£])[-−–+±])?"
_WORD: Final = lazy(r" ([^\W\d_]{3,})")


def rules(language: Language) -> RuleSet:
    return RuleSet((*language.own, *_Reader(language).rules()))


class _Reader:
    """Reads expressions in the words of one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        group, self._decimal_mark = (",", ".") if language.point_decimals else (".", ",")
        self._groups = lazy(rf"[{group} '’]")
        mark = re.escape(self._decimal_mark)
        self._number = (
            rf"(?>\d{{1,3}}(?:(?:[{group}]\d{{3}})+|(?:[ '’]\d{{3}})+)(?!\d)(?:{mark}\d+)?|\d+(?:{mark}\d+)?)"
        )
        self._price = rf"(?>\d+[.,]\d\d(?![\d]|[.,]\d)|{self._number})"  # some write $5.99 whatever their language

    def rules(self) -> Iterator[Rule]:
        number, end = self._number, r"(?!\w|[.,:/]\d)"
        words, first = self._language, DIGIT + "-−–+±"
        magnitude = rf"(?:{_SPACE}?(?P<magnitude>{names(words.magnitudes)})(?!\w))?"
        currency = names(words.currencies)
        span = rf"(?P<sign>{_SIGN})(?P<first>{number})(?:{_SPACE}?[-–]{_SPACE}?(?P<second>{number}))?"
        price = span.replace(number, self._price)
        yield _rule("address", LETTER + DIGIT, r"(?<!\w)[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+", self._address)
        yield _rule("address", LETTER, r"(?:https?://|www\.)[\w./:?=&%#~+-]{2,200}[\w/]", self._address)
        yield _rule("date", DIGIT, r"(?<![\d./-])(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)"
                    r"(?P<year>\d{4}|\d{2})(?!\d|[./-]\d)", self._date)  # fmt: skip
        yield _rule("telephone", "+" + DIGIT,
                    r"(?<![\w+])(?:\+\d{7,15}|(?:\+\d{1,3}|0\d{1,4})(?:[ /-]\(?\d{2,8}\)?){1,6}"
                    r"|(?<=[Tt][eé]l\. )\d{2,4}(?: \d{2,4}){1,5})(?![\w-])", self._telephone)  # fmt: skip
        yield _rule("date", DIGIT, r"(?<![\d./-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d|-)", self._date)
        yield _rule("time", DIGIT, r"(?<![\d:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
                    rf"(?![\d:]){words.clock}", self._time)  # fmt: skip
        yield _rule("money", LETTER + OTHER + "".join({key[0] for key in words.currencies}),
                    rf"(?<![\w])(?P<currency>{currency}){_SPACE}?{price}{magnitude}{end}", self._money)  # fmt: skip
        yield _rule("money", first, rf"{price}{magnitude}{_SPACE}?(?P<currency>{currency})(?!\w)", self._money)
        yield _rule("measure", first, rf"{span}{_SPACE}?(?P<unit>{names(words.units)})(?![\w/²³])", self._measure)
        yield _rule("magnitude", first, rf"{span}{_SPACE}?(?P<unit>{names(words.magnitudes)})(?!\w)", self._measure)
        yield _rule("fraction", DIGIT,
                    r"(?<![\w./,])(?:(?P<whole>\d{1,3}) )?(?P<above>\d{1,2})/(?P<below>[1-9]\d{0,2})"
                    rf"(?:{_SPACE}?(?P<unit>{names(words.units)}))?(?![\w/²³]|[.,]\d)", self._fraction)  # fmt: skip
        yield _rule("fraction", DIGIT + "¼½¾⅓⅔⅕⅛", r"(?:(?<![\w.,/])(?P<whole>\d{1,3}) ?)?(?P<sign>[¼½¾⅓⅔⅕⅛])",
                    self._fraction_sign)  # fmt: skip
        yield _rule("range", DIGIT, rf"(?<![\w.,/-])(?P<first>{number})(?:[-–]| [–] )(?P<second>{number})"
                    r"(?![\w/-]|[.,]\d)", self._range)  # fmt: skip
        yield _rule("ratio", DIGIT, r"(?<![\w:.,])(?P<first>\d{1,3}):(?P<second>\d{1,3})(?![\w:]|[.,]\d)", self._range)
        yield _rule("number sign", "#", r"#(?=\d)", lambda match: words.number)
        yield _rule("number", first, rf"(?P<sign>{_SIGN})(?P<number>{number})(?![.,:]\d)", self._plain)
        yield _rule("dotted number", first, rf"(?P<sign>{_SIGN})(?P<parts>\d+(?:[.,:]\d+)+)", self._dotted)
        yield _rule("digits", DIGIT, r"\d+", lambda match: self._value(match[0]).words)
        yield _rule("abbreviation", LETTER, rf"(?<![\w.])(?P<short>{names(words.abbreviations)})(?!\w)", self._short)
        yield _rule("per", "/", r"(?<=[€$£])/(?=[^\W\d_])", lambda match: words.per)
        yield _rule("times", LETTER, r"(?<=\d )x(?= \d)|(?<=\d)x(?=\d)", lambda match: words.signs["×"])
        yield _rule("slash", "/", r"(?<=[^\W\d_])/(?=[^\W\d_])", lambda match: " ")
        signs = {**SILENT_SIGNS, **words.signs}
        yield _rule("sign", OTHER + "-−–+±/#", rf"(?P<sign>{names(signs)})", lambda match: signs[match[0]])

    def _value(self, text: str) -> _Number:
        language = self._language
        digits, _, fraction = self._groups.sub("", text).partition(self._decimal_mark)
        is_spelled = (
            len(digits) > MAX_DIGITS
            or (len(digits) > 1 and digits[0] == "0")
            or (len(digits) > _MAX_UNGROUPED and digits == text)
        )
        words = language.spelled(digits) if is_spelled else language.cardinal(int(digits))
        if fraction:
            mark = language.point if language.point_decimals else language.comma
            words += f" {mark} {self._decimals(fraction)}"
        return _Number(None if is_spelled else int(digits), words, fraction)

    def _decimals(self, digits: str) -> str:
        zeros = len(digits) - len(digits.lstrip("0"))
        if self._language.decimals_by_digit or len(digits) - zeros not in (1, 2) or len(digits) > 3:
            return self._language.spelled(digits)
        return f"{self._language.spelled(digits[:zeros])} {self._language.cardinal(int(digits))}".strip()

    def _signed(self, sign: str, words: str) -> str:
        language = self._language
        said = {"+": language.plus, "±": f"{language.plus} {language.minus}", "": ""}.get(sign, language.minus)
        return f"{said} {words}".strip()

    def _with(self, text: str, what: Noun) -> str:
        """A number and its noun."""
        number = self._value(text)
        if number.value is None or number.fraction:
            return f"{number.words} {what.plural}"
        return self._language.counted(number.value, what)

    def _measure(self, match: re.Match[str]) -> str:
        what = self._language.units.get(match["unit"]) or self._language.magnitudes[match["unit"]]
        return self._signed(match["sign"], self._span(match["first"], match["second"], what))

    def _span(self, first: str, second: str | None, what: Noun) -> str:
        if second is None:
            return self._with(first, what)
        return f"{self._value(first).words} {self._language.to} {self._with(second, what)}"

    def _money(self, match: re.Match[str]) -> str | None:
        language = self._language
        currency, cent = language.currencies[match["currency"]]
        first, second = (
            number and re.sub(r"[.,](?=\d\d$)", self._decimal_mark, number) for number in match.group("first", "second")
        )
        if match["magnitude"]:
            words = self._span(first, second, language.magnitudes[match["magnitude"]])
            return self._signed(match["sign"], f"{words} {language.of_millions(currency.plural)}")
        number = self._value(first)
        if second is None and len(number.fraction) == 2 and number.value is not None:
            whole, cents = number.value, int(number.fraction)
            parts = [language.counted(whole, currency)] * bool(whole or not cents)
            parts += [language.counted(cents, cent)] * bool(cents)
            return self._signed(match["sign"], f" {language.and_cents} ".join(parts))
        return self._signed(match["sign"], self._span(first, second, currency))

    def _plain(self, match: re.Match[str]) -> str:
        number = self._value(match["number"])
        words = number.words
        if number.value is not None and not number.fraction:
            following = _WORD.match(match.string, match.end())
            if following:
                words = self._language.before_word(number.value, following[1])
        return self._signed(match["sign"], words)

    def _dotted(self, match: re.Match[str]) -> str:
        """A version, or a number that groups its digits in no known way."""
        marks = {".": self._language.point, ",": self._language.comma, ":": ","}
        parts = re.split("([.,:])", match["parts"])
        words = [marks[part] if part in marks else self._value(part).words for part in parts]
        return self._signed(match["sign"], " ".join(words).replace(" ,", ","))

    def _range(self, match: re.Match[str]) -> str:
        first, second = self._value(match["first"]), self._value(match["second"])
        return f"{first.words} {self._language.to} {second.words}"

    def _date(self, match: re.Match[str]) -> str | None:
        day, month = int(match["day"]), int(match["month"])
        year = match["year"]
        if not (0 < day < 32 and 0 < month < 13) or (len(year) == 2 and match["mark"] == "-"):
            return None
        said = self._language.year(int(year)) if year[0] != "0" else self._language.spelled(year)
        return self._language.date(day, month, said)

    def _time(self, match: re.Match[str]) -> str:
        said = self._language.time(int(match["hour"]), int(match["minute"]))
        return f"{said}, {self._language.cardinal(int(match['second']))}" if match["second"] else said

    def _fraction(self, match: re.Match[str]) -> str:
        above, below, unit = int(match["above"]), int(match["below"]), self._language.units.get(match["unit"])
        fraction = self._mixed(match["whole"], self._language.fraction(above, below))
        if unit is None:
            return fraction
        if (above, below) == (1, 2):
            return f"{fraction} {unit.plural}" if match["whole"] else f"{self._language.half(unit)} {unit.singular}"
        return f"{fraction} {self._language.of_millions(unit.singular)}"

    def _fraction_sign(self, match: re.Match[str]) -> str:
        above, below = {"¼": (1, 4), "½": (1, 2), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅕": (1, 5), "⅛": (1, 8)}[
            match["sign"]
        ]
        return self._mixed(match["whole"], self._language.fraction(above, below))

    def _mixed(self, whole: str | None, fraction: str) -> str:
        return f"{self._value(whole).words} {self._language.and_} {fraction}" if whole else fraction

    def _telephone(self, match: re.Match[str]) -> str | None:
        if sum(map(str.isdecimal, match[0])) < 7:
            return None
        said = ", ".join(map(self._language.spelled, re.findall(r"\d+", match[0])))
        return self._signed("+" * match[0].startswith("+"), said)

    def _address(self, match: re.Match[str]) -> str:
        """Word by word, with the names of the signs."""
        language = self._language
        marks = {".": language.point, "@": language.at, "/": language.slash, "-": language.hyphen}
        marks = {**SILENT_SIGNS, **language.signs, **marks, "_": language.underscore, "#": language.hash, ":": ""}
        text = re.sub(r"^https?://|/$", "", match[0])
        parts = re.findall(r"[^\W\d_]+|\d+|.", text)
        said = (self._value(part).words if part.isdecimal() else marks.get(part, part) for part in parts)
        return " ".join(filter(None, said))

    def _short(self, match: re.Match[str]) -> str:
        is_end = match["short"].endswith(".") and match.end() == len(match.string)
        return self._language.abbreviations[match["short"]] + "." * is_end


def _rule(kind: str, first: str, pattern: str, read: Callable[[re.Match[str]], str | None]) -> Rule:
    return Rule(kind, first, lazy(pattern), read)
