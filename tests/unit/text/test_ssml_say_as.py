"""Words for ``say-as``, as the front end passes them on to an engine."""

import pytest
from support.ssml import fed

from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.ssml.say_as import said_as


def said(text: str, kind: str, form: str = "", language: str = "en-US") -> str:
    document = f"<speak><say-as interpret-as='{kind}' format='{form}'>{text}</say-as></speak>"
    return " ".join(spoken(segment.text, language) for segment, _ in fed(document))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NHS", "N H S"),
        ("nasa", "N A S A"),
        ("a", "A"),
        ("A1B2", "A one B two"),
        ("12", "one two"),
        ("x-y", "X dash Y"),
        ("a.b", "A dot B"),
        ("me@x.org", "M E at X dot O R G"),
        ("C++", "C plus plus"),
        ("50%", "five zero percent"),
        ("a_b", "A underscore B"),
        ("#1", "hash one"),
        ("AB CD", "A B, C D"),
        ("é", "É"),
        ("I", "I"),
        ("Dr", "D R"),
        ("a/b", "A slash B"),
        ("$5", "dollar five"),
        ("it's", "I T apostrophe S"),
        ("(x)", "left parenthesis X right parenthesis"),
        ("", ""),
    ],
)
def test_characters(text: str, words: str) -> None:
    assert said(text, "characters") == said(text, "spell-out") == said(text, "verbatim") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4071", "four zero seven one"),
        ("0", "zero"),
        ("12 34", "one two three four"),
        ("12-34", "one two three four"),
        ("12, 34", "one two, three four"),
        ("007", "zero zero seven"),
        ("1.5", "one. five"),
        ("AB12", "A B one two"),
        ("１２", "one two"),
        ("1" * 20, " ".join(["one"] * 20)),
    ],
)
def test_digits(text: str, words: str) -> None:
    assert said(text, "digits") == words


@pytest.mark.parametrize("text", ["none", "-", "twelve"])
def test_no_digits_are_said_as_usual(text: str) -> None:
    assert said_as(text, "digits", "", language="en-US") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1234", "one thousand two hundred thirty four"),
        ("1,234", "one thousand two hundred thirty four"),
        ("0", "zero"),
        ("007", "seven"),
        ("-5", "minus five"),
        ("+5", "plus five"),
        ("3.14", "three point one four"),
        (".5", "zero point five"),
        ("1984", "one thousand nine hundred eighty four"),
        ("XIV", "fourteen"),
        ("IX", "nine"),
        ("1,000,000", "one million"),
    ],
)
def test_cardinals(text: str, words: str) -> None:
    assert said(text, "cardinal") == said(text, "number") == words


@pytest.mark.parametrize("text", ["1,23", "abc", "1 2", "", "1.2.3", "--1", "VIM"])
def test_what_is_no_number_is_said_as_usual(text: str) -> None:
    assert said_as(text, "cardinal", "", language="en-US") is None
    assert said_as(text, "ordinal", "", language="en-US") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1", "first"),
        ("2", "second"),
        ("3rd", "third"),
        ("21", "twenty first"),
        ("100", "one hundredth"),
        ("1,000", "one thousandth"),
        ("0", "zeroth"),
        ("12th", "twelfth"),
        ("XXI", "twenty first"),
        ("40", "fortieth"),
    ],
)
def test_ordinals(text: str, words: str) -> None:
    assert said(text, "ordinal") == said(text, "number", "ordinal") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("555-0123", "five five five, zero one two three"),
        ("(202) 555-0123", "two zero two, five five five, zero one two three"),
        ("+1 202 555 0123", "plus one, two zero two, five five five, zero one two three"),
        ("911", "nine one one"),
        ("1-800-FLY", "one, eight zero zero, F L Y"),
        ("555 0123 ext 7", "five five five, zero one two three, extension seven"),
        ("555.0123x7", "five five five, zero one two three, extension seven"),
        ("0207", "zero two zero seven"),
    ],
)
def test_telephone(text: str, words: str) -> None:
    assert said(text, "telephone") == words


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("3/4/2025", "mdy", "March fourth, twenty twenty five"),
        ("3/4/2025", "dmy", "April third, twenty twenty five"),
        ("2025-03-04", "ymd", "March fourth, twenty twenty five"),
        ("20250304", "ymd", "March fourth, twenty twenty five"),
        ("20250304", "", "March fourth, twenty twenty five"),
        ("03/04", "md", "March fourth"),
        ("03/04", "dm", "April third"),
        ("3/2025", "my", "March twenty twenty five"),
        ("2025-03", "ym", "March twenty twenty five"),
        ("4", "d", "fourth"),
        ("3", "m", "March"),
        ("1984", "y", "nineteen eighty four"),
        ("4 Mar 2025", "dmy", "March fourth, twenty twenty five"),
        ("March 4 2025", "mdy", "March fourth, twenty twenty five"),
        ("1/1/99", "mdy", "January first, nineteen ninety nine"),
    ],
)
def test_dates(text: str, form: str, words: str) -> None:
    assert said(text, "date", form) == words


def test_a_british_date() -> None:
    assert said("3/4/2025", "date", "dmy", "en-GB") == "April third, twenty twenty five"  # of the feed's language
    assert said_as("3/4/2025", "date", "dmy", language="en-GB") == "the third of April, twenty twenty five"


@pytest.mark.parametrize(
    ("text", "form"),
    [("13/13/2025", "mdy"), ("tomorrow", "mdy"), ("3/4", "mdy"), ("3/4/2025", "xyz"), ("3/4/2025", "")],
)
def test_what_is_no_date_is_said_as_usual(text: str, form: str) -> None:
    assert said_as(text, "date", form, language="en-US") is None


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("9:30", "", "nine thirty"),
        ("9:30", "hms12", "nine thirty A M"),
        ("14:05", "hms12", "two oh five P M"),
        ("14:05", "hms24", "fourteen oh five"),
        ("9:30am", "", "nine thirty A M"),
        ("9pm", "", "nine P M"),
        ("0:15", "", "zero fifteen"),
        ("09:30:05", "", "nine thirty and five seconds"),
        ("5:00", "", "five o'clock"),
    ],
)
def test_times(text: str, form: str, words: str) -> None:
    assert said(text, "time", form) == words


@pytest.mark.parametrize("text", ["noon", "9", "25:00", "9:70", ""])
def test_what_is_no_time_is_said_as_usual(text: str) -> None:
    assert said_as(text, "time", "", language="en-US") is None


@pytest.mark.parametrize("kind", ["expletive", "address", "unit", "currency", "name", "", "DIGITS!"])
def test_other_kinds_are_said_as_usual(kind: str) -> None:
    assert said_as("12", kind, "", language="en-US") is None


def test_another_language_has_letters_and_digits_only() -> None:
    assert said_as("a1", "characters", "", language="de-DE") == "A 1"
    assert said_as("123", "digits", "", language="de-DE") == "1 2 3"
    assert said_as("123", "cardinal", "", language="de-DE") is None
