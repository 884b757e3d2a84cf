"""Where a symbol that is more often something else, such as "in" or "A", is a unit."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from steadyvoice.workers.text.english.amounts import Amount
from steadyvoice.workers.text.patterns import lazy


@dataclass(frozen=True, slots=True)
class Written:
    """An amount and its unit at [start, end) of a text."""

    text: str
    number: Amount
    start: int
    end: int
    has_gap: bool
    """Between the number and the unit."""

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Anywhere in the text."""
        return pattern.search(self.text) is not None

    def precedes(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, self.end) is not None

    def follows(self, pattern: re.Pattern[str]) -> bool:
        return pattern.search(self.text, max(0, self.start - 12), self.start) is not None


_ELECTRIC: Final = lazy(
    r"\b(?:current|fuses?|amps?|charg\w{1,4}|draws?|pulls?|circuits?|breakers?|rated|supply|adapter|battery|outlet|wire|"
    r"cable)\b|\d\s?(?:[mk]?V|k?W|Ω)\b",
    re.IGNORECASE,
)
_THERMAL: Final = lazy(
    r"\b(?:temperatures?|ovens?|degrees?|fever|heat\w{0,3}|cool\w{0,3}|weather|warm\w{0,3}|cold|hot|bake|boil\w{0,3}|"
    r"freez\w{1,4}|wash|roast|outside)\b|°",
    re.IGNORECASE,
)
_LABEL: Final = lazy(
    r"\b(?:[Ss]ection|[Rr]oom|[Pp]age|[Ff]igure|[Tt]able|[Cc]hapter|[Ss]eat|[Gg]ate|[Pp]lan|[Uu]nit|[Bb]lock|[Ll]evel|"
    r"[Cc]lass|[Tt]ype|[Gg]rade|[Pp]art|[Aa]ct|[Rr]ow|[Vv]ersion|[Aa]ppendix|[Aa]pollo|[Pp]latform|[Tt]erminal)\s$"
)
_MAGNETIC: Final = lazy(r"\b(?:tesla|MRI|magnets?|magnetic|field)\b", re.IGNORECASE)
_OTHER_MEASURE: Final = lazy(
    r"\d\s?(?:[kmµnMG]?(?:V|W|A|Ω|Hz|Wh|Ah|J|Pa)|[kcmµ]?[mglL]|kN|GB|MB|KB|°[CF]?|rpm|lbs?|oz|psi|bar)(?![\w'’])"
)
_MEASURE_ALONE: Final = lazy(r"[\s,.;:()/+~≈x×–−-]*(?:\d[\d.,]*\s?[A-Za-zµμΩ°%]{1,4}[\s,.;:()/+~≈x×–−-]*){1,6}")
_MEASURING: Final = {
    "L": "bottles? tanks? engines? fuel water volume capacity holds? pour\\w* drink milk oil lit(?:er|re)s? fill\\w* "
    "motor displacement jugs? buckets? backpack liquid boot trunk cylinders? wine petrol paint add mix",
    "W": "power\\w* bulbs? lamps? lights? watts? charg\\w+ solar panels? consum\\w+ draws? output speakers? LEDs? "
    "heaters? motors? amplifiers? supply adapters? uses rated laser TDP chip CPU GPU",
    "V": "volt\\w* batter\\w+ supply charg\\w+ adapters? outlets? motors? circuits? input output rail USB pin "
    "power\\w* mains cells? signal relay current runs? operat\\w+ regulat\\w+ logic DC AC",
    "N": "forces? newtons? weighs? loads? push\\w* pull\\w* thrust tension exert\\w*",
    "J": "energy joules? work heat pulse impact",
    "K": "temperatures? cool\\w* heat\\w* stars? surface plasma kelvins? melt\\w* boil\\w* freez\\w* superconduct\\w* "
    "warm\\w*",
    "B": "files? sizes? memory bytes? packets? buffers? cache pages? payload headers? records? read write",
}
"""Words beside a measure, by the symbol of its unit."""
_MEASURING_WORDS: Final = {
    symbol: lazy(rf"\b(?:{words.replace(' ', '|')})\b", re.IGNORECASE) for symbol, words in _MEASURING.items()
}
_PAGE: Final = lazy(r"\.?\s?\d|\.")
_COMPASS: Final = lazy(r"\d\s?[NS],?\s?\d[\d.]{0,12}\s?[EW]\b")
_STREET: Final = lazy(r"\.?\s(?:\d|[A-Z][a-z])")
_NEGATIVE: Final = lazy(r"(?<!\w)[-−–]")
_HYPHEN_AND_DIGIT: Final = lazy(r"-\d")
_NOUN: Final = lazy(r"\s(?!(?:and|or|to|in|is|was|for|at|of|by|as|if|the|with|from|when|while|but|on)\b)[A-Za-z]")
_CROWD: Final = lazy(
    r"\s(?:people|users?|viewers|customers|followers|subscribers|views|downloads|copies|tons|tonnes)\b"
)
_BEFORE_INCHES: Final = lazy(r"(?:\d\s?(?:ft\.?|feet|foot|['′’])|[x×])\s?$")
_AFTER_INCHES: Final = lazy(
    r"\.?(?:\s?(?:[x×]|by\b)|\s(?:wide|long|tall|high|deep|thick|in diameter|across|apart|of (?:rain|snow)|"
    r"floppy|screens?|displays?|disks?|drives?|pipes?)\b|"
    r"[,;:)]|\.?$)"
)


def _is_inch(unit: Written) -> bool:
    has_stop = unit.text[unit.end - 1] == "." and unit.end < len(unit.text)
    is_number_of_length = unit.number.fraction is not None or not unit.has_gap or has_stop
    return is_number_of_length or unit.precedes(_AFTER_INCHES) or unit.follows(_BEFORE_INCHES)


def _is_no_direction(unit: Written) -> bool:
    """Newtons and watts, not "120 W 45th Street" or "40.7 N, 74.0 W"."""
    return not unit.precedes(_STREET) and not unit.has(_COMPASS)


def _is_temperature(unit: Written) -> bool:
    is_alone = unit.has_gap and len(unit.number.whole) > 1 and _MEASURE_ALONE.fullmatch(unit.text) is not None
    is_negative = _NEGATIVE.match(unit.text, unit.start) is not None
    return bool(unit.number.decimals) or is_negative or is_alone or unit.has(_THERMAL)


def _is_measured(symbol: str, unit: Written) -> bool:
    """A single capital letter: without a space, with a decimal, beside another measure or a word such as "power"."""
    number, start = unit.number, unit.start
    has_decimals = bool(number.decimals) and symbol != "K"  # 1.5 K is a thousand and a half as well
    if not unit.has_gap or has_decimals or number.fraction or number.power or len(number.whole) > 4:
        return True
    others = f"{unit.text[:start]} {unit.text[unit.end :]}"
    return bool(
        (_MEASURE_ALONE.fullmatch(unit.text) and not (symbol == "K" and number.decimals))
        or _OTHER_MEASURE.search(others)
        or _MEASURING_WORDS[symbol].search(others)
    )


_CONTEXTS: Final[dict[str, Callable[[Written], bool]]] = {
    "in": _is_inch,
    "A": lambda unit: unit.has(_ELECTRIC) or (bool(unit.number.decimals) and not unit.precedes(_NOUN)),
    "VA": lambda unit: unit.has(_ELECTRIC),
    "T": lambda unit: unit.has(_MAGNETIC),
    "C": _is_temperature,
    "F": _is_temperature,
    "N": lambda unit: unit.has_gap and _is_no_direction(unit),
    "W": _is_no_direction,
    "K": lambda unit: unit.has_gap and not unit.precedes(_NOUN),
    "B": lambda unit: unit.has_gap and len(unit.number.whole) > 1,
    "J": lambda unit: unit.has_gap,
    "t": lambda unit: unit.has_gap,
    "s": lambda unit: unit.has_gap or bool(unit.number.decimals),
    "m": lambda unit: unit.has_gap or not unit.precedes(_CROWD),
    "H": lambda unit: False,
    "S": lambda unit: False,
    "op": lambda unit: False,
    "pg": lambda unit: bool(unit.number.decimals) or (not unit.precedes(_PAGE) and len(unit.number.whole) < 4),
    "pl": lambda unit: bool(unit.number.decimals),
}


def _is_in_code(symbol: str, written: Written) -> bool:
    """A 3-in-1 tool, a form 10-K/A."""
    has_hyphen = written.text[written.end - len(symbol) - 1 : written.end - len(symbol)] == "-"
    return has_hyphen and (symbol.startswith("K/") or written.precedes(_HYPHEN_AND_DIGIT))


def is_unit(symbol: str, written: Written) -> bool:
    """symbol: without a full stop."""
    if len(symbol) == 1 and symbol.isalpha() and written.has_gap and written.follows(_LABEL):
        return False
    if _is_in_code(symbol, written):
        return False
    if symbol in _MEASURING and not _is_measured(symbol, written):
        return False
    context = _CONTEXTS.get(symbol)
    return context is None or context(written)
