"""German: number words, names of signs and units, abbreviations."""

import re
from functools import cache
from typing import Final

from steadyvoice.workers.text import expressions
from steadyvoice.workers.text.language import Language, Noun, in_millions, names, noun, nouns, read_time, regnal
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule, RuleSet

_ONES: Final = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
_TENS: Final = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_SCALES: Final = (
    "Million Milliarde Billion Billiarde Trillion Trilliarde Quadrillion Quadrilliarde Quintillion Quintilliarde"
).split()
_MONTHS: Final = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
).split()  # fmt: skip
_SHORT_MONTHS: Final = {
    "Jan.": 1, "Jän.": 1, "Jänner": 1, "Feb.": 2, "Feber": 2, "Mär.": 3, "Apr.": 4, "Jun.": 6, "Jul.": 7, "Aug.": 8,
    "Sep.": 9, "Sept.": 9, "Okt.": 10, "Nov.": 11, "Dez.": 12,
}  # fmt: skip
_MONTH_NUMBERS: Final = {**{name: i for i, name in enumerate(_MONTHS, 1)}, **_SHORT_MONTHS}


def cardinal(value: int) -> str:
    return in_millions(value, _scaled, _below_million) if value else _ONES[0]


def _scaled(group: int, exponent: int) -> str:
    name = _SCALES[exponent]
    return f"eine {name}" if group == 1 else f"{_below_thousand(group)} {name}{'n' if name[-1] == 'e' else 'en'}"


def _below_million(value: int) -> str:
    thousands, rest = divmod(value, 1000)
    words = f"{_below_thousand(thousands).removesuffix('s')}tausend" if thousands % 100 == 1 else ""
    words = words or (f"{_below_thousand(thousands)}tausend" if thousands else "")
    return words + (_below_thousand(rest) if rest else "")


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = f"{_ONES[hundreds].removesuffix('s') if hundreds == 1 else _ONES[hundreds]}hundert" if hundreds else ""
    if rest < 20:
        return words + (_ONES[rest] if rest else "")
    tens, ones = divmod(rest, 10)
    return words + (f"{'ein' if ones == 1 else _ONES[ones]}und" if ones else "") + _TENS[tens - 2]


def year(value: int) -> str:
    """1984 as "neunzehnhundertvierundachtzig"."""
    if not 1100 <= value < 2000:
        return cardinal(value)
    century, rest = divmod(value, 100)
    return f"{_below_thousand(century)}hundert{_below_thousand(rest) if rest else ''}"


def ordinal(value: int) -> str:
    """Without ending: "dritt" of "dritte", "dritten"; to 999,999."""
    words, rest = cardinal(value), value % 100
    for number, word in ((1, "erst"), (3, "dritt"), (7, "siebt"), (8, "acht")):
        if rest == number:
            return words.removesuffix(_ONES[number]) + word
    return words + ("t" if 0 < rest < 20 else "st")


def _counted(value: int, what: Noun) -> str:
    name = what.singular if value == 1 else what.plural
    if value % 100 == 1 and value % 1_000_000 < 1000:
        return f"{cardinal(value).removesuffix('s')}{'e' * (what.gender == 'f' and value == 1)} {name}"
    return f"{cardinal(value)} {name}"


def _before_word(value: int, following: str) -> str:
    """Only a noun has a capital letter."""
    if value != 1 or not following[0].isupper():
        return cardinal(value)
    return "eine" if re.search("(?:e|ung|heit|keit|schaft|ion|tät)$", following) else "ein"


def _fraction(above: int, below: int) -> str:
    if below == 2 and above == 1:
        return "ein halb"
    if above < below < 1000 and below > 2:
        return f"{cardinal(above).removesuffix('s') if above == 1 else cardinal(above)} {ordinal(below).capitalize()}el"
    return f"{cardinal(above)} durch {cardinal(below)}"


def _time(hour: int, minute: int) -> str:
    said = "ein Uhr" if hour == 1 else f"{cardinal(hour)} Uhr"
    return f"{said} {cardinal(minute)}" if minute else said


_BEFORE_DATIVE: Final = lazy(
    r"\b(?:[Aa]m|[Vv]om|[Zz]um|[Dd]em|[Dd]en|[Dd]es|[Bb]eim|[Ii]m|[Ss]eit|[Bb]is|[Aa]b|[Bb]is zum|[Vv]or dem|tag,) $"
)
_BEFORE_NOMINATIVE: Final = lazy(r"\b(?:[Dd]er|[Dd]ie|[Dd]as) $")


def _ordinal_in_context(match: re.Match[str], day: int) -> str:
    """With the ending that the word before asks for."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    return ordinal(day) + (
        "en" if _BEFORE_DATIVE.search(before) else "e" if _BEFORE_NOMINATIVE.search(before) else "er"
    )


def _read_date(match: re.Match[str]) -> str | None:
    day, text = int(match["day"]), match["month"]
    month = _MONTH_NUMBERS.get(text) or (int(text.rstrip(".")) if text.rstrip(".").isdecimal() else 0)
    if not (0 < day < 32 and 0 < month < 13):
        return None
    name = text if text[-1] == "r" else _MONTHS[month - 1]
    said = f" {year(int(match['year']))}" if match["year"] else ""
    return f"{_ordinal_in_context(match, day)} {name}{said}"


def _read_ordinal(match: re.Match[str]) -> str | None:
    number = int(match["number"] or match["indicated"])
    return _ordinal_in_context(match, number) if number else None


_CURRENCIES: Final = {
    key: (noun(name), noun(cent))
    for keys, name, cent in (
        ("€ EUR", "Euro Euro", "Cent Cent"),
        ("$ US$ USD", "Dollar Dollar", "Cent Cent"),
        ("£ GBP", "Pfund Pfund", "Penny Pence"),
        ("¥ JPY", "Yen Yen", "Sen Sen"),
        ("CHF Fr. sFr.", "Franken Franken", "Rappen Rappen"),
    )
    for key in keys.split()
}  # fmt: skip
_UNITS: Final = nouns("""
    %: Prozent Prozent
    ‰: Promille Promille
    km: Kilometer Kilometer
    m: Meter Meter
    cm: Zentimeter Zentimeter
    mm: Millimeter Millimeter
    km/h: Kilometer_pro_Stunde Kilometer_pro_Stunde
    m/s: Meter_pro_Sekunde Meter_pro_Sekunde
    m² m2 qm: Quadratmeter Quadratmeter
    km²: Quadratkilometer Quadratkilometer
    m³ m3: Kubikmeter Kubikmeter
    ha: Hektar Hektar
    kg: Kilogramm Kilogramm
    g: Gramm Gramm
    mg: Milligramm Milligramm
    l L: Liter Liter
    ml mL: Milliliter Milliliter
    h Std.: Stunde Stunden f
    min Min.: Minute Minuten f
    s Sek.: Sekunde Sekunden f
    ms: Millisekunde Millisekunden f
    °C ºC ℃: Grad_Celsius Grad_Celsius
    °F ºF: Grad_Fahrenheit Grad_Fahrenheit
    °: Grad Grad
    V: Volt Volt
    W: Watt Watt
    kW: Kilowatt Kilowatt
    kWh: Kilowattstunde Kilowattstunden f
    A: Ampere Ampere
    Hz: Hertz Hertz
    MHz: Megahertz Megahertz
    GHz: Gigahertz Gigahertz
    kB KB: Kilobyte Kilobyte
    MB: Megabyte Megabyte
    GB: Gigabyte Gigabyte
    TB: Terabyte Terabyte
""")
_MAGNITUDES: Final = nouns("""
    Mio. Mio Millionen Million: Million Millionen f
    Mrd. Mrd Milliarden Milliarde: Milliarde Milliarden f
    Bio. Billionen Billion: Billion Billionen f
""")
_ABBREVIATIONS: Final = {
    "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt", "usw.": "und so weiter",
    "u. a.": "unter anderem", "u.a.": "unter anderem", "bzw.": "beziehungsweise", "ca.": "circa", "Dr.": "Doktor",
    "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "Nr.": "Nummer", "Str.": "Straße", "vgl.": "vergleiche",
    "ggf.": "gegebenenfalls", "evtl.": "eventuell", "inkl.": "inklusive", "S.": "Seite", "Tel.": "Telefon",
    "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "Mio.": "Millionen", "Mrd.": "Milliarden",
    "St.": "Sankt", "o. Ä.": "oder Ähnliches", "etc.": "et cetera", "Abb.": "Abbildung", "Kap.": "Kapitel",
    "Art.": "Artikel",
}  # fmt: skip
_SIGNS: Final = {
    "+": "plus", "=": "gleich", "×": "mal", "÷": "geteilt durch", "<": "kleiner als", ">": "größer als",
    "≤": "kleiner oder gleich", "≥": "größer oder gleich", "≠": "ungleich", "≈": "ungefähr", "±": "plus minus",
    "−": "minus", "&": "und", "@": "at", "#": "Raute", "%": "Prozent", "/": "Schrägstrich",
    "\\": "umgekehrter Schrägstrich", "€": "Euro", "$": "Dollar", "£": "Pfund", "§": "Paragraf", "°": "Grad",
    "№": "Nummer", "²": "hoch zwei", "³": "hoch drei", "√": "Wurzel aus", "∞": "unendlich", "→": "Pfeil",
    "~": "ungefähr", "^": "hoch", "©": "Copyright",
}  # fmt: skip
_OWN: Final = (
    regnal(r"\.(?![\w'’])(?:(?= [a-z,;])|$)", lambda value, name: f"der {ordinal(value)}e"),
    Rule("date", DIGIT, lazy(rf"(?<![\w./-])(?P<day>\d{{1,2}})\. ?(?P<month>{names(_MONTH_NUMBERS)})"
                                   r"(?!\w)(?: (?P<year>\d{4})(?!\w|[.,]\d))?"), _read_date),
    Rule("date", DIGIT, lazy(r"(?<![\w./-])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?: ?(?P<year>\d{4}))?"
                                   r"(?![\w.-]|,\d)"), _read_date),
    Rule("time", DIGIT, lazy(r"(?<![\w.,:/])(?P<hour>\d{1,2})(?:[.:](?P<minute>\d\d))? ?Uhr\b"), read_time(_time)),
    Rule("year", DIGIT, lazy(r"(?<=[^\W\d_]\s)(?P<year>1[1-9]\d\d)(?!\w|[.,:/-]\d|\s\d)"),
         lambda match: year(int(match["year"]))),
    Rule("years", DIGIT, lazy(r"(?<![\w.,/-])(?P<year>1[1-9]\d\d)[-–](?P<last>[12]\d{3})(?![\w/-]|[.,]\d)"),
         lambda match: f"{year(int(match['year']))} bis {year(int(match['last']))}"),
    Rule("decade", DIGIT, lazy(r"(?<![\w.,])(?P<number>[2-9]0)er(?!\w)"),
         lambda match: f"{cardinal(int(match['number']))}er"),
    Rule("ordinal", DIGIT,
         lazy(r"(?:(?<=[a-z] )(?P<number>\d{1,3})\.(?= [A-ZÄÖÜ]?[a-zäöüß]{2,})|(?P<indicated>\d{1,3})[ºª](?!\w))"),
         _read_ordinal),
)  # fmt: skip
_GERMAN: Final = Language(
    cardinal=cardinal,
    counted=_counted,
    before_word=_before_word,
    date=lambda day, month, year: f"{ordinal(day)}er {_MONTHS[month - 1]} {year}",
    time=_time,
    fraction=_fraction,
    half=lambda what: "eine halbe" if what.gender == "f" else "ein halbes",
    year=year,
    comma="Komma",
    point="Punkt",
    minus="minus",
    plus="plus",
    to="bis",
    and_="und",
    and_cents="und",
    of_millions="{}".format,
    at="at",
    per="pro",
    slash="Schrägstrich",
    hyphen="Bindestrich",
    underscore="Unterstrich",
    number="Nummer",
    hash="Raute",
    currencies=_CURRENCIES,
    units=_UNITS,
    magnitudes=_MAGNITUDES,
    abbreviations=_ABBREVIATIONS,
    signs=_SIGNS,
    clock="(?: ?Uhr\\b)?",
    decimals_by_digit=True,
    own=_OWN,
)


@cache
def rules(region: str) -> RuleSet:
    """region: without influence."""
    return expressions.rules(_GERMAN)
