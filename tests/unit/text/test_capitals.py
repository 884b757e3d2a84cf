"""Words in capitals, single letters."""

import pytest

from steadyvoice.workers.text.english import capitals
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.rules import RuleSet
from steadyvoice.workers.text.traced import Traced


def said(text: str) -> str:
    return str(spoken(text, "en-US"))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("the NHS and the FBI", "the N H S and the F B I"),
        ("HTML for the CEO", "H T M L for the C E O"),
        ("NASA and NATO", "NASA and NATO"),
        ("a LASER with RAM", "a LASER with RAM"),
        ("my PIN, a JPEG", "my PIN, a JPEG"),
        ("STOP right there", "STOP right there"),
        ("IMPORTANT NOTICE", "important notice"),
        ("DO NOT ENTER", "do not enter"),
        ("I said NO", "I said no"),
        ("FRANZ HOLT: THE FIFTH TRIO", "franz holt: the fifth trio"),
        ("THE HAYDN HOUSE", "the haydn HOUSE"),
        ("THE FBI AND IEEE RULES", "the F B I and I E E E RULES"),
        ("THE HTML CLASS", "the H T M L CLASS"),
        ("my GMAIL and Gmail", "my GMAIL and Gmail"),
        ("THE FBI IS HERE", "the F B I is here"),
        ("CONTACT US", "CONTACT us"),
        ("the US army", "the U S army"),
        ("our IT team", "our I T team"),
        ("IT IS TIME", "it is time"),
        ("AI and UK", "A I and U K"),
        ("the WHO warns", "the W H O warns"),
        ("WHO is it?", "who is it?"),
        ("I LOVE NY", "I love N Y"),
        ("straight As, all Bs", "straight A's, all B's"),
        ("an A- or a B+", "an A minus or a B plus"),
        ("many PCs", "many P C's"),
        ("CPUs and IDs", "C P U's and I D's"),
        ("the API's limit", "the A P I's limit"),
        ("NASA's plan", "NASA's plan"),
        ("a USB-C port", "a U S B-C port"),
        ("R&D", "R and D"),
        ("AT&T", "A T and T"),
        ("NASA/ESA, READ/WRITE and AND/OR", "NASA E S A, read write and and or"),
        ("TCP/IP", "T C P I P"),
        ("a PhD", "a P H D"),
        ("C++ and C#", "C plus plus and C sharp"),
        ("I DON'T KNOW", "I don't know"),
        ("SSH, TLS and XML", "S S H, T L S and X M L"),
        ("WOW! NOOOO! HAHAHA", "wow! noooo! hahaha"),
        ("HMM, SIGN the DEBT", "hmm, sign the DEBT"),
        ("WARNING", "WARNING"),
        ("I am NOT going", "I am not going"),
    ],
)
def test_capitals(text: str, reading: str) -> None:
    assert said(text) == reading


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a", [0]),
        ("A", [0]),
        ("A.", [0]),
        ("vitamin A", [8]),
        ("Plan A is best", [5]),
        ("the letter a here", [11]),
        ("an A in maths", [3]),
        ("A or B", [0]),
        ("from A to Z", [5]),
        ("A, B, and C", [0]),
        ("a, b and c", [0]),
        ("point A and", [6]),
        ("'a'", [1]),
        ("a) first", [0]),
        ("group A streptococci", [6]),
        ("A is for apple", [0]),
        ("A's and B's", [0]),
        ("a NASA", []),
        ("Let a = 5", [4]),
        ("A cat", []),
        ("plan a trip", []),
        ("It is a cat", []),
        ("Once Upon A Time", []),
        ("THIS IS A TEST", []),
        ("Make A Wish", []),
        ("a, uh, cat", []),
        ("Such a ... cat", []),
        ('"A cat," he said', []),
        ("What a day!", []),
        ("a-ha", []),
        ("Give me a B", []),
    ],
)
def test_the_letter_a(text: str, at: list[int]) -> None:
    assert [pronunciation.start for pronunciation in spoken(text, "en-US").pronunciations] == at


@pytest.mark.parametrize(
    "text",
    [
        "iOS", "macOS", "GitHub", "PostgreSQL", "nginx", "I am", "don't", "it's", "He's", "World War II", "Henry VIII",
        "O'Brien", "o'clock", "x-ray", "Mr", "Hello", "eBay", "McDonald", "Ms", "As it is", "Is it", "Us two", "i am",
        "the cat", "Y yo", "José", "we'd", "rock 'n' roll", "O Lord", "III", "YouTube", "LaTeX",
    ],
)  # fmt: skip
def test_no_capitals(text: str) -> None:
    assert RuleSet(capitals.RULES).apply(Traced.of(text)) == text


def test_time_is_linear() -> None:
    for text in ("A " * 140, "AB " * 93, "A&" * 140, "A" * 280, "A'" * 140, "DON'T " * 46, "a/" * 140):
        RuleSet(capitals.RULES).apply(Traced.of(text))
