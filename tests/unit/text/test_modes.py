"""Reading modes: named punctuation, spelling, capitals; and what they must leave as it is."""

import pytest

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.workers.text import traced
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.lexicon.index import Index, find_matches

SOME, MOST, ALL = (ReadingMode(punctuation=level) for level in ("some", "most", "all"))
SPELLING = ReadingMode(spelling=True)
CAPITALS = ReadingMode(capitals="spell")


def said(text: str, mode: ReadingMode) -> str:
    return str(spoken(text, "en-US", mode=mode))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("press * and go", "press star and go"),
        ("press # now", "press hash now"),
        ("foo*bar", "foo star bar"),
        ("a | b", "a vertical bar b"),
        ("> quoted", "greater than quoted"),
        ("name <value>", "name less than value greater than"),
        ("==== end", "four equals end"),
        ("see ^ here", "see caret here"),
        ("wait ~~", "wait tilde tilde"),
        ("#", "hash"),
        ("=", "equals"),
        ("*", "star"),
        ("(", "left paren"),
        # As in the level none:
        ("Hello, world.", "Hello, world."),
        ("(as before) and \u201cso\u201d", "(as before) and \u201cso\u201d"),
        ("3 * 4 = 12", "three times four equals twelve"),
        ("a != b", "a not equal to b"),
        ("3.14", "three point one four"),
        ("at 7:30 pm", "at seven thirty P M"),
        ("1/2 cup", "one half cup"),
        ("$5 and 10%", "five dollars and ten percent"),
        ("issue #5", "issue number five"),
        ("a well-known fact", "a well-known fact"),
    ],
)
def test_some_punctuation(text: str, words: str) -> None:
    assert said(text, SOME) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo(bar[3])", "foo left paren bar left bracket three right bracket right paren"),
        ("{x}", "left brace X right brace"),
        ("a well-known fact", "a well dash known fact"),
        ("snake_case", "snake underscore case"),
        ("$5", "dollar five"),
        ("50% off", "fifty percent off"),
        ("**bold**", "star star bold star star"),
        ("3/4/2025", "three slash four slash twenty twenty five"),
        ("-----", "five dash"),
        ("me@example.org", "me at example dot org"),
        ("A & B", "A ampersand B"),
        ("x == y", "X equals equals Y"),
        ("C:\\temp", "C: backslash temp"),
        ("one \u2014 two", "one em dash, two"),
        ("25 \u00b0C", "twenty five degrees C"),
        ("a\u2192b", "A right arrow B"),
        ("a != 3", "A exclaim equals three"),
        ("/find?q", "slash find question Q"),
        # As in the level none:
        ("\u250c\u2500\u2500\u2510 box", "box"),
        ("Hello, world.", "Hello, world."),
        ("Well: it's so; is it?", "Well: it's so; is it?"),
        ("\u201cYes!\u201d", "\u201cYes!\u201d"),
        ("Wait\u2026", "Wait\u2026"),
        ("3.14", "three point one four"),
        ("at 7:30 pm", "at seven thirty P M"),
        ("Dr. Smith", "doctor Smith"),
        ("Jan. 5", "January fifth"),
        ("\U0001f600", "grinning face"),
    ],
)
def test_most_punctuation(text: str, words: str) -> None:
    assert said(text, MOST) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world.", "Hello comma, world dot."),
        ("3.14", "three dot one four"),
        ("7:30", "seven colon thirty"),
        ("Really?!", "Really question exclaim!"),
        ("Wait...", "Wait dot dot dot."),
        ("............", "twelve dot."),
        ("\u201cYes\u201d", "left quote Yes right quote"),
        ("'so'", "apostrophe so apostrophe"),
        ("so; then: this", "so semicolon; then colon: this"),
        ("foo(bar[3])", "foo left paren bar left bracket three right bracket right paren"),
        ("10.0.0.1", "ten dot zero dot zero dot one"),
        ("example.org/a", "example dot org slash A"),
        ("if (x != y) {", "if left paren X exclaim equals Y right paren left brace"),
        ("Wait\u2026", "Wait ellipsis."),
        (".", "dot"),
        ("?", "question"),
        ("-5", "dash five"),
        # Words and numbers as in the level none:
        ("Hello world", "Hello world"),
        ("don't", "don't"),
        ("the 3rd of 12", "the third of twelve"),
        ("42", "forty two"),
        ("in 1999", "in nineteen ninety nine"),
        ("NASA and NHS", "NASA and N H S"),
        ("\u00bd cup", "one half cup"),
        ("\U0001f600", "grinning face"),
    ],
)
def test_all_punctuation(text: str, words: str) -> None:
    assert said(text, ALL) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "A B C"),
        ("NHS", "N H S"),
        ("a b", "A space B"),
        ("r2d2", "R two D two"),
        ("x_1", "X underscore one"),
        ("e.g.", "E dot G dot"),
        ("(a)", "left paren, A, right paren"),
        ("don't", "D O N apostrophe T"),
        ("caf\u00e9", "C A F, E acute"),
        ("cafe\u0301", "C A F, E acute"),
        ("\u00f1", "N tilde"),
        ("\u00df", "sharp S"),
        ("\u03a9\u03bc", "omega mu"),
        ("\u0414", "Cyrillic de"),
        ("1\ufe0f\u20e3", "one enclosing keycap"),
        ("\U0001d400", "mathematical bold A"),
        ("", ""),
        ("\u4f60", "Chinese character four F six zero"),
        ("\u00bd", "one half"),
        ("\u00b2", "superscript two"),
        ("\u0663", "three"),
        ("\u20ac5", "euro five"),
        ("\U0001f44d\U0001f3fd", "thumbs up"),
        ("\U0001f1eb\U0001f1f7", "flag of France"),
        ("\U0001f469\u200d\U0001f4bb", "woman technologist"),
        ("\u2764\ufe0f", "red heart"),
        ("\u0301", "combining acute accent"),
        ("\t", "tab"),
        ("\n", "new line"),
        ("\r\n", "new line"),
        ("\u200b", "zero width space"),
        ("\u00a0", "no break space"),
        ("\x1b", "escape"),
        ("\ue000", "character E zero zero zero"),
        ("1984", "one nine eight four"),
    ],
)
def test_spelling(text: str, words: str) -> None:
    assert said(text, SPELLING) == words
    assert said(text, ReadingMode(say="character")) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello world", "capital Hello world"),
        ("Hello World.", "capital Hello capital World."),
        ("NASA", "all caps NASA"),
        ("the NHS", "the all caps N H S"),
        ("I am", "capital I am"),
        ("\u201cYes\u201d", "\u201ccapital Yes\u201d"),
        ("O'Brien", "capital O'Brien"),
        ("on Jan. 5", "on capital January fifth"),
        ("Dr. Smith", "capital doctor capital Smith"),
        ("\u00c9cole", "capital \u00c9cole"),
        ("USB-C", "all caps U S B-capital C"),
        ("DON'T", "all caps don't"),
        ("GetValue", "capital GetValue"),
        # Nothing begins with a capital:
        ("hello", "hello"),
        ("a dog, 42 and 3.14", "a dog, forty two and three point one four"),
        ("$5 at 7:30", "five dollars at seven thirty"),
        ("iphone", "iphone"),
        ("50%", "fifty percent"),
        ("don't", "don't"),
        ("", ""),
        ("\u4f60\u597d", "Chinese text"),
    ],
)
def test_capitals(text: str, words: str) -> None:
    assert said(text, CAPITALS) == words


@pytest.mark.parametrize("capitals", ["none", "icon"])
def test_capitals_without_words(capitals: str) -> None:
    mode = ReadingMode(capitals=capitals, punctuation="most")  # type: ignore[arg-type]
    assert said("Hello (World)", mode) == "Hello left paren World right paren"


def test_capitals_in_spelling() -> None:
    mode = ReadingMode(spelling=True, capitals="spell")
    assert said("aB", mode) == "A, capital B"
    assert said("\u00c9", mode) == "capital E acute"
    assert said("\u0414", mode) == "capital Cyrillic de"


def test_capitals_with_all_punctuation() -> None:
    assert said("So, Ann.", ReadingMode("all", capitals="spell")) == "capital So comma, capital Ann dot."


@pytest.mark.parametrize("mode", [SOME, MOST, ALL, CAPITALS, SPELLING], ids=str)
def test_a_letter_is_said_by_its_name(mode: ReadingMode) -> None:
    said = spoken("a", "en-US", mode=mode)
    assert (said, [each.ipa for each in said.pronunciations]) == ("A", ["\u02c8e\u026a"])


def test_the_default_mode_is_the_ordinary_reading() -> None:
    for text in ("Hello, (world).", "a * b # c", "?", "***", "NASA"):
        assert spoken(text, "en-US", mode=ReadingMode()) == spoken(text, "en-US")


@pytest.mark.parametrize(
    ("text", "words"), [("ab1.", "A B 1."), ("Gr\u00f6\u00dfe", "G R \u00d6 \u00df E"), ("a b", "A B")]
)
def test_spelling_in_a_language_without_names(text: str, words: str) -> None:
    assert spoken(text, "de-DE", mode=SPELLING) == words


def test_punctuation_in_a_language_without_names_is_not_read() -> None:
    assert spoken("Gr\u00fc\u00dfe (an alle)!", "de-DE", mode=ALL) == spoken("Gr\u00fc\u00dfe (an alle)!", "de-DE")


def origins(text: str, mode: ReadingMode) -> list[tuple[str, str]]:
    result = spoken(text, "en-US", mode=mode)
    return [(result[start:end], text[slice(*result.origin(start, end))]) for start, end in traced.words(result)]


def test_words_come_from_their_characters() -> None:
    assert origins("f(b), x", ALL) == [
        ("F", "f"), ("left", "("), ("paren", "("), ("B", "b"), ("right", ")"), ("paren", ")"), ("comma,", ","),
        ("X", "x"),
    ]  # fmt: skip
    assert origins("3.14 **", ALL) == [
        ("three", "3"), ("dot", "."), ("one", "1"), ("four", "4"), ("star", "*"), ("star", "*"),
    ]  # fmt: skip
    assert origins("a\u0301-1", SPELLING) == [
        ("A", "a\u0301"), ("acute,", "a\u0301"), ("dash", "-"), ("one", "1"),
    ]  # fmt: skip
    assert origins("go Home", CAPITALS) == [("go", "go"), ("capital", "H"), ("Home", "Home")]


@pytest.mark.parametrize(
    ("text", "mode", "words", "pronounced"),
    [
        ("GIF", CAPITALS, "all caps GIF", {"GIF": "d\u0292\u026af"}),
        ("see a GIF, Ann", CAPITALS, "see a all caps GIF, capital Ann", {"GIF": "d\u0292\u026af"}),
        ("(gif)", ALL, "left paren gif right paren", {"gif": "d\u0292\u026af"}),
        ("gif + C++.", MOST, "gif plus See two.", {"gif": "d\u0292\u026af"}),
        ("a gif", SPELLING, "A space G I F", {"A": "\u02c8e\u026a"}),
    ],
)
def test_words_of_a_lexicon(text: str, mode: ReadingMode, words: str, pronounced: dict[str, str]) -> None:
    matches = find_matches(text, [Index([{"gif": "/d\u0292\u026af/", "C++": "see two"}])])
    result = spoken(text, "en-US", matches, mode)
    assert result == words
    assert {result[each.start : each.end]: each.ipa for each in result.pronunciations} == pronounced
