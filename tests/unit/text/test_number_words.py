"""Numbers in words."""

import pytest

from steadyvoice.workers.text.english import number_words


@pytest.mark.parametrize(
    ("digits", "cardinal", "ordinal"),
    [
        ("0", "zero", "zeroth"),
        ("1", "one", "first"),
        ("12", "twelve", "twelfth"),
        ("19", "nineteen", "nineteenth"),
        ("20", "twenty", "twentieth"),
        ("21", "twenty one", "twenty first"),
        ("100", "one hundred", "one hundredth"),
        ("103", "one hundred three", "one hundred third"),
        ("1000", "one thousand", "one thousandth"),
        ("1234567", "one million two hundred thirty four thousand five hundred sixty seven", None),
        ("1000000", "one million", "one millionth"),
        ("1" + "0" * 33, "one decillion", "one decillionth"),
        ("9" * 37, " ".join(["nine"] * 37), None),
        ("007", "zero zero seven", None),
    ],
)
def test_cardinals_and_ordinals(digits: str, cardinal: str, ordinal: str | None) -> None:
    assert number_words.cardinal(digits) == cardinal
    if ordinal:
        assert number_words.ordinal(digits) == ordinal


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("1984", "nineteen eighty four"),
        ("1906", "nineteen oh six"),
        ("1900", "nineteen hundred"),
        ("2000", "two thousand"),
        ("2005", "two thousand five"),
        ("2010", "twenty ten"),
        ("1066", "ten sixty six"),
        ("476", "four hundred seventy six"),
    ],
)
def test_years(digits: str, words: str) -> None:
    assert number_words.year(digits) == words


@pytest.mark.parametrize(
    ("word", "plural"),
    [("twenty", "twenties"), ("six", "sixes"), ("inch", "inches"), ("day", "days"), ("mile", "miles")],
)
def test_plurals(word: str, plural: str) -> None:
    assert number_words.plural(word) == plural
