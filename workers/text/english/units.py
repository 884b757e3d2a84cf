"""Units of measure: symbols and abbreviations, and their names."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from steadyvoice.workers.text.english import number_words
from steadyvoice.workers.text.patterns import lazy, one_of

_PREFIXES: Final = {
    "Q": "quetta", "R": "ronna", "Y": "yotta", "Z": "zetta", "E": "exa", "P": "peta", "T": "tera", "G": "giga",
    "M": "mega", "k": "kilo", "h": "hecto", "da": "deca", "d": "deci", "c": "centi", "m": "milli", "µ": "micro",
    "n": "nano", "p": "pico", "f": "femto", "a": "atto", "z": "zepto", "y": "yocto",
}  # fmt: skip
# Symbol, name, prefixes: "*" is any.
_PREFIXED: Final = (
    ("m", "meter", "*"), ("g", "gram", "*"), ("s", "second", "m µ n p f z y"), ("Hz", "hertz", "*"), ("W", "watt", "*"),
    ("V", "volt", "k M G m µ n p f"), ("A", "ampere", "k m µ n p f"), ("Ω", "ohm", "*"), ("J", "joule", "*"),
    ("Pa", "pascal", "*"), ("B", "byte", "k M G T P E Z Y R Q"), ("L", "liter", "k h da d c m µ n p"),
    ("l", "liter", "k h d c m µ n p"), ("N", "newton", "k M G m µ n p"), ("K", "kelvin", "m µ n"),
    ("F", "farad", "m µ n p f"), ("H", "henry", "m µ n"), ("S", "siemens", "m µ n"), ("T", "tesla", "m µ n"),
    ("Wh", "watt hour", "k M G T m µ"), ("Ah", "ampere hour", "k m µ"), ("VA", "volt ampere", "k M m"),
    ("eV", "electronvolt", "k M G T m"), ("cal", "calorie", "k"), ("mol", "mole", "k m µ n p"), ("lm", "lumen", "k m"),
    ("lx", "lux", "k m"), ("cd", "candela", "m"), ("Sv", "sievert", "m µ n"), ("Gy", "gray", "m µ k"),
    ("Bq", "becquerel", "k M G T m"), ("bit", "bit", "k M G T"), ("bps", "bit per second", "k M G T"),
    ("bar", "bar", "m k"), ("t", "tonne", "k M G"), ("dB", "decibel", ""), ("pc", "parsec", "k M G"),
)  # fmt: skip
# A symbol that is a word or a well-known abbreviation far more often than the unit.
_NO_UNITS: Final = frozenset("am pm Pm dam Em ag PW pc".split())
_OTHERS: Final = {
    "percent": "% pct", "per mille": "‰", "degree": "°", "degree Celsius": "°C ℃ ºC C",
    "degree Fahrenheit": "°F ℉ ºF F", "kilogram": "KG Kg kgs", "kilometer": "KM Km kms", "centimeter": "CM",
    "milliliter": "ML Ml", "hertz": "HZ", "kilohertz": "KHz", "kilowatt": "KW", "kilowatt hour": "KWh kwh",
    "megahertz": "Mhz MHZ", "gigahertz": "Ghz GHZ", "micrometer": "micron", "microgram": "mcg ug",
    "cubic centimeter": "cc", "hectare": "ha", "light year": "ly", "millimolar": "mM", "micromolar": "µM",
    "nanomolar": "nM", "atmosphere": "atm", "torr": "torr", "millimeter of mercury": "mmHg",
    "decibel A weighted": "dBA dB(A)", "decibel milliwatt": "dBm", "kilobyte": "KB kb", "megabyte": "mb MBs",
    "gigabyte": "gb GBs", "terabyte": "tb TBs", "kilobit": "Kb Kbit", "megabit": "Mb", "gigabit": "Gb",
    "terabit": "Tb", "kibibyte": "KiB", "mebibyte": "MiB", "gibibyte": "GiB", "tebibyte": "TiB", "pebibyte": "PiB",
    "kilobit per second": "Kbps", "megabit per second": "mbps", "gigabit per second": "gbps", "degree Kelvin": "°K",
    "inch": "in ″", "foot": "ft FT", "yard": "yd yds", "mile": "mi", "nautical mile": "nmi", "ounce": "oz OZ",
    "fluid ounce": "floz", "pound": "lb lbs LB LBS", "gallon": "gal gals", "quart": "qt qts", "teaspoon": "tsp",
    "tablespoon": "tbsp Tbsp", "point": "pt pts", "pixel": "px", "horsepower": "hp HP", "mile per hour": "mph MPH",
    "kilometer per hour": "kph kmh km/hr", "mile per gallon": "mpg MPG", "pound per square inch": "psi PSI",
    "frame per second": "fps FPS", "revolution per minute": "rpm RPM", "beat per minute": "bpm BPM",
    "dot per inch": "dpi DPI", "pixel per inch": "ppi PPI", "part per million": "ppm", "part per billion": "ppb",
    "knot": "kts", "minute": "min mins Min", "hour": "h hr hrs", "second": "sec secs", "week": "wk wks",
    "month": "mo mos", "year": "yr yrs", "millisecond": "msec msecs", "request": "req reqs", "operation": "op ops",
    "token": "tok",
}  # fmt: skip
_DOTTED: Final = (
    "in ft yd yds mi oz lb lbs gal qt tsp tbsp pt pts hr hrs min mins sec secs wk wks mo mos yr yrs".split()
)
_LENGTHS: Final = "m km dm cm mm µm nm in ft yd mi".split()
_IRREGULAR: Final = {"foot": "feet", "percent": "percent", "horsepower": "horsepower", "torr": "torr", "bar": "bar"}
_HEAD: Final = lazy(r"[\w ]+?(?= per | of | squared| cubed| Celsius| Fahrenheit| Kelvin| A weighted|$)")


def _powers(symbol: str, name: str) -> Iterator[tuple[str, str]]:
    for power, word, signs in (("2", "square", "²"), ("3", "cubic", "³")):
        for sign in (power, signs, "^" + power):
            yield symbol + sign, f"{word} {name}"
    for word, adjective in (("sq", "square"), ("sq.", "square"), ("cu", "cubic"), ("cu.", "cubic")):
        yield f"{word} {symbol}", f"{adjective} {name}"


def _table() -> dict[str, str]:
    table = {}
    for symbol, name, prefixes in _PREFIXED:
        table[symbol] = name
        for prefix in _PREFIXES if prefixes == "*" else prefixes.split():
            table[prefix + symbol] = _PREFIXES[prefix] + name
    table |= {symbol: name for name, symbols in _OTHERS.items() for symbol in symbols.split()}
    table = {symbol: name for symbol, name in table.items() if symbol not in _NO_UNITS}
    table |= {power: name for symbol in _LENGTHS for power, name in _powers(symbol, table[symbol])}
    table |= {"fl oz": "fluid ounce", "fl. oz": "fluid ounce", "Å": "angstrom"}
    table |= {"° C": "degree Celsius", "° F": "degree Fahrenheit"}
    table |= {"s" + power: "second squared" for power in ("²", "2", "^2")}
    for symbol in "s min h m cm mm µm kg g mol K L C V Pa".split():
        for exponent, power in (("⁻¹", ""), ("⁻²", " squared"), ("⁻³", " cubed")):
            table[symbol + exponent] = f"per {table[symbol]}{power}"
    for sign in map(chr, range(0x3371, 0x33E0)):  # "㎏" and the like, each one character
        plain = unicodedata.normalize("NFKC", sign).replace("μ", "µ").replace("∕", "/")
        if plain in table:
            table[sign] = table[plain]
    table |= {symbol.replace("µ", "μ"): name for symbol, name in table.items()}
    return table | {symbol.replace("Ω", "\u2126"): name for symbol, name in table.items()}


NAMES: Final = _table()
"""Names by symbol, in the singular."""


SYMBOL: Final = one_of(NAMES)
_END: Final = r"(?![\w°^⁻]|['’]\w|[.-][A-Za-z])"
_STOP: Final = r"(?:\.(?=\s+[a-z0-9(]|[,;:)]))?"
_PER: Final = rf"(?:(?:/(?:1000? ?)?|[·⋅]|[\s·⋅](?=[A-Za-zµ]{{1,3}}⁻)){SYMBOL}|/[a-z]{{3,20}})"
PER: Final = rf"{_PER}{{1,2}}{_END}"
"""What follows an amount of money: "/kg", "/user/month"."""
UNIT: Final = rf"(?:{one_of(_DOTTED)}{_END}{_STOP}(?!/)|{SYMBOL}(?:{_PER}{{1,2}})?{_END})"
"""A unit, with the stop of an abbreviation unless that stop ends the sentence."""
_PART: Final = lazy(r"([/·⋅]?)(\d*) ?([^/·⋅]+)")


def name(unit: str, *, plural: bool) -> str:
    """Of what UNIT matches: "km/h" as "kilometers per hour"."""
    unit = unit if unit in NAMES else re.sub(r"\s(?=\w{1,3}⁻)", "·", unit.rstrip("."))
    if unit in NAMES:
        return plural_of(NAMES[unit]) if plural else NAMES[unit]
    words = ""
    for separator, count, symbol in _PART.findall(unit):
        part = NAMES.get(symbol, symbol)
        if separator == "/":
            words = (plural_of(words) if plural and " per " not in words else words) + " per "
            words += f"{number_words.cardinal(count)} {plural_of(part)}" if count and count != "1" else part
        else:
            words = plural_of(words) if plural and words and part.startswith("per ") else words
            words += f" {part}" if separator else part
    return plural_of(words) if plural and " per " not in words else words


def per(units: str) -> str:
    """Of a chain of slashes and units or words, such as "/user/mo": "per user per month"."""
    return name(units, plural=False).strip()


def plural_of(words: str) -> str:
    """Of the name of a unit: "degree Celsius" as "degrees Celsius"."""
    if words.startswith("per "):
        return words
    head = _HEAD.match(words)
    assert head is not None
    before, space, noun = head[0].rpartition(" ")
    return before + space + (_IRREGULAR.get(noun) or _plural_noun(noun)) + words[head.end() :]


def _plural_noun(noun: str) -> str:
    if noun.endswith(("hertz", "siemens", "lux", "molar", "mille")) or noun == "":
        return noun
    return number_words.plural(noun)
