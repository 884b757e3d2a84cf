"""German: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest
from support.reading import segments, words

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.german import cardinal, ordinal, year


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "null"),
        (1, "eins"),
        (17, "siebzehn"),
        (21, "einundzwanzig"),
        (30, "dreißig"),
        (100, "einhundert"),
        (101, "einhunderteins"),
        (1000, "eintausend"),
        (1001, "eintausendeins"),
        (21_000, "einundzwanzigtausend"),
        (101_000, "einhunderteintausend"),
        (1_000_000, "eine Million"),
        (2_000_001, "zwei Millionen eins"),
        (10**9, "eine Milliarde"),
        (3 * 10**9, "drei Milliarden"),
        (10**33, "eine Quintilliarde"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_the_largest_number() -> None:
    assert cardinal(10**36 - 1).startswith("neunhundertneunundneunzig Quintilliarden")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1, "erst"),
        (3, "dritt"),
        (7, "siebt"),
        (8, "acht"),
        (19, "neunzehnt"),
        (20, "zwanzigst"),
        (101, "einhunderterst"),
    ],
)
def test_ordinals(value: int, said: str) -> None:
    assert ordinal(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(1984, "neunzehnhundertvierundachtzig"), (1900, "neunzehnhundert"), (2005, "zweitausendfünf")]
)
def test_years(value: int, said: str) -> None:
    assert year(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Es waren 21 Gäste.", "es waren einundzwanzig gäste"),
        ("1 Hund und 1 Katze", "ein hund und eine katze"),
        ("Karl V. und Friedrich II. von Preußen", "karl der fünfte und friedrich der zweite von preußen"),
        ("Ludwig XIV.", "ludwig der vierzehnte"),
        ("Karl V. Maier, Teil XIV", "karl v maier teil xiv"),
        ("1/2 kg und 1/2 h", "ein halbes kilogramm und eine halbe stunde"),
        ("3/4 l, 1 1/2 kg", "drei viertel liter eins und ein halb kilogramm"),
        ("030 1234567", "null drei null eins zwei drei vier fünf sechs sieben"),
        ("am 05/03/2024", "am fünfter märz zweitausendvierundzwanzig"),
        ("Nur 1 blieb.", "nur eins blieb"),
        ("Kostet 12,50 €.", "kostet zwölf euro und fünfzig cent"),
        ("1 €", "ein euro"),
        ("$5", "fünf dollar"),
        ("£1", "ein pfund"),
        ("-3 €", "minus drei euro"),
        ("1.000.000 €", "eine million euro"),
        ("3,5 Mio. €", "drei komma fünf millionen euro"),
        ("1 Mrd. Euro", "eine milliarde euro"),
        ("5-10 €", "fünf bis zehn euro"),
        ("CHF 20.50", "zwanzig franken und fünfzig rappen"),
        ("$5.99", "fünf dollar und neunundneunzig cent"),
        ("10.000 Menschen", "zehntausend menschen"),
        ("3,14", "drei komma eins vier"),
        ("0,05", "null komma null fünf"),
        ("Version 3.10.2", "version drei punkt zehn punkt zwei"),
        ("-5 °C", "minus fünf grad celsius"),
        ("5 %", "fünf prozent"),
        ("120 km/h", "einhundertzwanzig kilometer pro stunde"),
        ("1 kg", "ein kilogramm"),
        ("1 h", "eine stunde"),
        ("20 m²", "zwanzig quadratmeter"),
        ("Um 14:30 Uhr", "um vierzehn uhr dreißig"),
        ("Um 14:30", "um vierzehn uhr dreißig"),
        ("Um 8 Uhr", "um acht uhr"),
        ("Um 9.15 Uhr", "um neun uhr fünfzehn"),
        ("Um 1:00", "um ein uhr"),
        ("am 3. Mai 2025", "am dritten mai zweitausendfünfundzwanzig"),
        ("der 1. Januar", "der erste januar"),
        ("1. Januar 1984", "erster januar neunzehnhundertvierundachtzig"),
        ("am 3.4.2025", "am dritten april zweitausendfünfundzwanzig"),
        ("Am 24.12. ist frei.", "am vierundzwanzigsten dezember ist frei"),
        ("2025-12-31", "einunddreißigster dezember zweitausendfünfundzwanzig"),
        ("im Jahr 1984", "im jahr neunzehnhundertvierundachtzig"),
        ("1990-1995", "neunzehnhundertneunzig bis neunzehnhundertfünfundneunzig"),
        ("der 2. Weltkrieg", "der zweite weltkrieg"),
        ("im 3. Stock", "im dritten stock"),
        ("der 1º Stock, die 3ª", "der erste stock die dritte"),
        ("20 ºC", "zwanzig grad celsius"),
        ("3/4", "drei viertel"),
        ("1/2", "ein halb"),
        ("die 90er Jahre", "die neunziger jahre"),
        ("15 €/Monat", "fünfzehn euro pro monat"),
        ("3 x 4", "drei mal vier"),
        ("3:1", "drei bis eins"),
        ("#5", "nummer fünf"),
        ("2 + 2 = 4", "zwei plus zwei gleich vier"),
        ("Meier & Sohn", "meier und sohn"),
        ("anna@example.de", "anna at example punkt de"),
        ("030 1234 5678", "null drei null eins zwei drei vier fünf sechs sieben acht"),
        ("z. B. Äpfel, Birnen usw.", "zum beispiel äpfel birnen und so weiter"),
        ("Dr. Meier wohnt in der Nr. 5.", "doktor meier wohnt in der nummer fünf"),
        ("und/oder", "und oder"),
        ("007", "null null sieben"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert words(text, "de-DE") == said


@pytest.mark.parametrize(
    "text",
    [
        "Heute ist schönes Wetter.",
        "Wie geht es dir?",
        "Ein Meter, zwei Liter und eine Stunde.",
        "Das ist Annas Haus.",
        "Baden-Württemberg und Schleswig-Holstein",
        "Ein- und Ausgang",
        "Die Straße ist groß.",
        "Er sagte: “Ja”.",
        "Der erste Mai ist frei.",
        "Im letzten Jahr war es kalt.",
        "Tausend Dank!",
        "Am Montag, dem ersten Tag",
        "Gruppe A gewinnt.",
        "Das m und das l sind Buchstaben.",
        "Ich weiß nicht... vielleicht.",
        "Max (der Nachbar) lacht.",
        "Mitte Mai kommt sie.",
        "Um halb acht Uhr.",
        "Ludwig van Beethoven",
        "Der Euro fällt.",
    ],
)
def test_prose_stays(text: str) -> None:
    assert spoken(text, "de-DE") == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Das 20. Jahrhundert begann am 1. Januar.", 1),
        ("Er kam im Jahr 1920. Dann ging er.", 2),
        ("Nur 3. Mai kam.", 1),
        ("Er ging. Am 3. Mai kam er.", 2),
    ],
)
def test_an_ordinal_ends_no_sentence(text: str, count: int) -> None:
    assert len(list(segments(text, "de-DE"))) == count
    assert len(list(segments("The year 20. Then it rained.", "en-US"))) == 2
