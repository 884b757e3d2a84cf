"""Portuguese as in Brazil: number words, names of signs and units, abbreviations."""

import re
from functools import cache
from typing import Final

from steadyvoice.workers.text import expressions
from steadyvoice.workers.text.language import Language, Noun, groups, noun, nouns, read_time, regnal, roman
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule, RuleSet

_ONES: Final = (
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito "
    "dezenove"
).split()
_TENS: Final = "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
_HUNDREDS: Final = (
    "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
).split()  # fmt: skip
_SCALES: Final = (
    "milhão bilhão trilhão quatrilhão quintilhão sextilhão septilhão octilhão nonilhão decilhão"
).split()  # fmt: skip
_MONTHS: Final = (
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
).split()  # fmt: skip
_ORDINALS: Final = "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono".split()
_ORDINAL_TENS: Final = (
    "décimo vigésimo trigésimo quadragésimo quinquagésimo sexagésimo septuagésimo octogésimo nonagésimo".split()
)
_ORDINAL_HUNDREDS: Final = (
    "centésimo ducentésimo trecentésimo quadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo "
    "noningentésimo"
).split()
_NOUN: Final = lazy(r" ([a-zà-ú]{3,})")
_ARTICLE: Final = lazy(r"\b(?:[OoAa]s?|[DdNn][oa]s?|[Aa]os?|[Àà]s?|[Pp]el[oa]s?) $")


def cardinal(value: int) -> str:
    """ "e" joins the last group of three digits if it is below a hundred, or whole hundreds: "mil e cem"."""
    if not value:
        return _ONES[0]
    words = ""
    for group, exponent in groups(value):
        is_last = not value % 1000**exponent
        joint = " e " if is_last and (group < 100 or group % 100 == 0) else " "
        words += (joint if words else "") + _scaled(group, exponent)
    return words


def _scaled(group: int, exponent: int) -> str:
    if exponent == 1:
        return "mil" if group == 1 else f"{_below_thousand(group)} mil"
    if not exponent:
        return _below_thousand(group)
    name = _SCALES[exponent - 2]
    return f"um {name}" if group == 1 else f"{_below_thousand(group)} {name[:-2]}ões"


def _below_thousand(value: int) -> str:
    if value == 100:
        return "cem"
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10) if rest >= 20 else (0, rest)
    numbers = (_HUNDREDS, hundreds - 1), (_TENS, tens - 2), (_ONES, ones or -1)
    return " e ".join(names[at] for names, at in numbers if at >= 0)


def _feminine(words: str) -> str:
    """Before a feminine noun: "vinte e uma", "duas mil", "duzentas"; what counts millions stays."""
    at = max((match.end() for match in re.finditer("lhão|lhões", words)), default=0)
    rest = re.sub(r"entos\b", "entas", words[at:])
    return words[:at] + re.sub(r"\bum\b", "uma", re.sub(r"\bdois\b", "duas", rest))


def _counted(value: int, what: Noun) -> str:
    words = _feminine(cardinal(value)) if what.gender == "f" else cardinal(value)
    of = " de" if value and value % 1_000_000 == 0 and not what.plural.startswith("por ") else ""
    return f"{words}{of} {what.singular if value == 1 else what.plural}"


_NO_NOUNS: Final = frozenset(
    "que com por para pra sem mais menos foi era são das cada vezes entre sobre esta essa hoje norte sul leste oeste "
    "mas nas pelas numa uma ela elas contra fora agora ainda embora".split()
)
_MASCULINE: Final = frozenset("dia problema sistema programa tema mapa planeta grama quilograma clima poeta".split())
"""With the ending of feminine nouns."""


def _before_word(value: int, following: str) -> str:
    if not following.islower() or following in _NO_NOUNS or following.removesuffix("s") in _MASCULINE:
        return cardinal(value)
    is_feminine = re.search("as?$|[çsx]ão$|[çsx]ões$|dades?$|ge(?:m|ns)$", following)
    return _feminine(cardinal(value)) if is_feminine else cardinal(value)


def _fraction(above: int, below: int) -> str:
    if below == 2:
        return "meio" if above == 1 else f"{cardinal(above)} meios"
    if above >= below:
        return f"{cardinal(above)} sobre {cardinal(below)}"
    name = "terço" if below == 3 else ordinal(below) if below < 11 or below == 100 else f"{cardinal(below)} avo"
    return f"{cardinal(above)} {name}{'s' * (above > 1)}"


def _time(hour: int, minute: int) -> str:
    said = _feminine(cardinal(hour))
    return f"{said} hora{'s' * (hour != 1)}" + (f" e {cardinal(minute)}" if minute else "")


def _date(day: int, month: int, year: str) -> str:
    return f"{'primeiro' if day == 1 else cardinal(day)} de {_MONTHS[month - 1]} de {year}"


def ordinal(value: int, feminine: bool = False) -> str:
    """From 1 to 999."""
    tens, ones = divmod(value % 100, 10)
    numbers = (_ORDINAL_HUNDREDS, value // 100), (_ORDINAL_TENS, tens), (_ORDINALS, ones)
    words = [names[number - 1] for names, number in numbers if number]
    return " ".join(word[:-1] + "a" if feminine else word for word in words)


def _read_ordinal(match: re.Match[str]) -> str | None:
    number, ending = int(match["number"]), match["ending"]
    noun = _NOUN.match(match.string, match.end())
    is_counted = noun is not None and noun[1] not in _NO_NOUNS
    has_article = _ARTICLE.search(match.string, 0, match.start()) is not None
    if not number or not (ending in "ºª" or has_article or (ending == "°" and is_counted)):
        return None
    words = ordinal(number, feminine=ending in "ªa")
    return re.sub(r"\b(?=\s|$)", "s", words) if match["plural"] else words


def _read_century(match: re.Match[str]) -> str | None:
    value = roman(match["number"])
    return f"{match['noun']} {ordinal(value) if value < 11 else cardinal(value)}" if value else None


def _read_thousands(match: re.Match[str]) -> str:
    whole, _, decimals = match["number"].partition(",")
    words = cardinal(int(whole)) + (f" vírgula {cardinal(int(decimals))}" if decimals else "")
    return f"{words} mil {_CURRENCIES[match['currency']][0].plural}"


def _read_half(match: re.Match[str]) -> str:
    return f"{_feminine(cardinal(int(match['whole'])))} e meia" if match["whole"] else "meia"


def _read_telephone(match: re.Match[str]) -> str | None:
    """Not two years with a hyphen between them."""
    parts = re.findall(r"\d+", match[0])
    if len(parts) == 2 and all(1000 <= int(part) <= 2100 for part in parts):
        return None
    return ", ".join(" ".join(cardinal(int(digit)) for digit in part) for part in parts)


def _regnal(value: int, name: str) -> str:
    return ordinal(value, name.endswith("a")) if value < 11 else cardinal(value)


_CURRENCIES: Final = {
    key: (noun(name), noun(cent))
    for keys, name, cent in (
        ("R$ BRL", "real reais", "centavo centavos"),
        ("€ EUR", "euro euros", "centavo centavos"),
        ("$ US$ USD", "dólar dólares", "centavo centavos"),
        ("£ GBP", "libra libras f", "pêni pence"),
        ("¥ JPY", "iene ienes", "sen sen"),
        ("CHF", "franco_suíço francos_suíços", "centavo centavos"),
    )
    for key in keys.split()
}  # fmt: skip
_UNITS: Final = nouns("""
    %: por_cento por_cento
    ‰: por_mil por_mil
    km: quilômetro quilômetros
    m: metro metros
    cm: centímetro centímetros
    mm: milímetro milímetros
    km/h: quilômetro_por_hora quilômetros_por_hora
    m/s: metro_por_segundo metros_por_segundo
    m² m2: metro_quadrado metros_quadrados
    km²: quilômetro_quadrado quilômetros_quadrados
    m³ m3: metro_cúbico metros_cúbicos
    ha: hectare hectares
    t: tonelada toneladas f
    kg: quilograma quilogramas
    g: grama gramas
    mg: miligrama miligramas
    l L: litro litros
    ml mL: mililitro mililitros
    h: hora horas f
    min: minuto minutos
    s: segundo segundos
    ms: milissegundo milissegundos
    °C ºC ℃: grau_Celsius graus_Celsius
    °F ºF: grau_Fahrenheit graus_Fahrenheit
    °: grau graus
    V: volt volts
    W: watt watts
    kW: quilowatt quilowatts
    kWh: quilowatt-hora quilowatts-hora
    A: ampere amperes
    Hz: hertz hertz
    MHz: mega-hertz mega-hertz
    GHz: giga-hertz giga-hertz
    kB KB: quilobyte quilobytes
    MB: megabyte megabytes
    GB: gigabyte gigabytes
    TB: terabyte terabytes
""")
_MAGNITUDES: Final = nouns("""
    mi milhões milhão: milhão milhões
    bi bilhões bilhão: bilhão bilhões
    tri trilhões trilhão: trilhão trilhões
""")
_ABBREVIATIONS: Final = {
    "Sr.": "senhor", "Sra.": "senhora", "Srta.": "senhorita", "Srs.": "senhores", "Dr.": "doutor", "Dra.": "doutora",
    "Prof.": "professor", "Profa.": "professora", "Eng.": "engenheiro", "D.": "dom", "Exmo.": "excelentíssimo",
    "Av.": "avenida", "R.": "rua", "apto.": "apartamento", "etc.": "etcétera", "p. ex.": "por exemplo",
    "pág.": "página", "págs.": "páginas", "p.": "página", "n.º": "número", "N.º": "número", "nº": "número",
    "Nº": "número", "a.C.": "antes de Cristo", "d.C.": "depois de Cristo", "tel.": "telefone", "Tel.": "telefone",
    "aprox.": "aproximadamente", "Ltda.": "limitada", "S.A.": "esse a", "S/A": "esse a", "art.": "artigo",
    "Art.": "artigo", "cap.": "capítulo", "vol.": "volume", "séc.": "século", "obs.": "observação", "c/": "com",
    "s/": "sem", "vs.": "versus",
}  # fmt: skip
_SIGNS: Final = {
    "+": "mais", "=": "igual a", "×": "vezes", "÷": "dividido por", "<": "menor que", ">": "maior que",
    "≤": "menor ou igual a", "≥": "maior ou igual a", "≠": "diferente de", "≈": "aproximadamente",
    "±": "mais ou menos", "−": "menos", "&": "e", "@": "arroba", "#": "cerquilha", "%": "por cento", "/": "barra",
    "\\": "barra invertida", "€": "euros", "$": "dólares", "£": "libras", "§": "parágrafo", "°": "graus",
    "№": "número", "²": "ao quadrado", "³": "ao cubo", "√": "raiz de", "∞": "infinito", "→": "seta",
    "~": "aproximadamente", "^": "elevado a", "©": "copyright",
}  # fmt: skip
_OWN: Final = (
    regnal(r"(?![\w'’]|\.\w)", _regnal),
    Rule("first day", DIGIT, lazy(rf"(?<![\w.,/])1(?= de (?:{'|'.join(_MONTHS)})\b)"), lambda _: "primeiro"),
    Rule("time", DIGIT, lazy(r"(?<![\w.,:])(?P<hour>\d{1,2}) ?h(?: ?(?P<minute>\d\d)(?:min\b)?)?(?![\d:]|\w)"),
         read_time(_time)),
    Rule("telephone", DIGIT + "(",
         lazy(r"(?<![\w.,-])(?:\(\d{2}\) ?|\d{2} )?\d{4,5}-\d{4}(?![\w-]|[.,]\d)"), _read_telephone),
    Rule("thousands of money", LETTER + "R$€£",
         lazy(r"(?P<currency>R\$|US\$|[$€£]) ?(?P<number>\d{1,3}(?:,[1-9])?) mil(?!\w)"),
         _read_thousands),
    Rule("half before a feminine noun", DIGIT + "½",
         lazy(r"(?<![\w.,/])(?:(?P<whole>\d{1,3}) ?)?(?<!\d)(?:1/2|½)(?= [a-zà-ú]{2,}as?\b)"), _read_half),
    Rule("ordinal", DIGIT,
         lazy(r"(?<![\w.,])(?P<number>\d{1,3})\.?(?P<ending>[ºª°](?![CF]\b)|[oa](?=s?(?!\w)))(?P<plural>s?)"),
         _read_ordinal),
    Rule("century", LETTER, lazy(r"(?<!\w)(?P<noun>[Ss]éculos?) (?P<number>[IVX]{1,5})(?!\w)"), _read_century),
)  # fmt: skip
_PORTUGUESE: Final = Language(
    cardinal=cardinal,
    counted=_counted,
    before_word=_before_word,
    date=_date,
    time=_time,
    fraction=_fraction,
    half=lambda what: "meia" if what.gender == "f" else "meio",
    year=cardinal,
    comma="vírgula",
    point="ponto",
    minus="menos",
    plus="mais",
    to="a",
    and_="e",
    and_cents="e",
    of_millions="de {}".format,
    at="arroba",
    per="por",
    slash="barra",
    hyphen="hífen",
    underscore="sublinhado",
    number="número",
    hash="cerquilha",
    currencies=_CURRENCIES,
    units=_UNITS,
    magnitudes=_MAGNITUDES,
    abbreviations=_ABBREVIATIONS,
    signs=_SIGNS,
    clock=r"(?: ?(?:horas?|hs?)\b\.?)?",
    own=_OWN,
)


@cache
def rules(region: str) -> RuleSet:
    """region: without influence; the number words are those of Brazil."""
    return expressions.rules(_PORTUGUESE)
