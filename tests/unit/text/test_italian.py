"""Italian: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest
from support.reading import words

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.italian import cardinal, ordinal


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zero"),
        (3, "tre"),
        (13, "tredici"),
        (21, "ventuno"),
        (23, "ventitré"),
        (28, "ventotto"),
        (81, "ottantuno"),
        (100, "cento"),
        (103, "centotré"),
        (108, "centootto"),
        (1000, "mille"),
        (1003, "milletré"),
        (2000, "duemila"),
        (23_000, "ventitremila"),
        (300_000, "trecentomila"),
        (1_000_000, "un milione"),
        (2_000_001, "due milioni uno"),
        (21_000_000, "ventun milioni"),
        (10**9, "un miliardo"),
        (10**12, "un bilione"),
        (10**33, "un quintiliardo"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_the_largest_number() -> None:
    assert cardinal(10**36 - 1).startswith("novecentonovantanove quintiliardi")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1, "primo"),
        (10, "decimo"),
        (11, "undicesimo"),
        (23, "ventitreesimo"),
        (26, "ventiseiesimo"),
        (100, "centesimo"),
    ],
)
def test_ordinals(value: int, said: str) -> None:
    assert ordinal(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sono 28 persone.", "sono ventotto persone"),
        ("Luigi XIV e Carlo V", "luigi quattordicesimo e carlo quinto"),
        ("la taglia XL, il CIV e VIP", "la taglia xl il civ e vip"),
        ("1/2 kg, 1/2 h, 3/4 l", "mezzo chilogrammo mezza ora tre quarti di litro"),
        ("06 1234567", "zero sei uno due tre quattro cinque sei sette"),
        ("il 05/03/2024", "il cinque marzo duemilaventiquattro"),
        ("art. 3, p. 12", "articolo tre pagina dodici"),
        ("Ho 1 gatto, 1 zaino e 1 sedia.", "ho un gatto uno zaino e una sedia"),
        ("Costa 12,50 €.", "costa dodici euro e cinquanta centesimi"),
        ("1 €", "un euro"),
        ("€ 5", "cinque euro"),
        ("$5", "cinque dollari"),
        ("£1", "una sterlina"),
        ("-3 €", "meno tre euro"),
        ("1.000.000 €", "un milione di euro"),
        ("3,5 milioni €", "tre virgola cinque milioni di euro"),
        ("€ 3 mld", "tre miliardi di euro"),
        ("5-10 €", "cinque a dieci euro"),
        ("10.000 abitanti", "diecimila abitanti"),
        ("3,14", "tre virgola quattordici"),
        ("0,05", "zero virgola zero cinque"),
        ("versione 3.10.2", "versione tre punto dieci punto due"),
        ("-5 °C", "meno cinque gradi celsius"),
        ("5 %", "cinque per cento"),
        ("5%", "cinque per cento"),
        ("120 km/h", "centoventi chilometri orari"),
        ("1 km", "un chilometro"),
        ("20 m²", "venti metri quadrati"),
        ("1 h", "un'ora"),
        ("Alle 14:30", "alle quattordici e trenta"),
        ("alle 14.30", "alle quattordici e trenta"),
        ("ore 9.05", "ore nove e zero cinque"),
        ("All'1:00", "all'una"),
        ("Il 3/4/2025", "il tre aprile duemilaventicinque"),
        ("Il 3.4.2025", "il tre aprile duemilaventicinque"),
        ("Il 1° maggio", "il primo maggio"),
        ("1 gennaio 1984", "primo gennaio millenovecentottantaquattro"),
        ("2025-12-31", "trentuno dicembre duemilaventicinque"),
        ("1990-1995", "millenovecentonovanta a millenovecentonovantacinque"),
        ("il 3º e la 2ª", "il terzo e la seconda"),
        ("la 5a sinfonia e il 1o posto", "la quinta sinfonia e il primo posto"),
        ("scala 5a", "scala cinque a"),
        ("il 20° secolo", "il ventesimo secolo"),
        ("oggi 25° a Roma", "oggi venticinque gradi a roma"),
        ("fa 25° nel parco", "fa venticinque gradi nel parco"),
        ("20ºC", "venti gradi celsius"),
        ("il XIX secolo", "il diciannovesimo secolo"),
        ("3/4", "tre quarti"),
        ("1/2", "un mezzo"),
        ("1 ½", "uno e un mezzo"),
        ("#5", "numero cinque"),
        ("2 + 2 = 4", "due più due uguale quattro"),
        ("Rossi & figli", "rossi e figli"),
        ("anna@example.it", "anna chiocciola example punto it"),
        ("+39 06 1234 5678", "più tre nove zero sei uno due tre quattro cinque sei sette otto"),
        ("Il Sig. Rossi e la Dott.ssa Verdi", "il signor rossi e la dottoressa verdi"),
        ("mele, pere, ecc.", "mele pere eccetera"),
        ("e/o", "e o"),
        ("007", "zero zero sette"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert words(text, "it-IT") == said


@pytest.mark.parametrize(
    "text",
    [
        "Oggi fa bel tempo.",
        "Che ore sono?",
        "Un metro, due litri e un'ora.",
        "L'amico di Marco è qui.",
        "Perché no?",
        "La signora ha detto di sì.",
        "C'è un'altra strada.",
        "Reggio Emilia - Modena",
        "Nel secolo scorso.",
        "Il gruppo A vince.",
        "Disse: “va bene”.",
        "Mille e una notte.",
        "Primo, secondo e terzo.",
        "Vittorio Emanuele",
        "Non lo so... forse.",
        "Quest'uomo (il vicino) ride.",
        "Italo-francese",
        "S, m e l sono lettere.",
        "Via Roma, Milano.",
        "Alle ore dodici.",
    ],
)
def test_prose_stays(text: str) -> None:
    assert spoken(text, "it-IT") == text
