"""HTML tags, comments and entities."""

import pytest
from support.markup import segments, shown

TAGS = [
    ("This is <b>bold</b> text.", "This is bold text."),
    ("A <strong>strong</strong> <em>word</em>", "A strong word"),
    ('<a href="http://x.y/">Link</a> text', "Link text"),
    ("<a href='x>y'>Link</a> text", "Link text"),
    ("<A HREF=x>Link</A> text", "Link text"),
    ("<span class=a id='b' hidden>x</span> y", "x y"),
    ("<input type=checkbox checked> Yes", " Yes"),
    ("in<wbr>visible", "invisible"),
    ("H<sub>2</sub>O", "H2O"),
    ("20 m<sup>2</sup> and 1<sup>st</sup>", "20 m² and 1st"),
    ("Press <kbd>Ctrl</kbd>", "Press Ctrl"),
    ("a <!-- hidden --> b", "a  b"),
    ("a <!-- two\nlines --> b", "a  b"),
    ('See <img src="a.png" alt="A cat &amp; dog">.', "See A cat & dog."),
    ("See <img alt=cat src=x />!", "See cat!"),
    ("See <img src=x>!", "See !"),
    ("<script>let a = 1 < 2;</script>Text", "Text"),
    ("<style type='text/css'>b { color: red }</style>Text", "Text"),
    ('Go <script src="x.js"></script>on', "Go on"),
    ("<!DOCTYPE html>Text", "Text"),
    ('<?xml version="1.0"?>Text', "Text"),
    ("x <b\nclass='y'>z</b>", "x z"),
]
LINES = [
    ("One<br>Two<br/>Three<br />Four", ["One", "Two", "Three", "Four"]),
    ("<p>A paragraph</p><p>Another</p>", ["A paragraph", "Another"]),
    ("<h1>Head</h1>Text", ["Head", "Text"]),
    ("<ul><li>One</li><li>Two</li></ul>", ["One", "Two"]),
    ("<ul>\n  <li>One\n  <li>Two\n</ul>", ["One", "Two"]),
    ("<div>One</div><div>Two</div>", ["One", "Two"]),
    ("<details><summary>More</summary>Text</details>", ["More", "Text"]),
    ("<table><tr><th>a</th><th>b</th></tr>\n<tr><td>1</td>\n<td>2</td></tr></table>", ["a, b", "1, 2"]),
    ("<p># Heading</p>", ["Heading"]),
    ("<title>Name</title><body>Text</body>", ["Name", "Text"]),
]
NO_TAGS = [
    "a < b and c > d",
    "I <3 you",
    "x<y>z",
    "List<int> of numbers",
    "Map<String, List<Integer>> here",
    "vector<object> here",
    "vector<std::string> here",
    "see <Hash::Util> there",
    "if a <b and c> d",
    "5<6",
    "<- back and -> forth",
    "<=> is an operator",
    "cin >> x; cout << y;",
    "<your name here>",
    "<YourName> and <T>",
    "a <",
    "<b class='open",
    "<!-- no end",
    "use <Option> here",
    "a <p don't b",
]
ENTITIES = [
    ("Tom &amp; Jerry", "Tom & Jerry"),
    ("a&nbsp;b", "a\xa0b"),
    ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
    ("&lt;b&gt; is a tag", "<b> is a tag"),
    ("caf&eacute;", "café"),
    ("&#8220;Yes&#8221;", "“Yes”"),
    ("&#x2014; so", "— so"),
    ("&copy; 2024", "© 2024"),
    ("&hellip;", "…"),
    ("&amp;lt;", "&lt;"),
    ("&quot;a&quot; &apos;b&apos;", "\"a\" 'b'"),
    ("&CounterClockwiseContourIntegral;", "∳"),
]
NO_ENTITIES = [
    "AT&T; yes",
    "R&D and Q&A",
    "&unknown; word",
    "a=1&copy=2",
    "& alone",
    "&#;",
    "&#x;",
    "a && b",
    "&amp",
    "&;",
]


@pytest.mark.parametrize(("text", "expected"), TAGS + ENTITIES)
def test_text_of_html(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_elements_that_end_a_line(text: str, expected: list[str]) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize("text", NO_TAGS + NO_ENTITIES)
def test_other_text_is_kept(text: str) -> None:
    assert shown(text) == text
