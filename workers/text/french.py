"""French: number words, names of signs and units, abbreviations."""

import re
from dataclasses import replace
from functools import cache, partial
from typing import Final, NamedTuple

from steadyvoice.workers.text import expressions
from steadyvoice.workers.text.language import Language, Noun, groups, noun, nouns, read_time, regnal, roman
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule, RuleSet

_ONES: Final = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
).split()
_TENS: Final = "vingt trente quarante cinquante soixante".split()
_SCALES: Final = (
    "mille million milliard billion billiard trillion trilliard quadrillion quadrilliard quintillion quintilliard"
).split()
_MONTHS: Final = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


class _Tens(NamedTuple):
    """Names of 70, 80 and 90; empty: counted from 60 and from 80."""

    seventy: str = ""
    eighty: str = ""
    ninety: str = ""


_REGIONS: Final = {"BE": _Tens("septante", "", "nonante"), "CH": _Tens("septante", "huitante", "nonante")}


def cardinal(value: int, tens: _Tens = _Tens()) -> str:  # noqa: B008 - immutable
    if not value:
        return _ONES[0]
    parts = []
    for group, exponent in groups(value):
        words = _below_thousand(group, tens)
        if exponent == 1:
            words = "mille" if group == 1 else f"{_without_s(words)} mille"
        elif exponent:
            words += f" {_SCALES[exponent - 1]}{'s' * (group > 1)}"
        parts.append(words)
    return " ".join(parts)


def _without_s(words: str) -> str:
    """Before another number word: "quatre-vingt mille"."""
    return re.sub("(cent|vingt|million|milliard)s$", r"\1", words)


def _below_thousand(value: int, tens: _Tens) -> str:
    hundreds, rest = divmod(value, 100)
    words = []
    if hundreds:
        words = [_ONES[hundreds]] * (hundreds > 1) + ["cents" if hundreds > 1 and not rest else "cent"]
    return " ".join([*words, *([_below_hundred(rest, tens)] if rest else [])])


def _below_hundred(value: int, tens: _Tens) -> str:
    if value < 20:
        return _ONES[value]
    ten, one = divmod(value, 10)
    if own := {7: tens.seventy, 8: tens.eighty, 9: tens.ninety}.get(ten, ""):
        base, rest = own, one
    elif ten >= 8:
        rest = value - 80
        return f"quatre-vingt-{_ONES[rest]}" if rest else "quatre-vingts"
    else:
        base, rest = _TENS[min(ten, 6) - 2], value - 10 * min(ten, 6)
    return base if not rest else f"{base} et {_ONES[rest]}" if rest in (1, 11) else f"{base}-{_ONES[rest]}"


def ordinal(value: int, tens: _Tens = _Tens()) -> str:  # noqa: B008 - immutable
    if value == 1:
        return "premier"
    words = _without_s(cardinal(value, tens))
    return re.sub("f$", "v", re.sub("cinq$", "cinqu", words)).removesuffix("e") + "ième"


def _feminine(words: str) -> str:
    return re.sub("un$", "une", words)


def _counted(value: int, what: Noun, *, tens: _Tens) -> str:
    words = cardinal(value, tens)
    name = what.singular if value < 2 else what.plural
    if value and value % 1_000_000 == 0 and not name.startswith("pour "):
        name = _of(name)
    return f"{_feminine(words) if what.gender == 'f' else words} {name}"


def _of(name: str) -> str:
    return f"d'{name}" if name[0] in "aeéiou" else f"de {name}"


def _fraction(above: int, below: int, *, tens: _Tens) -> str:
    if below in (2, 3, 4) and above < below:
        name = {2: "demi", 3: "tiers", 4: "quart"}[below]
        return f"{cardinal(above)} {name}{'s' * (above > 1 and below != 3)}"
    if 4 < below < 21 and above < below:
        return f"{cardinal(above)} {ordinal(below)}{'s' * (above > 1)}"
    return f"{cardinal(above, tens)} sur {cardinal(below, tens)}"


def _time(hour: int, minute: int) -> str:
    said = f"{_feminine(cardinal(hour))} heure{'s' * (hour > 1)}"
    return f"{said} {_feminine(cardinal(minute))}" if minute else said


def _date(day: int, month: int, year: str) -> str:
    return f"{'premier' if day == 1 else cardinal(day)} {_MONTHS[month - 1]} {year}"


_CURRENCIES: Final = {
    key: (noun(name), noun(cent))
    for keys, name, cent in (
        ("€ EUR", "euro euros", "centime centimes"),
        ("$ US$ USD", "dollar dollars", "cent cents"),
        ("$CA CAD", "dollar_canadien dollars_canadiens", "cent cents"),
        ("£ GBP", "livre livres f", "penny pence"),
        ("¥ JPY", "yen yens", "sen sens"),
        ("CHF Fr.", "franc_suisse francs_suisses", "centime centimes"),
        ("F", "franc francs", "centime centimes"),
    )
    for key in keys.split()
}  # fmt: skip
_UNITS: Final = nouns("""
    %: pour_cent pour_cent
    ‰: pour_mille pour_mille
    km: kilomètre kilomètres
    m: mètre mètres
    cm: centimètre centimètres
    mm: millimètre millimètres
    km/h: kilomètre_par_heure kilomètres_par_heure
    m/s: mètre_par_seconde mètres_par_seconde
    m² m2: mètre_carré mètres_carrés
    km²: kilomètre_carré kilomètres_carrés
    m³ m3: mètre_cube mètres_cubes
    ha: hectare hectares
    kg: kilogramme kilogrammes
    g: gramme grammes
    mg: milligramme milligrammes
    l L: litre litres
    cl: centilitre centilitres
    ml mL: millilitre millilitres
    h: heure heures f
    min mn: minute minutes f
    s: seconde secondes f
    ms: milliseconde millisecondes f
    °C ºC ℃: degré_Celsius degrés_Celsius
    °F ºF: degré_Fahrenheit degrés_Fahrenheit
    °: degré degrés
    V: volt volts
    W: watt watts
    kW: kilowatt kilowatts
    kWh: kilowattheure kilowattheures
    A: ampère ampères
    Hz: hertz hertz
    MHz: mégahertz mégahertz
    GHz: gigahertz gigahertz
    ko Ko: kilooctet kilooctets
    Mo: mégaoctet mégaoctets
    Go: gigaoctet gigaoctets
    To: téraoctet téraoctets
    GB: gigabyte gigabytes
""")
_MAGNITUDES: Final = nouns("""
    M millions million: million millions
    Md Mds milliards milliard: milliard milliards
    billions billion: billion billions
""")
_ABBREVIATIONS: Final = {
    "M.": "monsieur", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle",
    "Mlles": "mesdemoiselles", "Dr": "docteur", "Pr": "professeur", "Me": "maître", "etc.": "et cetera",
    "p. ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "av.": "avenue", "bd": "boulevard", "Bd": "boulevard",
    "n°": "numéro", "N°": "numéro", "nº": "numéro", "env.": "environ", "tél.": "téléphone",
    "Tél.": "téléphone", "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ", "cf.": "confer",
    "p.": "page", "pp.": "pages", "art.": "article",
    "Art.": "article", "chap.": "chapitre",
    "St": "saint", "Ste": "sainte", "svp": "s'il vous plaît", "SVP": "s'il vous plaît",
}  # fmt: skip
_SIGNS: Final = {
    "+": "plus", "=": "égale", "×": "fois", "÷": "divisé par", "<": "inférieur à", ">": "supérieur à",
    "≤": "inférieur ou égal à", "≥": "supérieur ou égal à", "≠": "différent de", "≈": "environ", "±": "plus ou moins",
    "−": "moins", "&": "et", "@": "arobase", "#": "dièse", "%": "pour cent", "/": "barre oblique",
    "\\": "barre oblique inverse", "€": "euros", "$": "dollars", "£": "livres", "§": "paragraphe", "°": "degrés",
    "№": "numéro", "²": "au carré", "³": "au cube", "√": "racine de", "∞": "infini", "→": "flèche", "~": "environ",
    "^": "puissance", "©": "copyright",
}  # fmt: skip


def _read_ordinal(match: re.Match[str], tens: _Tens) -> str | None:
    value, ending = int(match["number"]), match["ending"]
    words = None
    if value == 1:
        words = {"er": "premier", "º": "premier"}.get(ending, "première" if ending in ("re", "ère", "ª") else None)
    elif ending in ("nd", "nde"):
        words = f"second{ending[2:]}" if value == 2 else None
    elif value and ending in ("e", "è", "ème", "ième", "º", "ª"):
        words = ordinal(value, tens)
    return words and words + match["plural"]


def _read_century(match: re.Match[str], tens: _Tens) -> str | None:
    value = roman(match["number"])
    if not value:
        return None
    first = "première" if match["ending"] in ("re", "ère") else "premier"
    return first if value == 1 else ordinal(value, tens)


def _own(tens: _Tens) -> tuple[Rule, ...]:
    return (
        regnal(r"(?![\w'’]|\.\w)", lambda value, name: cardinal(value, tens)),
        Rule("first day", DIGIT, lazy(rf"(?<![\w.,/])1(?= (?:{'|'.join(_MONTHS)})\b)"), lambda match: "premier"),
        Rule("time", DIGIT, lazy(
                 r"(?<![\w.,:/])(?P<hour>\d{1,2}) ?[hH](?: ?(?P<minute>\d\d)(?: ?min\b)?)?(?![\w/])"),
             read_time(_time)),
        Rule("ordinal", DIGIT, lazy(r"(?<![\w.,])(?P<number>\d{1,4})(?P<ending>er|re|ère|nde?|e|i?ème|è|[ºª](?!C\b))"
                                   r"(?P<plural>s?)(?!\w)"),
             partial(_read_ordinal, tens=tens)),
        Rule("century", LETTER, lazy(r"(?<!\w)(?P<number>[IVX]{1,5})(?P<ending>er|re|ère|e|ème)(?!\w)"),
             partial(_read_century, tens=tens)),
    )  # fmt: skip


_FRENCH: Final = Language(
    cardinal=cardinal,
    counted=partial(_counted, tens=_Tens()),
    before_word=lambda value, following: cardinal(value),
    date=_date,
    time=_time,
    fraction=partial(_fraction, tens=_Tens()),
    half=lambda what: "une demi" if what.gender == "f" else "un demi",
    year=cardinal,
    comma="virgule",
    point="point",
    minus="moins",
    plus="plus",
    to="à",
    and_="et",
    and_cents="et",
    of_millions=_of,
    at="arobase",
    per="par",
    slash="barre oblique",
    hyphen="tiret",
    underscore="tiret bas",
    number="numéro",
    hash="dièse",
    currencies=_CURRENCIES,
    units=_UNITS,
    magnitudes=_MAGNITUDES,
    abbreviations=_ABBREVIATIONS,
    signs=_SIGNS,
    own=_own(_Tens()),
)


@cache
def rules(region: str) -> RuleSet:
    """region: BE and CH have names of their own for 70, 80 and 90."""
    if (tens := _REGIONS.get(region)) is None:
        return expressions.rules(_FRENCH)
    count = partial(cardinal, tens=tens)
    return expressions.rules(
        replace(
            _FRENCH,
            cardinal=count,
            year=count,
            counted=partial(_counted, tens=tens),
            before_word=lambda value, following: count(value),
            fraction=partial(_fraction, tens=tens),
            own=_own(tens),
        )
    )
