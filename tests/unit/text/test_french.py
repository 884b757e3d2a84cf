"""French: numbers, dates, times, money, measures, signs; prose stays as it is."""

import pytest
from support.reading import words

from steadyvoice.workers.text.french import cardinal, ordinal
from steadyvoice.workers.text.front_end import spoken


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zéro"),
        (17, "dix-sept"),
        (21, "vingt et un"),
        (71, "soixante et onze"),
        (77, "soixante-dix-sept"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (99, "quatre-vingt-dix-neuf"),
        (100, "cent"),
        (200, "deux cents"),
        (201, "deux cent un"),
        (1000, "mille"),
        (80_000, "quatre-vingt mille"),
        (200_000, "deux cent mille"),
        (1_000_000, "un million"),
        (2 * 10**9, "deux milliards"),
        (10**12, "un billion"),
        (10**33, "un quintilliard"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_the_largest_number() -> None:
    assert cardinal(10**36 - 1).startswith("neuf cent quatre-vingt-dix-neuf quintilliards")


@pytest.mark.parametrize(
    ("value", "said"),
    [(1, "premier"), (4, "quatrième"), (5, "cinquième"), (9, "neuvième"), (21, "vingt et unième"), (1000, "millième")],
)  # fmt: skip
def test_ordinals(value: int, said: str) -> None:
    assert ordinal(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ils étaient 75.", "ils étaient soixante quinze"),
        ("Prix : 12,50 €", "prix douze euros et cinquante centimes"),
        ("1 €", "un euro"),
        ("$5", "cinq dollars"),
        ("21 £", "vingt et une livres"),
        ("-3 €", "moins trois euros"),
        ("1 000 000 €", "un million d'euros"),
        ("3,5 millions €", "trois virgule cinq millions d'euros"),
        ("5-10 €", "cinq à dix euros"),
        ("10 000 habitants", "dix mille habitants"),
        ("1.234", "mille deux cent trente quatre"),
        ("3,14", "trois virgule quatorze"),
        ("0,05", "zéro virgule zéro cinq"),
        ("version 3.10.2", "version trois point dix point deux"),
        ("-5 °C", "moins cinq degrés celsius"),
        ("5 %", "cinq pour cent"),
        ("120 km/h", "cent vingt kilomètres par heure"),
        ("1 km", "un kilomètre"),
        ("20 m²", "vingt mètres carrés"),
        ("16 Go", "seize gigaoctets"),
        ("21 min", "vingt et une minutes"),
        ("À 14h30", "à quatorze heures trente"),
        ("À 14 h 30", "à quatorze heures trente"),
        ("À 1h", "à une heure"),
        ("À 14:05", "à quatorze heures cinq"),
        ("Le 3/4/2025", "le trois avril deux mille vingt cinq"),
        ("Le 1/5/1984", "le premier mai mille neuf cent quatre vingt quatre"),
        ("Le 1 janvier", "le premier janvier"),
        ("Le 1er janvier", "le premier janvier"),
        ("Louis XIV et Napoléon III", "louis quatorze et napoléon trois"),
        ("taille XL, Louis X", "taille xl louis x"),
        ("1/2 kg, 1/2 h, 3/4 l", "un demi kilogramme une demi heure trois quarts de litre"),
        ("1 h 30 min", "une heure trente"),
        ("le 05/03/2024", "le cinq mars deux mille vingt quatre"),
        ("01-23-45-67-89", "zéro un deux trois quatre cinq six sept huit neuf"),
        ("art. 3, p. 12", "article trois page douze"),
        ("le 5è étage", "le cinquième étage"),
        ("les 1ers jours et les 2èmes", "les premiers jours et les deuxièmes"),
        ("au 3º étage, la 1ª", "au troisième étage la première"),
        ("20 ºC", "vingt degrés celsius"),
        ("5ex", "cinq ex"),
        ("2025-12-31", "trente et un décembre deux mille vingt cinq"),
        ("1990-1995", "mille neuf cent quatre vingt dix à mille neuf cent quatre vingt quinze"),
        ("la 1re fois, la 2e, la 3ème", "la première fois la deuxième la troisième"),
        ("XIXe siècle", "dix neuvième siècle"),
        ("Ier arrondissement", "premier arrondissement"),
        ("3/4", "trois quarts"),
        ("1/2", "un demi"),
        ("2 1/3", "deux et un tiers"),
        ("#5", "numéro cinq"),
        ("2 + 2 = 4", "deux plus deux égale quatre"),
        ("Dupont & fils", "dupont et fils"),
        ("anne@example.fr", "anne arobase example point fr"),
        ("01 23 45 67 89", "zéro un deux trois quatre cinq six sept huit neuf"),
        ("M. Martin et Mme Petit", "monsieur martin et madame petit"),
        ("des pommes, des poires, etc.", "des pommes des poires et cetera"),
        ("et/ou", "et ou"),
        ("007", "zéro zéro sept"),
    ],
)
def test_expressions(text: str, said: str) -> None:
    assert words(text, "fr-FR") == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("fr-CH", "75", "septante cinq"),
        ("fr-CH", "81", "huitante et un"),
        ("fr-CH", "99 €", "nonante neuf euros"),
        ("fr-BE", "71", "septante et un"),
        ("fr-BE", "80", "quatre vingts"),
        ("fr-BE", "95 %", "nonante cinq pour cent"),
    ],
)
def test_regions(language: str, text: str, said: str) -> None:
    assert words(text, language) == said


@pytest.mark.parametrize(
    "text",
    [
        "Il fait beau aujourd'hui.",
        "Qu'est-ce que c'est ?",
        "Un mètre, deux litres et une heure.",
        "L'heure du thé.",
        "Elle est allée à la mer, me dit-il.",
        "Peut-être demain.",
        "Le mot non existe ici.",
        "Saint-Étienne et Aix-en-Provence",
        "Le roi Louis.",
        "Vive la France !",
        "Les siècles passent.",
        "Le groupe A joue.",
        "J'ai dit : “oui”.",
        "Il y en a mille.",
        "Mi-mai, mi-juin.",
        "Max et Mia.",
        "Voilà... c'est tout.",
        "Cet homme (le voisin) rit.",
        "Steve lit le livre.",
        "Premier, deuxième et troisième.",
    ],
)
def test_prose_stays(text: str) -> None:
    assert spoken(text, "fr-FR") == text.replace(" ?", "?").replace(" !", "!").replace(" :", ":")
