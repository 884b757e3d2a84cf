"""Lexicons in other formats."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.text.lexicon.formats import convert
from steadyvoice.workers.text.lexicon.tables import BadLexicon

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<lexicon version="1.0" alphabet="ipa" xml:lang="en-US" '
    'xmlns="http://www.w3.org/2005/01/pronunciation-lexicon">'
)


def pls(lexemes: str) -> bytes:
    return f"{HEAD}{lexemes}</lexicon>".encode()


@pytest.mark.parametrize(
    ("lexeme", "entries"),
    [
        ("<grapheme>GIF</grapheme><phoneme>dʒɪf</phoneme>", {"GIF": "/dʒɪf/"}),
        ("<grapheme> New\n York </grapheme><phoneme>\n nuː jɔːk </phoneme>", {"New York": "/nuː jɔːk/"}),
        ("<grapheme>a</grapheme><grapheme>b</grapheme><phoneme>x</phoneme>", {"a": "/x/", "b": "/x/"}),
        ("<grapheme>W3C</grapheme><alias>the consortium</alias>", {"W3C": "the consortium"}),
        ("<grapheme>a</grapheme><phoneme>x</phoneme><phoneme>y</phoneme>", {"a": "/x/"}),
        ("<grapheme>a</grapheme><phoneme>x</phoneme><phoneme prefer='true'>y</phoneme>", {"a": "/y/"}),
        ("<grapheme>a</grapheme><phoneme>x</phoneme><alias prefer='true'>y</alias>", {"a": "y"}),
        ("<grapheme>a</grapheme><phoneme alphabet='arpabet'>x</phoneme><phoneme>y</phoneme>", {"a": "/y/"}),
        ("<grapheme>a</grapheme><phoneme alphabet='x-sampa'>dZIf</phoneme>", {"a": "/dʒɪf/"}),
        ("<grapheme>a</grapheme><phoneme>/x/</phoneme>", {"a": "/x/"}),
        ("<grapheme>&lt;3</grapheme><alias>love &amp; <!-- no -->x</alias>", {"<3": "love & x"}),
        ("<grapheme>é</grapheme><phoneme>e</phoneme><example>an <b>é</b></example>", {"é": "/e/"}),
    ],
)
def test_lexemes(lexeme: str, entries: dict[str, str]) -> None:
    found = convert(pls(f"<meta name='a'/><lexeme>{lexeme}</lexeme>"))
    assert (found.language, found.entries, found.skipped) == ("en-US", entries, 0)


@pytest.mark.parametrize(
    ("lexeme", "reason"),
    [
        ("<grapheme>a</grapheme>", "without phoneme"),
        ("<phoneme>a</phoneme>", "without grapheme"),
        ("<grapheme>a</grapheme><phoneme alphabet='arpabet'>x</phoneme>", "phonemes in 'arpabet', not in IPA"),
        ("<grapheme>a</grapheme><phoneme alphabet='x-sampa'>(x)</phoneme>", "phonemes in 'x-sampa', not in IPA"),
        ("<grapheme>a</grapheme><phoneme>a]b</phoneme>", "'a': phonemes in IPA have no ]"),
        ("<grapheme></grapheme><phoneme>x</phoneme>", "the word is empty"),
        (f"<grapheme>a</grapheme><alias>{'b' * 101}</alias>", "101 characters"),
    ],
)
def test_skipped_lexemes(lexeme: str, reason: str) -> None:
    found = convert(pls(f"<lexeme>{lexeme}</lexeme><lexeme><grapheme>b</grapheme><alias>c</alias></lexeme>"))
    assert (found.entries, found.skipped) == ({"b": "c"}, 1)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<lexicon><lexeme></lexicon>", "not XML"),
        (b"<speak>hello</speak>", "the root element is speak"),
        (b'<!DOCTYPE lexicon [<!ENTITY a "b">]><lexicon>&a;</lexicon>', "document type"),
        (b'<!DOCTYPE lexicon SYSTEM "file:///etc/passwd"><lexicon/>', "document type"),
        (b"<lexicon>&undefined;</lexicon>", "not XML"),
        (b"<lexicon>" + b"<a>" * 40, "inside each other"),
        (b'<?xml version="1.0" encoding="x-none"?><lexicon/>', "not XML"),
        (b"<", "not XML"),
        (b"one line without a tab", "line 1 has no tab"),
        (b"a\tb\nc d e\n", "line 2 has no tab"),
        (b"a\t\xff\n", "not UTF-8: byte 3"),
    ],
)
def test_what_is_no_lexicon(data: bytes, said: str) -> None:
    with pytest.raises(BadLexicon) as error:
        convert(data)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_lines_of_a_word_a_tab_and_ipa() -> None:
    data = "\ufeff# a comment\nGIF\tdʒɪf\r\n\nnew york\t/nuː jɔːk/, /nju jɔk/\na\t x \tnoun\na\ty\nb\t\n".encode()
    found = convert(data)
    assert found.entries == {"GIF": "/dʒɪf/", "new york": "/nuː jɔːk/", "a": "/x/"}
    assert (found.language, found.skipped) == ("", 1)
    assert "'b'" in found.reason


def test_utf16_and_other_namespaces() -> None:
    text = "<lexicon alphabet='IPA'><lexeme><grapheme>a</grapheme><phoneme>b</phoneme></lexeme></lexicon>"
    assert convert(text.encode("utf-16")).entries == {"a": "/b/"}


@given(st.binary(max_size=60) | st.text("<>/lexicon \t&;!a", max_size=40).map(str.encode))
def test_any_bytes_are_converted_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadLexicon):
        assert convert(data).skipped >= 0
