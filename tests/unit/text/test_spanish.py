"""Spanish: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest
from support.reading import words

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.spanish import cardinal, ordinal


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "cero"),
        (16, "dieciséis"),
        (21, "veintiuno"),
        (31, "treinta y uno"),
        (100, "cien"),
        (101, "ciento uno"),
        (555, "quinientos cincuenta y cinco"),
        (1000, "mil"),
        (21_000, "veintiún mil"),
        (101_001, "ciento un mil uno"),
        (1_000_000, "un millón"),
        (2_000_031, "dos millones treinta y uno"),
        (1_000_000_000, "mil millones"),
        (10**12, "un billón"),
        (3 * 10**30, "tres quintillones"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_the_largest_number() -> None:
    assert cardinal(10**36 - 1).startswith("novecientos noventa y nueve mil novecientos noventa y nueve quintillones")


@pytest.mark.parametrize(
    ("value", "said"), [(1, "primera"), (10, "décima"), (21, "vigésima primera"), (99, "nonagésima novena")]
)
def test_ordinals(value: int, said: str) -> None:
    assert ordinal(value, feminine=True) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Vinieron 21 personas.", "vinieron veintiuna personas"),
        ("Compró 1 libro y 31 sillas.", "compró un libro y treinta y una sillas"),
        ("Son 200 páginas.", "son doscientas páginas"),
        ("21 días y 200 programas", "veintiún días y doscientos programas"),
        ("Cuesta 12,50 €.", "cuesta doce euros con cincuenta céntimos"),
        ("Cuesta 1 €.", "cuesta un euro"),
        ("$5", "cinco dólares"),
        ("£1", "una libra"),
        ("201 £", "doscientas una libras"),
        ("-3 €", "menos tres euros"),
        ("1.000.000 €", "un millón de euros"),
        ("3,5 millones €", "tres coma cinco millones de euros"),
        ("$3 millones", "tres millones de dólares"),
        ("5-10 €", "cinco a diez euros"),
        ("1.234", "mil doscientos treinta y cuatro"),
        ("10 000 habitantes", "diez mil habitantes"),
        ("3,14", "tres coma catorce"),
        ("0,05", "cero coma cero cinco"),
        ("3,14159", "tres coma uno cuatro uno cinco nueve"),
        ("versión 3.10.2", "versión tres punto diez punto dos"),
        ("-5 °C", "menos cinco grados celsius"),
        ("5 %", "cinco por ciento"),
        ("37,5 %", "treinta y siete coma cinco por ciento"),
        ("120 km/h", "ciento veinte kilómetros por hora"),
        ("1 km", "un kilómetro"),
        ("20 m²", "veinte metros cuadrados"),
        ("2,5 kg", "dos coma cinco kilogramos"),
        ("21 h", "veintiuna horas"),
        ("A las 14:30 h.", "a las catorce treinta"),
        ("A la 1:05", "a la una cero cinco"),
        ("A las 21:00", "a las veintiuna"),
        ("El 3/4/2025", "el tres de abril de dos mil veinticinco"),
        ("2025-12-31", "treinta y uno de diciembre de dos mil veinticinco"),
        ("1 de enero de 1984", "uno de enero de mil novecientos ochenta y cuatro"),
        ("1990-1995", "mil novecientos noventa a mil novecientos noventa y cinco"),
        ("Felipe VI y Alfonso XIII", "felipe sexto y alfonso trece"),
        ("Felipe X, talla XL", "felipe x talla xl"),
        ("1/2 kg, 1/2 h, 3/4 l", "medio kilogramo media hora tres cuartos de litro"),
        ("tel. 91 234 56 78", "teléfono nueve uno dos tres cuatro cinco seis siete ocho"),
        ("91 234 personas", "noventa y una mil doscientas treinta y cuatro personas"),
        ("el 05/03/2024", "el cinco de marzo de dos mil veinticuatro"),
        ("el 05-12-2024", "el cinco de diciembre de dos mil veinticuatro"),
        ("C/ Mayor, art. 3", "calle mayor artículo tres"),
        ("el 1.º y la 2.ª", "el primero y la segunda"),
        ("el 1º piso", "el primer piso"),
        ("el 21º aniversario", "el vigésimo primer aniversario"),
        ("la 300ª vez", "la tricentésima vez"),
        ("el 1.er y el 3er puesto", "el primer y el tercer puesto"),
        ("la 2da, el 4to y el 7mo", "la segunda el cuarto y el séptimo"),
        ("los 1os puestos, las 3as jornadas", "los primeros puestos las terceras jornadas"),
        ("la 3a edición", "la tercera edición"),
        ("el bloque 3a", "el bloque tres a"),
        ("5 da", "cinco da"),
        ("hace 25° en Madrid", "hace veinticinco grados en madrid"),
        ("el 2° piso", "el segundo piso"),
        ("20 ºC", "veinte grados celsius"),
        ("el 3er piso", "el tercer piso"),
        ("siglo XIX", "siglo diecinueve"),
        ("1/2 litro", "medio litro"),
        ("1 1/2 tazas", "una y media tazas"),
        ("½ hora", "media hora"),
        ("3/4", "tres cuartos"),
        ("1 ½", "uno y medio"),
        ("#5", "número cinco"),
        ("2 + 2 = 4", "dos más dos igual a cuatro"),
        ("3 × 4", "tres por cuatro"),
        ("Pérez & Hijos", "pérez y hijos"),
        ("ana@example.org", "ana arroba example punto org"),
        ("www.example.org/a", "www punto example punto org barra a"),
        ("+34 912 345 678", "más tres cuatro nueve uno dos tres cuatro cinco seis siete ocho"),
        ("0042", "cero cero cuatro dos"),
        ("El Sr. López y la Dra. Ruiz, etc.", "el señor lópez y la doctora ruiz etcétera"),
        ("p. ej. en EE. UU.", "por ejemplo en estados unidos"),
        ("y/o", "y o"),
        ("±3", "más menos tres"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert words(text, "es-ES") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3.14", "tres punto catorce"),
        ("1,234.50", "mil doscientos treinta y cuatro punto cincuenta"),
        ("$1,250.50", "mil doscientos cincuenta dólares con cincuenta centavos"),
        ("1 de mayo", "primero de mayo"),
    ],
)
def test_mexico(text: str, said: str) -> None:
    assert words(text, "es-MX") == said


@pytest.mark.parametrize(
    "text",
    [
        "Mañana iremos al mercado.",
        "¿Qué tal? ¡Muy bien!",
        "Un metro, dos litros y una hora.",
        "La señora dijo que sí.",
        "El niño, la niña y su abuela.",
        "San Sebastián - Donostia",
        "Guion-bajo y medio-día",
        "Siglo de oro",
        "Los siglos pasan.",
        "D'Artagnan llegó.",
        "M de María y A de Ana.",
        "l, m y s son letras.",
        "Dijo: “vale”.",
        "Ella... no sé.",
        "Primero, segundo y tercero.",
        "IV y XIX son números romanos.",
        "Es la una y media.",
        "Vivo en la calle Mayor.",
        "Gana el equipo A.",
        "En Min y Kg no hay cifras.",
    ],
)
def test_prose_stays(text: str) -> None:
    assert spoken(text, "es-ES") == text
