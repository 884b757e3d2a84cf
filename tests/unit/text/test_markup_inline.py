"""Markdown inside a line."""

import pytest
from support.markup import shown

EMPHASIS = [
    ("This is *new* text.", "This is new text."),
    ("This is **bold** text.", "This is bold text."),
    ("This is ***both*** here.", "This is both here."),
    ("This is _new_ text.", "This is new text."),
    ("This is __bold__ text.", "This is bold text."),
    ("We want ~~old~~ new shoes.", "We want old new shoes."),
    ("**Note:** save first.", "Note: save first."),
    ("**Step 1.** Open it. **Step 2.** Close it.", "Step 1. Open it. Step 2. Close it."),
    ("It is (*almost*) done.", "It is (almost) done."),
    ('He said "*no*".', 'He said "no".'),
    ("**bold with *italic* inside**", "bold with italic inside"),
    ("*italic with **bold** inside*", "italic with bold inside"),
    ("**bold then *italic***", "bold then italic"),
    ("_**mixed**_ marks", "mixed marks"),
    ("**First sentence. Second one.** Third.", "First sentence. Second one. Third."),
    ("**two\nlines** here", "two\nlines here"),
    ("**über** und *ärgerlich*", "über und ärgerlich"),
    ("这是**重点**内容", "这是重点内容"),
    ("**`code`** in bold", "code in bold"),
    ("**[guide](/x/)** in bold", "guide in bold"),
    ("*Bold*, _both_; **end**!", "Bold, both; end!"),
    ("It costs **$5** or **-3**.", "It costs $5 or -3."),
    ("**" + "long words " * 20 + "end** after", "long words " * 20 + "end after"),
]
NO_EMPHASIS = [
    "7 * 8 = 56",
    "2*3*4",
    "2 ** 3 and 2**3**4",
    "a snake_case_name here",
    "copy *.txt and *.md",
    "copy **/*.py there",
    "a * lone asterisk",
    "Prices* without tax",
    "*Prices exclude tax.",
    "call f(*args, **kwargs)",
    "int *a, *b;",
    "five ***** stars",
    "~5 and ~6 or ~/bin~",
    "about ~ five",
    "_private and MAX_SIZE",
    "**no end here\n\nNew paragraph** here",
    "fill in ____ here",
    "what the f*** is it",
    "/* a comment */",
    "a~~b~~c",
]
CODE = [
    ("Run `make` now.", "Run make now."),
    ("Run `a*b*c` now.", "Run a*b*c now."),
    ("The `<div>` element", "The <div> element"),
    ("The `&amp;` entity", "The &amp; entity"),
    ("Use ``a`b`` here.", "Use a`b here."),
    ("`snake_case` and `__init__`", "snake_case and __init__"),
    ("`one` `two`", "one two"),
    ("(`x`)", "(x)"),
    ("`[a](b)` is a link", "[a](b) is a link"),
    ("`\\*` is an asterisk", "\\* is an asterisk"),
    ("`over\nlines` here", "over\nlines here"),
    ("Use ```inline``` too.", "Use inline too."),
    ("`*args` and `**kwargs`", "*args and **kwargs"),
]
NO_CODE = [
    "a lone ` backtick",
    "the `quoted' word",
    "ends with `",
    "`no\n\nend` here",
    "`" + "x" * 300 + "`",
    "five ````` of them",
]
LINKS = [
    ("Read [the guide](/install/) first.", "Read the guide first."),
    ("[Home](/docs/) is here.", "Home is here."),
    ('[t](http://x.y/z "Title") end', "t end"),
    ("[t](<http://x.y/a b>) end", "t end"),
    ("[t](http://x.y/a_(b)) end", "t end"),
    ("[**bold**](u.html) end", "bold end"),
    ("![A cat](cat.png) sits", "A cat sits"),
    ("![](cat.png)Empty", "Empty"),
    ("[![Build](b.svg)](http://ci) ok", "Build ok"),
    ("[text][ref] end", "text end"),
    ("[text][] end", "text end"),
    ("[two](a.b) and [three](c.d).", "two and three."),
    ("[One. Two](a.b) three", "One. Two three"),
    ("[a [b] c](d.e) f", "a [b] c f"),
    ("See <https://example.org/a_b> now", "See https://example.org/a_b now"),
    ("Mail <joe@example.org> now", "Mail joe@example.org now"),
    ("See <mailto:a@b.org>.", "See mailto:a@b.org."),
    ("It is known.[^1] Yes.", "It is known. Yes."),
    ("It is known[^note].", "It is known."),
    ("Known[1](https://example.org/x).", "Known."),
    ("[empty]() link", "empty link"),
    ("[text\nwrapped](u) x", "text\nwrapped x"),
    ("- [x](y.z) item", "x item"),
]
NO_LINKS = [
    "[3/12] Building the parser",
    "a list[int] here",
    "an [aside] in brackets (really)",
    "f[i](x) is a call",
    "a[i][j] is a cell",
    "as shown [1][2] before",
    "[not a link] (with a space)",
    "[not](a link at all) here",
    "[open bracket",
    "x] closed",
    "[a](b",
    "Wow! [really]",
    "a <not an address> b",
    "it is x^2 [^ here",
]
ESCAPES = [
    (r"\*not emphasis\*", "*not emphasis*"),
    (r"1\. no list", "1. no list"),
    (r"\# no heading", "# no heading"),
    (r"a\_b \[c\]\(d\)", "a_b [c](d)"),
    (r"5 \< 6 \> 4", "5 < 6 > 4"),
    (r"\`no code\`", "`no code`"),
    (r"\$5 \& \~6", "$5 & ~6"),
    ("a line\\\nanother", "a line\n\nanother"),
    ("a line  \nanother", "a line  \n\nanother"),
]
NO_ESCAPES = [
    r"C:\Users\name",
    r"C:\temp\*.txt",
    r"\\server\share",
    r"\alpha + \beta",
    "ends with \\",
    r"a \ b",
    "$$a_1 + b_2$$",
]


@pytest.mark.parametrize(("text", "expected"), EMPHASIS + CODE + LINKS + ESCAPES)
def test_marks_are_removed(text: str, expected: str) -> None:
    assert shown(text).strip() == expected


@pytest.mark.parametrize("text", NO_EMPHASIS + NO_CODE + NO_LINKS + NO_ESCAPES)
def test_other_text_is_kept(text: str) -> None:
    assert shown(text) == text
