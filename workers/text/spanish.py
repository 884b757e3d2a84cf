"""Spanish: number words, names of signs and units, abbreviations."""

import re
from dataclasses import replace
from functools import cache
from typing import Final

from steadyvoice.workers.text import expressions
from steadyvoice.workers.text.language import Language, Noun, groups, noun, nouns, regnal, roman
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule, RuleSet

_ONES: Final = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
).split()
_TENS: Final = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_HUNDREDS: Final = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()
_MILLIONS: Final = "millón billón trillón cuatrillón quintillón".split()
_MONTHS: Final = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
).split()  # fmt: skip
_ORDINALS: Final = "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo".split()
_ORDINAL_TENS: Final = (
    "décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo nonagésimo".split()
)
_ORDINAL_HUNDREDS: Final = (
    "centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo "
    "noningentésimo"
).split()
_ORDINAL_ENDINGS: Final = "mrdrtttmvn"
"""By the last digit: 10mo, 1ro, 2do."""
_NOUN: Final = lazy(r" ([a-záéíóúñ]{3,})")
_ARTICLE: Final = lazy(r"\b(?:[Ee]l|[Ll]a|[Ll]os|[Ll]as|[Dd]el|[Aa]l) $")
_POINT_DECIMALS: Final = frozenset("MX US GT HN NI PA PR SV DO PE".split())
"""Regions with a decimal point."""
_FIRST_DAY_IS_CARDINAL: Final = frozenset(("", "ES"))


def cardinal(value: int) -> str:
    if not value:
        return _ONES[0]
    parts = []
    for group, exponent in groups(value, 1_000_000):
        words = _below_million(group)
        if exponent:
            name = _MILLIONS[exponent - 1]
            words = f"{_shortened(words)} {name if group == 1 else name.replace('ón', 'ones')}"
        parts.append(words)
    return " ".join(parts)


def _below_million(value: int) -> str:
    thousands, rest = divmod(value, 1000)
    words = [] if not thousands else ["mil"] if thousands == 1 else [_shortened(_below_thousand(thousands)), "mil"]
    return " ".join([*words, *([_below_thousand(rest)] if rest else [])])


def _below_thousand(value: int) -> str:
    if value == 100:
        return "cien"
    hundreds, rest = divmod(value, 100)
    words = [_HUNDREDS[hundreds - 1]] if hundreds else []
    if rest >= 30:
        tens, ones = divmod(rest, 10)
        words.append(_TENS[tens - 3] + (f" y {_ONES[ones]}" if ones else ""))
    elif rest:
        words.append(_ONES[rest])
    return " ".join(words)


def _shortened(words: str) -> str:
    """Before a masculine noun, "mil" or "millones": "veintiún"."""
    return re.sub(r"uno$", "un", re.sub("veintiuno$", "veintiún", words))


def _feminine(words: str) -> str:
    """Before a feminine noun: "veintiuna", "doscientas"; what counts millions stays."""
    millions, name, rest = words.rpartition("illones ")
    rest = re.sub(r"cientos\b|quinientos\b", lambda match: match[0][:-2] + "as", rest)
    return millions + name + re.sub(r"(?:uno$|un\b(?= mil\b))", "una", rest)


def _counted(value: int, what: Noun) -> str:
    words = _feminine(cardinal(value)) if what.gender == "f" else _shortened(cardinal(value))
    of = " de" if value and value % 1_000_000 == 0 and not what.plural.startswith("por ") else ""
    return f"{words}{of} {what.singular if value == 1 else what.plural}"


_NO_NOUNS: Final = frozenset(
    "que con por para sin más menos fue era son los las del como cada veces entre sobre bajo esta este hoy norte sur "
    "oeste".split()
)

_MASCULINE: Final = frozenset("día problema sistema programa tema mapa planeta idioma poema telegrama".split())
"""With the ending of feminine nouns."""


def _before_word(value: int, following: str) -> str:
    words = cardinal(value)
    if not following.islower() or following in _NO_NOUNS:
        return words
    if following.removesuffix("s") in _MASCULINE:
        return _shortened(words)
    return _feminine(words) if re.search("as?$|ión$|iones$|dad(?:es)?$", following) else _shortened(words)


def _fraction(above: int, below: int) -> str:
    if below == 2:
        return "medio" if above == 1 else f"{_shortened(cardinal(above))} medios"
    names = ["", "", "", "tercio", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo"]
    if 2 < below < 11 and above < below:
        return f"{_shortened(cardinal(above))} {names[below]}{'s' * (above > 1)}"
    return f"{cardinal(above)} sobre {cardinal(below)}"


def _time(hour: int, minute: int) -> str:
    said = _feminine(cardinal(hour))
    return f"{said} {'cero ' * (0 < minute < 10)}{cardinal(minute)}" if minute else said


def ordinal(value: int, feminine: bool = False) -> str:
    """From 1 to 999."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10) if rest > 12 else (0, rest)
    numbers = (_ORDINAL_HUNDREDS, hundreds), (_ORDINAL_TENS, tens), (_ORDINALS, ones)
    words = [names[number - 1] for names, number in numbers if number]
    return " ".join(re.sub("o$", "a", word) if feminine else word for word in words)


def _read_ordinal(match: re.Match[str]) -> str | None:
    number, ending, plural = match.group("number", "ending", "plural")
    noun = _NOUN.match(match.string, match.end())
    is_counted = noun is not None and noun[1] not in _NO_NOUNS
    has_article = _ARTICLE.search(match.string, 0, match.start()) is not None
    is_sure = ending in "ºª" or ending == "er" or (len(ending) == 2 and ending[0] == _ORDINAL_ENDINGS[int(number[-1])])
    if not int(number) or not (is_sure or has_article or (ending == "°" and is_counted)):
        return None
    words = ordinal(int(number), feminine=ending in ("ª", "a") or ending[1:] == "a")
    if ending == "er" or (ending in "º°o" and not plural and is_counted and noun is not None and noun[1][-1] != "a"):
        return re.sub("(primer|tercer)o$", r"\1", words)
    return re.sub(r"\b(?=\s|$)", "s", words) if plural else words


def _read_century(match: re.Match[str]) -> str | None:
    value = roman(match["number"])
    return f"{match['noun']} {cardinal(value)}" if value else None


_OWN: Final = (
    regnal(r"(?![\w'’]|\.\w)",
           lambda value, name: ordinal(value, name.endswith("a")) if value < 11 else cardinal(value)),
    Rule("ordinal", DIGIT,
         lazy(r"(?<![\w.,])(?P<number>\d{1,3})\.?(?P<ending>[ºª°](?![CF]\b)|er(?!\w)|[rdtmvn]?[oa](?=s?(?!\w)))"
              r"(?P<plural>s?)"),
         _read_ordinal),
    Rule("century", LETTER, lazy(r"(?<!\w)(?P<noun>[Ss]iglos?) (?P<number>[IVX]{1,5})(?!\w)"), _read_century),
)  # fmt: skip
_HALF: Final = Rule(
    "half before a feminine noun",
    DIGIT + "½",
    lazy(r"(?<![\w.,/])(?:(?P<whole>\d{1,3}) ?)?(?<!\d)(?:1/2|½)(?= [a-záéíóúñ]{2,}as?\b)"),
    lambda match: f"{_feminine(cardinal(int(match['whole'])))} y media" if match["whole"] else "media",
)
_FIRST_DAY: Final = Rule(
    "first day",
    DIGIT,
    lazy(rf"(?<![\w.,/])1(?= de (?:{'|'.join(_MONTHS)})\b)"),
    lambda match: "primero",
)

_CURRENCIES: Final = {
    key: (noun(name), noun(cent))
    for keys, name, cent in (
        ("€ EUR", "euro euros", "céntimo céntimos"),
        ("$ US$ USD", "dólar dólares", "centavo centavos"),
        ("MX$ MXN", "peso pesos", "centavo centavos"),
        ("£ GBP", "libra libras f", "penique peniques"),
        ("¥ JPY", "yen yenes", "sen senes"),
        ("CHF", "franco_suizo francos_suizos", "céntimo céntimos"),
        ("S/", "sol soles", "céntimo céntimos"),
    )
    for key in keys.split()
}  # fmt: skip
_UNITS: Final = nouns("""
    %: por_ciento por_ciento
    ‰: por_mil por_mil
    km: kilómetro kilómetros
    m: metro metros
    cm: centímetro centímetros
    mm: milímetro milímetros
    km/h: kilómetro_por_hora kilómetros_por_hora
    m/s: metro_por_segundo metros_por_segundo
    m² m2: metro_cuadrado metros_cuadrados
    km²: kilómetro_cuadrado kilómetros_cuadrados
    m³ m3: metro_cúbico metros_cúbicos
    ha: hectárea hectáreas f
    kg: kilogramo kilogramos
    g: gramo gramos
    mg: miligramo miligramos
    l L: litro litros
    ml mL: mililitro mililitros
    h: hora horas f
    min: minuto minutos
    s: segundo segundos
    ms: milisegundo milisegundos
    °C ºC ℃: grado_Celsius grados_Celsius
    °F ºF: grado_Fahrenheit grados_Fahrenheit
    °: grado grados
    V: voltio voltios
    W: vatio vatios
    kW: kilovatio kilovatios
    kWh: kilovatio_hora kilovatios_hora
    A: amperio amperios
    Hz: hercio hercios
    MHz: megahercio megahercios
    GHz: gigahercio gigahercios
    kB KB: kilobyte kilobytes
    MB: megabyte megabytes
    GB: gigabyte gigabytes
    TB: terabyte terabytes
""")
_MAGNITUDES: Final = nouns("""
    M millones millón: millón millones
    billones billón: billón billones
""")
_ABBREVIATIONS: Final = {
    "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor", "Dra.": "doctora",
    "D.": "don", "Dña.": "doña", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted", "etc.": "etcétera",
    "p. ej.": "por ejemplo", "pág.": "página", "págs.": "páginas", "núm.": "número", "n.º": "número",
    "N.º": "número", "nº": "número", "Nº": "número", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos",
    "Avda.": "avenida", "a. m.": "a eme", "a.m.": "a eme", "p. m.": "pe eme", "p.m.": "pe eme",
    "a. C.": "antes de Cristo", "d. C.": "después de Cristo", "tel.": "teléfono", "Tel.": "teléfono",
    "aprox.": "aproximadamente", "S.A.": "ese a", "art.": "artículo", "Art.": "artículo", "cap.": "capítulo",
    "C/": "calle",
}  # fmt: skip
_SIGNS: Final = {
    "+": "más", "=": "igual a", "×": "por", "÷": "dividido entre", "<": "menor que", ">": "mayor que",
    "≤": "menor o igual que", "≥": "mayor o igual que", "≠": "distinto de", "≈": "aproximadamente", "±": "más menos",
    "−": "menos", "&": "y", "@": "arroba", "#": "almohadilla", "%": "por ciento", "/": "barra", "\\": "barra inversa",
    "€": "euros", "$": "dólares", "£": "libras", "§": "sección", "°": "grados", "№": "número", "²": "al cuadrado",
    "³": "al cubo", "√": "raíz de", "∞": "infinito", "→": "flecha", "~": "aproximadamente",
    "^": "elevado a", "©": "copyright",
}  # fmt: skip
_SPANISH: Final = Language(
    cardinal=cardinal,
    counted=_counted,
    before_word=_before_word,
    date=lambda day, month, year: f"{cardinal(day)} de {_MONTHS[month - 1]} de {year}",
    time=_time,
    fraction=_fraction,
    half=lambda what: "media" if what.gender == "f" else "medio",
    year=cardinal,
    comma="coma",
    point="punto",
    minus="menos",
    plus="más",
    to="a",
    and_="y",
    and_cents="con",
    of_millions="de {}".format,
    at="arroba",
    per="por",
    slash="barra",
    hyphen="guion",
    underscore="guion bajo",
    number="número",
    hash="almohadilla",
    currencies=_CURRENCIES,
    units=_UNITS,
    magnitudes=_MAGNITUDES,
    abbreviations=_ABBREVIATIONS,
    signs=_SIGNS,
    clock=r"(?: ?h(?:s\b|rs\b|\b)\.?)?",
    own=(*_OWN, _HALF),
)


@cache
def rules(region: str) -> RuleSet:
    """region: MX and others write a decimal point; America says "primero de enero"."""
    language = replace(_SPANISH, point_decimals=region in _POINT_DECIMALS)
    if region not in _FIRST_DAY_IS_CARDINAL:
        language = replace(
            language,
            own=(*_OWN, _HALF, _FIRST_DAY),
            date=lambda day, month, year: (
                f"{'primero' if day == 1 else cardinal(day)} de {_MONTHS[month - 1]} de {year}"
            ),
        )
    return expressions.rules(language)
