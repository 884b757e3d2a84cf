"""The languages that have rules, and what is said of text in one that a voice does not read."""

import pytest

from steadyvoice.workers.text import languages
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.unread import left_out, unread_language

SPANISH = "Mañana iremos al mercado porque no hay nada en la nevera."


@pytest.mark.parametrize("language", sorted(languages.WITH_RULES))
def test_each_language_reads_numbers_in_any_region(language: str) -> None:
    for tag in (language, f"{language}-XX"):
        said = spoken("12", tag)
        assert said.isalpha(), tag


@pytest.mark.parametrize("language", ["nl-NL", "sv", "zxx", "", "xx-YY"])
def test_a_language_without_rules_keeps_its_text(language: str) -> None:
    assert languages.rules(language) is None
    assert spoken("e\u0301 12 %", language) == "é 12 %"


def test_a_voice_without_rules_is_given_every_text() -> None:
    assert unread_language(SPANISH, "nl-NL", "") == unread_language("Мы гуляем.", "ru", "") == ""


@pytest.mark.parametrize(
    ("unread", "said"),
    [("es", "Spanish text."), ("und-Cyrl", "Cyrillic text."), ("el", "Greek text."), ("", "")],
)
def test_what_is_said_in_its_place(unread: str, said: str) -> None:
    result = left_out(SPANISH, "en-US", unread)
    assert result == said
    if said:
        assert result.origin(0, len(said)) == (0, len(SPANISH))
        assert len({(begin, end) for begin, end in zip(result.begins, result.ends, strict=True)}) == 1
    assert left_out(SPANISH, "de-DE", unread) == ""


@pytest.mark.parametrize(
    ("text", "before", "language"),
    [("Bonjour.", "", "fr"), ("Bonjour.", "es", "fr"), ("42", "", "fr"), (", ", "", ""), ("…", "fr", "fr")],
)
def test_a_language_that_the_document_names(text: str, before: str, language: str) -> None:
    assert unread_language(text, "en-US", before, named="fr-CA") == language


def test_a_language_without_a_name() -> None:
    assert left_out("Kaixo.", "en-US", "qya") == "Foreign text."
