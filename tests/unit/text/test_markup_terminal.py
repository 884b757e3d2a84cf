"""Control sequences, carriage returns and backspaces."""

import pytest
from support.markup import segments, shown

SEQUENCES = [
    ("\x1b[31mError\x1b[0m: no file", "Error: no file"),
    ("\x1b[1;32mPassed\x1b[0m all", "Passed all"),
    ("\x1b[38;2;1;2;3mRGB\x1b[m", "RGB"),
    ("\x1b[38:5:9mIndexed\x1b[m", "Indexed"),
    ("\x1b[2K\x1b[1GLoading done", "Loading done"),
    ("\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor"),
    ("\x1b[!pReset", "Reset"),
    ("\x1b]0;a title\x07Text", "Text"),
    ("\x1b]2;a title\x1b\\Text", "Text"),
    ("\x1b]8;;http://x.y\x1b\\link\x1b]8;;\x1b\\ text", "link text"),
    ("\x1b]8;id=1;http://x.y\x07link\x1b]8;;\x07 text", "link text"),
    ("\x1b(B\x1b)0Text", "Text"),
    ("\x1b7save\x1b8restore", "saverestore"),
    ("\x1b=\x1b>keys", "keys"),
    ("\x1bP1$r0m\x1b\\Text", "Text"),
    ("one\x1b[5Ctwo", "one two"),
    ("one\x1b[20Gtwo", "one two"),
    ("one\x1b[3;1Htwo", "one\ntwo"),
    ("one\x1b[Btwo", "one\ntwo"),
    ("\x1b[1m**bold**\x1b[0m", "bold"),
    ("\x1b[32m# Heading\x1b[0m", "Heading"),
    ("w\x1b[1mo\x1b[0mrd", "word"),
]
KEPT = ["[31m without escape", "a [0m b", "]0;title", "\x1b", "\x1b[31", "\x1b]0;no end\nText", "(B", "10% of 20%"]
PROGRESS = [
    ("10%\r20%\r30%\r\nDone.\n", ["30%", "Done."]),
    ("\r10%\r20%\rAll done\n", ["All done"]),
    ("\r 1/3\r 2/3\r 3/3 ready", ["3/3 ready"]),
    ("\x1b[1G10%\x1b[1G20%\x1b[1GReady\n", ["Ready"]),
    ("Windows\r\nlines\r\n", ["Windows", "lines"]),
    ("Doubled\r\r\nlines\r\r\n", ["Doubled", "lines"]),
    ("100%\r", ["100%"]),
    ("\r100%\r   \r\nNext", ["100%", "Next"]),
    ("\rone\rtwo\n\rthree\rfour\n", ["two", "four"]),
]


@pytest.mark.parametrize(("text", "expected"), SEQUENCES)
def test_sequences_are_not_said(text: str, expected: str) -> None:
    assert shown(text).strip() == expected


@pytest.mark.parametrize("text", KEPT)
def test_other_text_is_kept(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(("text", "expected"), PROGRESS)
def test_what_was_overwritten_after_a_return_is_not_said(text: str, expected: list[str]) -> None:
    assert segments(text) == expected


def test_a_mark_comes_out_so_that_a_line_not_spoken_yet_can_be_dropped() -> None:
    assert shown("10%\r20%\r30%\n") == "10% \x1830%\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N\bNA\bAM\bME\bE", "NAME"),
        ("_\bn_\ba_\bm_\be", "name"),
        ("n\b_a\b_", "na"),
        ("teh\b\bhe", "teh\b\bhe"),
        ("a\b", "a\b"),
    ],
)
def test_backspaces(text: str, expected: str) -> None:
    assert shown(text) == expected
