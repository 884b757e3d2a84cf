"""Numbers of four digits: years, and numbers that only look like years."""

import pytest
from support.reading import words

YEARS = [
    ("1987", "nineteen eighty seven"),
    ("1234", "twelve thirty four"),
    ("1500", "fifteen hundred"),
    ("2005", "two thousand five"),
    ("2036", "twenty thirty six"),
    ("1903.", "nineteen oh three"),
    ("Leeds: Hill and Sons, 1931.", "leeds hill and sons nineteen thirty one"),
    ("1641: A Year of War", "sixteen forty one a year of war"),
    ("1978 World Chess Prize", "nineteen seventy eight world chess prize"),
    ('"1978 World Chess Prize"', "nineteen seventy eight world chess prize"),
    ("Moore, T. R. 1873.", "moore t r eighteen seventy three"),
    ("built around 1746", "built around seventeen forty six"),
    ("around 1600 it burned", "around sixteen hundred it burned"),
    ("up to 1812", "up to eighteen twelve"),
    ("1713 and 1714.", "seventeen thirteen and seventeen fourteen"),
    ("the census of 1421 (2042)", "the census of fourteen twenty one twenty forty two"),
    ("Miller 1879, and others", "miller eighteen seventy nine and others"),
    ("from 812 to 1304", "from eight hundred twelve to thirteen oh four"),
    ("a lawyer (b. 1962)", "a lawyer b nineteen sixty two"),
    ("In 1789 riots broke out", "in seventeen eighty nine riots broke out"),
    ("the 1934 / 1935 season", "the nineteen thirty four slash nineteen thirty five season"),
    ("the 1848 revolutions", "the eighteen forty eight revolutions"),
    ("By the 1851 census, it grew", "by the eighteen fifty one census it grew"),
    ("Rome, 1600-1650, 1931.", "rome sixteen hundred to sixteen fifty nineteen thirty one"),
    ("two 1996 comedies", "two nineteen ninety six comedies"),
    ("1984 marks the start", "nineteen eighty four marks the start"),
]
NUMBERS = [
    ("1234 people", "one thousand two hundred thirty four people"),
    ("1500 meters", "one thousand five hundred meters"),
    ("around 1500 people came", "around one thousand five hundred people came"),
    ("1800 registered users", "one thousand eight hundred registered users"),
    ("1984 songs", "one thousand nine hundred eighty four songs"),
    ("a 1500 meter race", "a one thousand five hundred meter race"),
    ("1200 square feet", "one thousand two hundred square feet"),
    ("The total is 1984.", "the total is one thousand nine hundred eighty four"),
    ("Count: 1750", "count one thousand seven hundred fifty"),
    ("error 1205", "error one thousand two hundred five"),
    ("The code was 1907.", "the code was one thousand nine hundred seven"),
    ("a population of 1850", "a population of one thousand eight hundred fifty"),
    ("1984 + 1", "one thousand nine hundred eighty four plus one"),
    ("40 + 1984", "forty plus one thousand nine hundred eighty four"),
    ("x = 1999", "x equals one thousand nine hundred ninety nine"),
    ("We lost 1500 of them.", "we lost one thousand five hundred of them"),
    ("1100 per day", "one thousand one hundred per day"),
    ("more than 1900", "more than one thousand nine hundred"),
    ("128, 512, 2048", "one hundred twenty eight five hundred twelve two thousand forty eight"),
    ("1,987", "one thousand nine hundred eighty seven"),
    ("see § 1944", "see section one thousand nine hundred forty four"),
    ("pp. 1200-1300", "pages one thousand two hundred to one thousand three hundred"),
    ("Another 1200 died", "another one thousand two hundred died"),
    ("1024", "one thousand twenty four"),
    ("3500", "three thousand five hundred"),
    ("-1987", "minus one thousand nine hundred eighty seven"),
    ("a 1500-page book", "a one thousand five hundred page book"),
    ("$1987", "one thousand nine hundred eighty seven dollars"),
    ("1987 km", "one thousand nine hundred eighty seven kilometers"),
    ("1700 were sold", "one thousand seven hundred were sold"),
    ("fewer than 1100", "fewer than one thousand one hundred"),
    ("it weighs 1500", "it weighs one thousand five hundred"),
]


@pytest.mark.parametrize(("text", "reading"), [*YEARS, *NUMBERS])
def test_reading(text: str, reading: str) -> None:
    assert words(text) == reading
