"""The content of a lexicon file."""

import pytest

from steadyvoice.ipc.lexicon import fault, phonemes
from steadyvoice.workers.text.lexicon.tables import BadLexicon, Table, parse


def test_tables_of_languages_and_voices() -> None:
    text = """
    "GIF" = "/dʒɪf/"  # a comment
    sudo = "sue doo"
    [en]
    "lead time" = "leed time"
    [en-GB]
    'schedule' = "/ˈʃɛdjuːl/"
    [voice.heart]
    "x" = "ex"
    [voice."my voice"]
    "y" = "why"
    [de]
    """
    assert parse(text) == [
        Table("", "", {"GIF": "/dʒɪf/", "sudo": "sue doo"}),
        Table("en", "", {"lead time": "leed time"}),
        Table("en-GB", "", {"schedule": "/ˈʃɛdjuːl/"}),
        Table("", "heart", {"x": "ex"}),
        Table("", "my voice", {"y": "why"}),
    ]


def test_an_empty_file_has_no_entry() -> None:
    assert parse("# nothing yet\n") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "'x' is no text in quotation marks"),
        ('"x" = "/a"', "'x': a pronunciation in IPA begins and ends with /"),
        ('[en]\n"x" = "/a]/"', "'x' of [en]: phonemes in IPA have no ]"),
        ('"x" = ""', "'x': the pronunciation is empty"),
        ('" " = "y"', "' ': the word is empty"),
        ('"x" = "//"', "'x': there are no phonemes"),
        ('"x" = "/"', "begins and ends"),
        ('"x" = "!!"', "'x': the respelling has no letter"),
        ('"x" = "a\\nb"', "control characters"),
        (f'"x" = "{"a" * 101}"', "the pronunciation has 101 characters and may have 100"),
        (f'"{"a" * 101}" = "x"', "the word has 101 characters and may have 100"),
        ("x", "not TOML"),
        ('x = "a"\nx = "b"', "not TOML"),
        ("[english]\nx = 'y'", "[english] is no language"),
        ("e.g = 'y'", "[e] is no language"),
        ("[voice]\nx = 'y'", "a voice's table is named [voice.NAME]"),
        ("[en.x]\na = 'y'", "'x' of [en] is no text"),
        ("[[en]]\na = 'y'", "'en' is no text"),
        ("x = ['a']", "'x' is no text"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BadLexicon) as error:
        parse(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("language", "voice", "expected"),
    [
        ("en-US", "heart", ["voice.heart", "en-us", "en", ""]),
        ("en-gb", "emma", ["en-GB", "en", ""]),
        ("en", "x", ["en", ""]),
        ("eng", "x", [""]),
        ("zxx", "heart", ["voice.heart", ""]),
        ("de-DE", "anna", [""]),
    ],
)
def test_the_tables_that_apply_by_precedence(language: str, voice: str, expected: list[str]) -> None:
    tables = [Table(), Table("en"), Table("en-GB"), Table("en-us"), Table("", "heart")]
    applying = [table for table in tables if table.applies_to(language, voice)]
    assert [t.name for t in sorted(applying, key=lambda t: t.precedence, reverse=True)] == expected


@pytest.mark.parametrize(
    ("pronunciation", "ipa"),
    [("/dʒɪf/", "dʒɪf"), ("/ a b /", "a b"), ("jiff", ""), ("and/or", ""), ("/", ""), ("/a", "")],
)
def test_phonemes_of_a_pronunciation(pronunciation: str, ipa: str) -> None:
    assert phonemes(pronunciation) == ipa


def test_an_entry_without_fault() -> None:
    assert fault("C++", "see plus plus") == fault("GIF", "/dʒɪf/") == fault("a" * 100, "b" * 100) == ""
