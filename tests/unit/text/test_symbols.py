"""Signs, by name where they have a meaning, as a pause where they are punctuation, as nothing where they decorate."""

import pytest
from support.reading import words

from steadyvoice.workers.text.front_end import spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tom & Jerry", "tom and jerry"),
        ("R&D", "r and d"),
        ("meet @ noon", "meet at noon"),
        ("a + b = c", "a plus b equals c"),
        ("x < y and y > z", "x less than y and y greater than z"),
        ("a ≤ b ≥ c ≠ d", "a less than or equal to b greater than or equal to c not equal to d"),
        ("a ≈ b", "a is approximately b"),
        ("x ± y", "x plus or minus y"),
        ("x × y ÷ z", "x times y divided by z"),
        ("a * b", "a times b"),
        ("x ^ y", "x to the power of y"),
        ("§ four", "section four"),
        ("© Acme", "copyright acme"),
        ("Acme™ and Beta®", "acme trademark and beta registered"),
        ("the % of users", "the percent of users"),
        ("the ° sign", "the degrees sign"),
        ("the $ sign", "the dollar sign"),
        ("in € or £", "in euro or pound"),
        ("№ five", "number five"),
        ("∞", "infinity"),
        ("∀ x ∈ S ∃ y", "for all x in s there exists y"),
        ("√ x", "square root of x"),
        ("A ∪ B ∩ C", "a union b intersection c"),
        ("∑ and ∫ and ∂ and ∅", "sum and integral and partial and empty set"),
        ("C♯ and B♭", "c sharp and b flat"),
        ("C# and F#", "c sharp and f sharp"),
        ("C++", "c plus plus"),
        ("♪ la la ♪", "music la la music"),
        ("K♠ and ♥", "k of spades and heart"),
        ("♥ ♦ ♣", "heart diamond club"),
        ("#python", "hashtag python"),
        ("✓ yes ✗ no", "check mark yes cross mark no"),
        ("⌘C", "command c"),
        ("H ⊂ G", "h subset of g"),
        ("∆x", "delta x"),
        ("ℏ and ℵ", "h bar and aleph"),
    ],
)
def test_signs_with_a_name(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris → London", "paris to london"),
        ("File -> Open", "file to open"),
        ("node->next", "node arrow next"),
        ("x => y", "x arrow y"),
        ("A ⇒ B", "a implies b"),
        ("x ← y", "x left arrow y"),
        ("East ↔ West", "east left right arrow west"),
        ("press ↑ or ↓", "press up arrow or down arrow"),
        ("→ next page", "next page"),
        ("a --> b", "a to b"),
        ("p <=> q", "p left right arrow q"),
    ],
)
def test_arrows(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if a == b && c != d || e", "if a equals b and c not equal to d or e"),
        ("x >= y or x <= z", "x greater than or equal to y or x less than or equal to z"),
        ("x += y", "x plus equals y"),
        ("x := y", "x is y"),
        ("std::vector", "std vector"),
        ("snake_case_name", "snake case name"),
        ("__init__", "init"),
        ("foo() and bar[]", "foo and bar"),
        ("run it --fast", "run it dash dash fast"),
        ("run it -v now", "run it dash v now"),
        ("the * key", "the asterisk key"),
        ('press "#" now', "press hash now"),
        ("the “|” character", "the vertical bar character"),
        ("a\\b", "a backslash b"),
        ("usage: cp <source> <target>", "usage cp source target"),
        ("a | b", "a b"),
        ("a<b and b>c", "a less than b and b greater than c"),
        ("about ~five or ~six", "about five or about six"),
    ],
)
def test_code(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<sigh/>", "(sigh)"),
        ("<long-pause />", "(long-pause )"),
        ("well <cough/> yes", "well (cough) yes"),
        ("well<cough/>yes", "well (cough) yes"),
        ("<laughs> sure </laughs>", "(laughs) sure (laughs)"),
        ("<loud>sure</loud>", "(loud) sure (loud)"),
        ("one</row>two", "one (row) two"),
        ("</end>", "(end)"),
        ("<rate=fast>go</rate>", "(rate equals fast) go (rate)"),
        ("<rate=+.2>go</rate>", "(rate equals plus point two) go (rate)"),
        ("<voice id=3>go</voice>", "(voice id equals three) go (voice)"),
        ("List<String>", "List less than String greater than"),
        ("a<b", "a less than b"),
        ("x < y and z > w", "x less than y and z greater than w"),
        ("if a <p/q> d", "if a less than p slash q greater than d"),
        ("5 </ 6", "five less than slash six"),
        ("a/>b", "a slash greater than b"),
        ("I <3 you", "I heart you"),
        ("x <y=3", "x less than y equals three"),
    ],
)
def test_tags(text: str, expected: str) -> None:
    assert spoken(text, "en-US") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab$$cd", "ab dollar dollar cd"),
        ("q€€r$", "q euro euro r dollar"),
        ("x£££y", "x pound pound pound y"),
        ("$$", "dollars"),
        ("We have $$ for it", "we have dollars for it"),
        ("rated $$$", "rated dollars"),
        ("#open#", "hash open hash"),
        ("say #open# now", "say hash open hash now"),
        ("#open", "hashtag open"),
        ("#open #shut", "hashtag open hashtag shut"),
        ("issue #5", "issue number five"),
        ("the angle is 45º", "the angle is forty five degrees"),
        ("turn 90º left", "turn ninety degrees left"),
        ("180º&then", "one hundred eighty degrees and then"),
        ("20º C", "twenty degrees celsius"),
        ("nº 5", "number five"),
        ("the 1º of May", "the first of may"),
    ],
)
def test_signs_by_their_neighbours(text: str, expected: str) -> None:
    assert words(text) == expected.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and/or", "and or"),
        ("Yes/No", "yes no"),
        ("tea/no", "tea slash no"),
        ("he/she said", "he or she said"),
        ("client/server", "client slash server"),
        ("yes / no", "yes slash no"),
        ("tea w/ milk", "tea with milk"),
        ("tea w/o milk", "tea without milk"),
    ],
)
def test_slashes(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("★★★☆☆", "three stars out of five"),
        ("★★★★★ great", "five stars great"),
        ("⭐⭐⭐", "three stars"),
        ("★★★½", "three and a half stars"),
        ("★", "star"),
        ("☆☆☆", "zero stars out of three"),
        ("●●●○○", "three out of five"),
        ("happy :-)", "happy smiling face"),
        ("sad :(", "sad frowning face"),
        ("wink ;)", "wink winking face"),
        ("I <3 you", "i heart you"),
        ("well ¯\\_(ツ)_/¯", "well shrug"),
        (":D", "grinning face"),
    ],
)
def test_stars_and_emoticons(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What?!?!", "What?"),
        ("Stop!!!", "Stop!"),
        ("wait....... what", "wait… what"),
        ("Wait... what", "Wait… what"),
        ("one -- two", "one — two"),
        ("one--two", "one—two"),
        ("one - two", "one — two"),
        ("---- Title ----", "Title"),
        ("==== Title ====", "Title"),
        ("***", ""),
        ("* item", "item"),
        ("• item", "item"),
        ("- item", "item"),
        ("this *is* bold", "this is bold"),
        ("Alpha • Beta · Gamma", "Alpha, Beta, Gamma"),
        ("see [note] {here}", "see (note) (here)"),
        ("My name is ____.", "My name is blank."),
        ("____", ""),
        ("hello~", "hello"),
        ("¡Hola! ¿Qué?", "Hola! Qué?"),
        ("footnote† two‡", "footnote two"),
        ("a `code` b", "a code b"),
        ("<!-- hidden -->", "hidden"),
    ],
)
def test_punctuation_and_decoration(text: str, expected: str) -> None:
    assert spoken(text, "en-US") == expected


@pytest.mark.parametrize(
    "text",
    [
        'She said "yes", and left (early); why?',
        "well-known, up-to-date",
        "Paris–London — by train",
        "it's the dogs' toys",
        "note: this; that",
        "“Quoted”, he said.",
        "wait… no",
        '"yes","no"',
        "Options: one, two",
        "Really? Yes!",
    ],
)
def test_ordinary_punctuation_stays(text: str) -> None:
    assert spoken(text, "en-US") == text


@pytest.mark.parametrize(
    "text", ["a < b", "is x <3 or y", "ratio:)", "e.g. (see below:)", "score <3 points", "(see below :)"]
)
def test_no_emoticon(text: str) -> None:
    assert not {"face", "heart", "smiling"} & set(words(text).split())
