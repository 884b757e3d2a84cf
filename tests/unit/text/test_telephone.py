"""Telephone numbers, numbers of payment cards and of social security."""

import pytest
from support.reading import words

from steadyvoice.workers.text.english import telephone
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("(212) 867-0142", "two one two eight six seven zero one four two"),
        ("Call (555) 123-4567 now.", "call five five five one two three four five six seven now"),
        ("(134) 867-0142", "one three four eight six seven zero one four two"),
        ("(098)-867-0142.", "zero nine eight eight six seven zero one four two"),
        ("Call (098) 867 0142", "call zero nine eight eight six seven zero one four two"),
        ("1 (800) 555-0142", "one eight hundred five five five zero one four two"),
        ("(900)555-0142", "nine hundred five five five zero one four two"),
        ("888-555-0142", "eight eight eight five five five zero one four two"),
        ("212-800-0142", "two one two eight zero zero zero one four two"),
        ("Call 8005550142", "call eight hundred five five five zero one four two"),
        ("1-800-GO-B-FAST", "one eight hundred go b fast"),
        ("1-888-NO-1-WINS!", "one eight eight eight no one wins"),
        ("1-800-A-PLUMBER", "one eight hundred a plumber"),
        ("1-800-Flowers", "one eight hundred flowers"),
        ("(1-877-4-SUNNY-D)", "one eight seven seven four sunny d"),
        ("800-FLOWERS", "eight hundred flowers"),
        ("212-867-0142.", "two one two eight six seven zero one four two"),
        ("212.867.0142", "two one two eight six seven zero one four two"),
        ("212 867 0142", "two one two eight six seven zero one four two"),
        ("+1-800-555-0123", "plus one eight hundred five five five zero one two three"),
        ("1-800-555-0123", "one eight hundred five five five zero one two three"),
        ("+44 20 7946 0123", "plus four four two zero seven nine four six zero one two three"),
        ("+4915112345678", "plus four nine one five one one two three four five six seven eight"),
        ("+49 (0)30 123456", "plus four nine zero three zero one two three four five six"),
        ("020 7946 0123", "zero two zero seven nine four six zero one two three"),
        ("(01632) 960123", "zero one six three two nine six zero one two three"),
        ("07700 900123", "zero seven seven zero zero nine zero zero one two three"),
        ("01 23 45 67 89", "zero one two three four five six seven eight nine"),
        ("1-800-FLOWERS", "one eight hundred flowers"),
        ("1-800-GO-TRAIN", "one eight hundred go train"),
        ("1-888-GET-HELP", "one eight eight eight get help"),
        ("555-0123", "five five five zero one two three"),
        ("My phone number is 867-5309", "my phone number is eight six seven five three zero nine"),
        ("212-867-0142 ext. 12", "two one two eight six seven zero one four two extension one two"),
        ("212-867-0142 x12", "two one two eight six seven zero one four two extension one two"),
        ("ext. 12", "extension one two"),
        ("Dial 911!", "dial nine one one"),
        ("They called 999 at once", "they called nine nine nine at once"),
        ("the 911 operator", "the nine one one operator"),
        ("Call 2128670142", "call two one two eight six seven zero one four two"),
        ("4111 1111 1111 1234", "four one one one one one one one one one one one one two three four"),
        ("3782-822463-10005", "three seven eight two eight two two four six three one zero zero zero five"),
        ("123-45-6789", "one two three four five six seven eight nine"),
    ],
)
def test_numbers(text: str, reading: str) -> None:
    assert words(text) == reading


def test_groups_are_apart() -> None:
    assert spoken("212-867-0142", "en-US") == "two one two, eight six seven, zero one four two"


@pytest.mark.parametrize(
    "text",
    [
        "a Porsche 911", "911 people", "500-1000 people", "pages 300-1200", "1990-1995", "2024-05-06", "10-20",
        "100,000", "10 000 people", "1 000 000 stars", "123 456 789", "3.14", "+5 degrees", "+5%", "+1", "2 + 2",
        "10:30", "1234567", "2128670142 cells", "call 112 people", "9/11", "call 100 friends",
        "extend 5", "text", "4-4-2",
        "in 999 BC", "1-800", "0.5", "007", "1 500 2000", "an 800-page book",
        "800-meters", "a 1-800 number", "1-800-A", "888-B", "an 800-Meter Race", "(134) cells", "(100) 200-300",
        "(12) 345-6789", "(100) 2000-3000", "2019 2020", "$555-1234", "(1999)", "(555)", "ext",
    ],
)  # fmt: skip
def test_no_number(text: str) -> None:
    assert RuleSet(telephone.RULES).apply(Traced.of(text)) == text


def test_time_is_linear() -> None:
    for text in ("1 " * 140, "+1" * 140, "(2" * 140, "0-" * 140, "call " * 56, "800-" * 70, "12 " * 90):
        RuleSet(telephone.RULES).apply(Traced.of(text))
