"""Italian: number words, names of signs and units, abbreviations."""

import re
from functools import cache
from typing import Final

from steadyvoice.workers.text import expressions
from steadyvoice.workers.text.language import Language, Noun, in_millions, noun, nouns, read_time, regnal, roman
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule, RuleSet

_ONES: Final = (
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove"
).split()
_TENS: Final = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()
_SCALES: Final = (
    "milione miliardo bilione biliardo trilione triliardo quadrilione quadriliardo quintilione quintiliardo"
).split()
_MONTHS: Final = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
).split()  # fmt: skip
_ORDINALS: Final = "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo".split()


_NOUN: Final = lazy(r" ([a-zàèéìòù]{3,})")
_ARTICLE: Final = lazy(r"\b(?:[Ii]l|[Ll]a|[Ll]o|[Aa]l|[Aa]lla|[Dd]el|[Dd]ella|[Nn]el|[Nn]ella) $")


def cardinal(value: int) -> str:
    return in_millions(value, _scaled, _below_million) if value else _ONES[0]


def _scaled(group: int, exponent: int) -> str:
    name = _SCALES[exponent]
    return f"un {name}" if group == 1 else f"{_shortened(_below_thousand(group))} {name[:-1]}i"


def _below_million(value: int) -> str:
    thousands, rest = divmod(value, 1000)
    words = "mille" if thousands == 1 else f"{_below_thousand(thousands, last=False)}mila" if thousands else ""
    return words + (_below_thousand(rest, alone=not thousands) if rest else "")


def _below_thousand(value: int, *, last: bool = True, alone: bool = True) -> str:
    """last: no word follows; alone: no word precedes. A final "tre" of a compound has an accent."""
    hundreds, rest = divmod(value, 100)
    words = "cento" if hundreds == 1 else f"{_ONES[hundreds]}cento" if hundreds else ""
    if rest < 20:
        words += _ONES[rest] if rest else ""
    else:
        tens, ones = _TENS[rest // 10 - 2], rest % 10
        if tens[0] == "o":
            words = words.removesuffix("o")
        words += (tens[:-1] if ones in (1, 8) else tens) + (_ONES[ones] if ones else "")
    is_compound = not alone or value != 3
    return re.sub("tre$", "tré", words) if last and is_compound and rest % 10 == 3 and rest != 13 else words


def _shortened(words: str) -> str:
    """Before a noun: "ventun"."""
    return re.sub("uno$", "un", words)


def _counted(value: int, what: Noun) -> str:
    name = what.singular if value == 1 else what.plural
    if value and value % 1_000_000 == 0 and not name.startswith("per "):
        name = f"di {name}"
    if value == 1:
        return f"{_one_before(name, what.gender)}{name}"
    return f"{cardinal(value)} {name}"


def _one_before(name: str, gender: str) -> str:
    if gender == "f":
        return "un'" if name[0] in "aeiou" else "una "
    return "uno " if re.match("z|y|s[^aeiou]|ps|gn", name) else "un "


_NO_NOUNS: Final = frozenset(
    "che con per senza più meno sono era del della dei delle come ogni volte fra tra nel nella alle sotto sopra oggi "
    "nord sud est ovest".split()
)


def _before_word(value: int, following: str) -> str:
    if value != 1 or not following.islower() or following in _NO_NOUNS:
        return cardinal(value)
    return _one_before(following, "f" if following.endswith("a") else "m").rstrip()


def ordinal(value: int, feminine: bool = False) -> str:
    """From 1 to 999."""
    if value < 11:
        words = _ORDINALS[value - 1]
    else:
        words = re.sub("tré$", "tree", cardinal(value))
        words = (words if words.endswith("sei") else words[:-1]) + "esimo"
    return words[:-1] + "a" if feminine else words


def _fraction(above: int, below: int) -> str:
    if above < below < 101:
        name = "mezzo" if below == 2 else ordinal(below)
        return f"{_shortened(cardinal(above))} {name}" if above == 1 else f"{cardinal(above)} {name[:-1]}i"
    return f"{cardinal(above)} su {cardinal(below)}"


def _time(hour: int, minute: int) -> str:
    said = "una" if hour == 1 else cardinal(hour)
    return f"{said} e {'zero ' * (minute < 10)}{cardinal(minute)}" if minute else said


def _date(day: int, month: int, year: str) -> str:
    return f"{'primo' if day == 1 else cardinal(day)} {_MONTHS[month - 1]} {year}"


def _read_ordinal(match: re.Match[str]) -> str | None:
    number, ending = int(match["number"]), match["ending"]
    noun = _NOUN.match(match.string, match.end())
    is_counted = noun is not None and noun[1] not in _NO_NOUNS
    has_article = _ARTICLE.search(match.string, 0, match.start()) is not None
    if not number or not (ending in "ºª" or has_article or (ending == "°" and is_counted)):
        return None
    return ordinal(number, feminine=ending in "ªa")


def _read_century(match: re.Match[str]) -> str | None:
    value = roman(match["number"])
    return ordinal(value) if value else None


_CURRENCIES: Final = {
    key: (noun(name), noun(cent))
    for keys, name, cent in (
        ("€ EUR", "euro euro", "centesimo centesimi"),
        ("$ US$ USD", "dollaro dollari", "centesimo centesimi"),
        ("£ GBP", "sterlina sterline f", "penny pence"),
        ("¥ JPY", "yen yen", "sen sen"),
        ("CHF Fr.", "franco_svizzero franchi_svizzeri", "centesimo centesimi"),
    )
    for key in keys.split()
}  # fmt: skip
_UNITS: Final = nouns("""
    %: per_cento per_cento
    ‰: per_mille per_mille
    km: chilometro chilometri
    m: metro metri
    cm: centimetro centimetri
    mm: millimetro millimetri
    km/h: chilometro_orario chilometri_orari
    m/s: metro_al_secondo metri_al_secondo
    m² m2 mq: metro_quadrato metri_quadrati
    km² kmq: chilometro_quadrato chilometri_quadrati
    m³ m3: metro_cubo metri_cubi
    ha: ettaro ettari
    kg: chilogrammo chilogrammi
    g: grammo grammi
    mg: milligrammo milligrammi
    l L: litro litri
    ml mL: millilitro millilitri
    h: ora ore f
    min: minuto minuti
    s: secondo secondi
    ms: millisecondo millisecondi
    °C ºC ℃: grado_Celsius gradi_Celsius
    °F ºF: grado_Fahrenheit gradi_Fahrenheit
    °: grado gradi
    V: volt volt
    W: watt watt
    kW: chilowatt chilowatt
    kWh: chilowattora chilowattora
    A: ampere ampere
    Hz: hertz hertz
    MHz: megahertz megahertz
    GHz: gigahertz gigahertz
    kB KB: kilobyte kilobyte
    MB: megabyte megabyte
    GB: gigabyte gigabyte
    TB: terabyte terabyte
""")
_MAGNITUDES: Final = nouns("""
    mln milioni milione: milione milioni
    mld miliardi miliardo: miliardo miliardi
    bilioni bilione: bilione bilioni
""")
_ABBREVIATIONS: Final = {
    "Sig.": "signor", "sig.": "signor", "Sig.ra": "signora", "sig.ra": "signora", "Sig.na": "signorina",
    "Sigg.": "signori", "Dott.": "dottor", "dott.": "dottor", "Dott.ssa": "dottoressa", "dott.ssa": "dottoressa",
    "Dr.": "dottor", "Prof.": "professor", "prof.": "professor", "Prof.ssa": "professoressa", "Avv.": "avvocato",
    "Ing.": "ingegner", "ecc.": "eccetera", "etc.": "eccetera", "pag.": "pagina", "pagg.": "pagine",
    "n.": "numero", "nr.": "numero", "es.": "esempio", "p. es.": "per esempio", "a.C.": "avanti Cristo",
    "d.C.": "dopo Cristo", "tel.": "telefono", "Tel.": "telefono", "ca.": "circa", "cfr.": "confronta",
    "S.p.A.": "esse pi a", "v.": "vedi", "art.": "articolo", "Art.": "articolo", "cap.": "capitolo", "P.za": "piazza",
    "p.": "pagina", "pp.": "pagine",
}  # fmt: skip
_SIGNS: Final = {
    "+": "più", "=": "uguale", "×": "per", "÷": "diviso", "<": "minore di", ">": "maggiore di",
    "≤": "minore o uguale a", "≥": "maggiore o uguale a", "≠": "diverso da", "≈": "circa", "±": "più o meno",
    "−": "meno", "&": "e", "@": "chiocciola", "#": "cancelletto", "%": "per cento", "/": "barra",
    "\\": "barra rovesciata", "€": "euro", "$": "dollari", "£": "sterline", "§": "paragrafo", "°": "gradi",
    "№": "numero", "²": "al quadrato", "³": "al cubo", "√": "radice di", "∞": "infinito", "→": "freccia",
    "~": "circa", "^": "elevato a", "©": "copyright",
}  # fmt: skip
_OWN: Final = (
    regnal(r"(?![\w'’]|\.\w)", lambda value, name: ordinal(value)),
    Rule("first day", DIGIT, lazy(rf"(?<![\w.,/])1[º°]?(?= (?:{'|'.join(_MONTHS)})\b)"), lambda _: "primo"),
    Rule("time", DIGIT, lazy(r"(?<=\b[Oo]re )(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?!\d|[.,]\d)"), read_time(_time)),
    Rule("time", DIGIT, lazy(r"(?<=\balle )(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?!\d|[.,]\d)"), read_time(_time)),
    Rule("ordinal", DIGIT, lazy(r"(?<![\w.,])(?P<number>\d{1,3})\.?(?P<ending>[ºª°](?![CF]\b)|[oa](?!\w))"),
         _read_ordinal),
    Rule("century", LETTER, lazy(r"(?<!\w)(?P<number>[IVX]{1,5})(?= secol[oi]\b)"), _read_century),
)  # fmt: skip
_ITALIAN: Final = Language(
    cardinal=cardinal,
    counted=_counted,
    before_word=_before_word,
    date=_date,
    time=_time,
    fraction=_fraction,
    half=lambda what: "mezza" if what.gender == "f" else "mezzo",
    year=cardinal,
    comma="virgola",
    point="punto",
    minus="meno",
    plus="più",
    to="a",
    and_="e",
    and_cents="e",
    of_millions="di {}".format,
    at="chiocciola",
    per="al",
    slash="barra",
    hyphen="trattino",
    underscore="trattino basso",
    number="numero",
    hash="cancelletto",
    currencies=_CURRENCIES,
    units=_UNITS,
    magnitudes=_MAGNITUDES,
    abbreviations=_ABBREVIATIONS,
    signs=_SIGNS,
    own=_OWN,
)


@cache
def rules(region: str) -> RuleSet:
    """region: without influence."""
    return expressions.rules(_ITALIAN)
