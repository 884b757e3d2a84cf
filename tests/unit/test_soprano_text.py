"""The text that Soprano receives."""

import pytest

from steadyvoice.workers.engines.soprano.text import MAX_CHARS, pieces, prepared


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hello there.", "hello there."),
        ("Hello", "hello."),
        ("Wait... what?!!", "wait... what?"),
        ("Stop!! Now!", "stop! now!"),
        ("Dr. Smith paid $3.50.", "doctor smith paid three dollars, fifty cents."),
        ("Mr. and Mrs. Jones", "mister and misess jones."),
        ("at 7:30 pm, on the 3rd", "at seven thirty p m, on the third."),
        ("In 1999 and 2005", "in nineteen ninety-nine and two thousand five."),
        ("the 1990s and 1,999 more", "the nineteen nineties and one thousand, nine hundred ninety-nine more."),
        (
            "£1,234.56 or 12% more",
            "one thousand, two hundred thirty-four pounds, fifty-six pence or twelve percent more.",
        ),
        ("$1, $0.27, $1.005", "one dollar, twenty-seven cents, one point zero zero five dollars."),
        ("2.5 million, 50k, -5", "two point five million, fifty thousand, minus five."),
        ("version 1.2.3", "version one point two point three."),
        ("1st, 22nd, 101st", "first, twenty-second, one hundred first."),
        ("7" * 40, " ".join(["seven"] * 40) + "."),
        ("the CPU's TTS and URLs", "the c p u's t t s and u r l's."),
        ("in the U.S.A. today", "in the u s a today."),
        ("see example.com/a_b", "see example dot com slash a b."),
        ("myCamelCase, 3x", "my camel case, three x."),
        ("Café naïve Straße — “quoted” text…", "cafe naive strasse, quoted text..."),
        ("I'm rock-'n'-roll (really) 'so'", "i'm rock n roll, really, so."),
        ("aaaaaah nooooo!!!", "aah noo!"),
        ("[STOP] [TEXT]x[START]", "stop, text, x, start."),
        ("x\u00b2 \u2460", "x squared one."),
        ("\u0661\u0662\u0663", "one hundred twenty-three."),
    ],
)
def test_a_text_is_read(text: str, read: str) -> None:
    assert list(pieces(text, more=False)) == [read]


@pytest.mark.parametrize("text", ["", " ", "!!!", "...", "\u65e5\u672c\u8a9e", "\U0001f600", "'-'"])
def test_unreadable_text_is_left_out(text: str) -> None:
    assert list(pieces(text, more=False)) == []


@pytest.mark.parametrize(
    ("text", "read"), [("Well", "well,"), ("Well,", "well,"), ("Well;", "well,"), ("Really?", "really?")]
)
def test_a_clause_ends_with_a_comma(text: str, read: str) -> None:
    assert list(pieces(text, more=True)) == [read]


@pytest.mark.parametrize(
    "text", ["one two three four " * 40, "A short sentence. " * 40, "first, second, " * 40, "ab" * 500, "999,999 " * 30]
)
def test_long_text_is_cut_and_nothing_lost(text: str) -> None:
    got = list(pieces(text, more=False))
    assert all(0 < len(piece) <= MAX_CHARS for piece in got)
    assert all(piece[-1] in ".!?," for piece in got)
    assert got[-1][-1] == "."
    assert _letters("".join(got)) == _letters(prepared(text))


def test_a_cut_is_at_a_sentence_if_there_is_one() -> None:
    assert next(pieces("A sentence, of two. " * 30, more=False)).endswith("two.")


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))
