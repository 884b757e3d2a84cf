"""Markdown and mail at the beginning of a line, as segments: each block is one of its own."""

import pytest
from support.markup import segments, shown

LONG = "The first line of this paragraph is long enough that it was wrapped"
HEADINGS = [
    ("# Heading\nText", ["Heading", "Text"]),
    ("## Second heading", ["Second heading"]),
    ("###### Sixth\nText", ["Sixth", "Text"]),
    ("### 3. Results\nText", ["3. Results", "Text"]),
    ("## Closed ##\nText", ["Closed", "Text"]),
    (f"# {LONG}\nText", [LONG, "Text"]),
    (f"{LONG}\n# Heading", [LONG, "Heading"]),
    ("  ## Indented\nText", ["Indented", "Text"]),
    ("# **Bold** heading\nText", ["Bold heading", "Text"]),
    ("Title\n=====\nText", ["Title", "Text"]),
    ("Title\n-----\nText", ["Title", "Text"]),
    (f"{LONG}\n---\nText", [LONG, "Text"]),
    ("# C# and F#\nText", ["C# and F#", "Text"]),
    ("# Unclosed *emphasis\nText* here", ["Unclosed *emphasis", "Text* here"]),
    ("#\nText", ["Text"]),
]
LISTS = [
    ("- one\n- two\n- three", ["one", "two", "three"]),
    ("* one\n* two", ["one", "two"]),
    ("+ one\n+ two", ["one", "two"]),
    ("• one\n• two", ["one", "two"]),
    ("1. Install\n2. Run", ["1. Install", "2. Run"]),
    ("1) Install\n2) Run", ["1) Install", "2) Run"]),
    ("- one\n  - nested\n    * deep\n- two", ["one", "nested", "deep", "two"]),
    ("- [ ] Open\n- [x] Closed\n- [X] Too", ["Open", "done: Closed", "done: Too"]),
    ("1. [ ] Open\n2. [x] Closed", ["1. Open", "2. done: Closed"]),
    (f"- {LONG}\n- two", [LONG, "two"]),
    (f"- {LONG}\n  over lines\n- two", [f"{LONG} over lines", "two"]),
    ("- **Bold:** text\n- `code`", ["Bold: text", "code"]),
    ("Text:\n\n- one\n\n- two\n\nEnd", ["Text:", "one", "two", "End"]),
    ("1. First:\n   - inner\n2. Second", ["1. First:", "inner", "2. Second"]),
    ("-\tone\n-\ttwo", ["one", "two"]),
    ("- [link](u.v) one\n- [aside] two", ["link one", "[aside] two"]),
    ("* *emphasis* item\n* two", ["emphasis item", "two"]),
]
QUOTES = [
    (f"> {LONG}\n> and goes on.", [f"{LONG} and goes on."]),
    ("> One.\n>\n> Two.", ["One.", "Two."]),
    (f"> {LONG}\n\nReply", [LONG, "Reply"]),
    (f"> {LONG}\nReply", [LONG, "Reply"]),
    (f">> {LONG}\n> {LONG}\nReply", [LONG, LONG, "Reply"]),
    (f"> > {LONG}\n> > and goes on", [f"{LONG} and goes on"]),
    ("> - one\n> - two", ["one", "two"]),
    ("> # Heading\n> Text", ["Heading", "Text"]),
    (">One\n>Two", ["One", "Two"]),
    ("On Monday Ann wrote:\n> Hello\nYes", ["On Monday Ann wrote:", "Hello", "Yes"]),
    (f"{LONG}\n-- \nAnn", [LONG, "Ann"]),
    ("> ```py\n> x\n> ```\n> Text", ["python code omitted.", "Text"]),
    ("> > > deep", ["deep"]),
    ("> ```py\n> x\n\nReply", ["python code omitted.", "Reply"]),
]
TABLES = [
    ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nText", ["a, b", "1, 2", "3, 4", "Text"]),
    ("|a|b|\n|:--|--:|\n|1|2|", ["a, b", "1, 2"]),
    ("a | b\n--- | ---\n1 | 2\n\nx | y", ["a | b", "1, 2", "x | y"]),
    ("| a | | c |\n|---|---|---|\n| 1 |  | 3 |", ["a, c", "1, 3"]),
    (f"T.\n\n| {LONG} | b |\n|---|---|\n| 1 | 2 |", ["T.", f"{LONG}, b", "1, 2"]),
    ("| **a** | `b` |\n|---|---|\n| [x](u.v) | 2 |", ["a, b", "x, 2"]),
    ("| a \\| b | c |\n|---|---|\n", ["a | b, c"]),
    ("Text\n\n| a | b |\n| - | - |\n| 1 | 2 |\nText", ["Text", "a, b", "1, 2", "Text"]),
    ("  | a | b |\n  |---|---|\n  | 1 | 2 |", ["a, b", "1, 2"]),
    ("| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n", ["a, b", "1, 2"]),
]
RULES = [
    (f"{LONG}\n\n---\n\nText", [LONG, "Text"]),
    ("One\n***\nTwo", ["One", "Two"]),
    ("One\n* * *\nTwo", ["One", "Two"]),
    ("One\n___\nTwo", ["One", "Two"]),
    (f"{LONG}\n==========\nTwo", [LONG, "Two"]),
    (f"{LONG}\n~~~~~~~~~~\nTwo", [LONG, "Two"]),
    ("One\n+---+---+\n", ["One"]),
]
FENCES = [
    ("Run:\n```python\nx = 1\n\ny = 2\n```\nDone.", ["Run:", "python code omitted.", "Done."]),
    ("```\nx\n```\nDone.", ["code omitted.", "Done."]),
    ("~~~js\nx\n~~~\nDone.", ["JavaScript code omitted.", "Done."]),
    ("````md\n```\nx\n```\n````\nDone.", ["markdown code omitted.", "Done."]),
    ("```markdown\n```py\nx\n```\n```\nDone.", ["markdown code omitted.", "Done."]),
    ("```sh\n$ make\n~~~\n```\nDone.", ["shell code omitted.", "Done."]),
    ("1. Run\n   ```c\n   x\n   ```\n2. End", ["1. Run", "c code omitted.", "2. End"]),
    ('```python title="a.py"\nx\n```\nDone.', ["python code omitted.", "Done."]),
    ("```text\nx\n```\nDone.", ["code omitted.", "Done."]),
    ("```py\nnever ends. Really.", ["python code omitted."]),
    ("```py\n```", ["python code omitted."]),
    ("```c++\r\nx\r\n```\r\nDone.", ["C++ code omitted.", "Done."]),
    ("```py\n# no heading\n- no item\n```\n- item", ["python code omitted.", "item"]),
]
DEFINITIONS = [
    ("[ref]: http://example.org/x\nText", ["Text"]),
    ('[ref]: <http://example.org> "A title"\nText', ["Text"]),
    ("[a b]: /path/to 'T'\nText", ["Text"]),
    ("[ref]: example.org", []),
    ("Text.[^1]\n\n[^1]: A note.\n[^b]: Another.", ["Text.", "A note.", "Another."]),
]
KEPT = [
    "#hashtag and #1",
    "# of pages: 5",
    "####### seven",
    "C# is a language",
    "-5 degrees",
    "- ",
    "10 - 3",
    "1.5 litres",
    "2024. A year",
    "--option",
    "-- an aside",
    "*.txt",
    ">= 5",
    ">5 items",
    "->",
    "|x| is positive",
    "a | b",
    "| pipe alone",
    "= 5",
    "==",
    "[Anna]: Hello there",
    "[Anna]: Hello.",
    "[3/12]: Building",
    "`` two",
    "   indented text",
    "~~~~~~ a ~",
    "Text\nwith - a dash\nand 1. a number",
    "— Yes, he said.",
    "+49 30 1234",
    ": colon",
]


@pytest.mark.parametrize(
    ("text", "expected"), HEADINGS + LISTS + QUOTES + TABLES + RULES + FENCES + DEFINITIONS
)  # fmt: skip
def test_blocks(text: str, expected: list[str]) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_other_lines_are_kept(text: str) -> None:
    assert shown(text) == text
    assert shown(f"Before.\n{text}\nAfter.") == f"Before.\n{text}\nAfter."
