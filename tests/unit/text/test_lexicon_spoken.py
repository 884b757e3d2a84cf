"""What is said of a text in which a lexicon has words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.text import traced
from steadyvoice.workers.text.front_end import Spoken, spoken
from steadyvoice.workers.text.lexicon.index import Index, find_matches

ENTRIES = {
    "nginx": "engine x",
    "sql": "/ˈsiːkwəl/",
    "AWS": "A W S",
    "GIF": "/dʒɪf/",
    "NHS": "/ɛn eɪtʃ ɛs/",
    "Nguyen": "win",
    "C++": "see plus plus",
    "R2D2": "artoo 2 D2",
    "10k": "/tɛn keɪ/",
    "new york": "/nuː jɔːk/",
    "St. Ives": "saint ives",
    "♥": "/lʌv/",
    "你好": "/niː haʊ/",
    "Zoë": "/ˈzoʊiː/",
    "24/7": "around the clock",
    "→": "leads to",
}


def said(text: str, language: str = "en-US") -> Spoken:
    return spoken(text, language, find_matches(text, [Index([ENTRIES])]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Start nginx now.", "Start engine x now."),
        ("Nginx, at 5 pm.", "Engine x, at five P M."),
        ("nginx's 2 logs", "engine x's two logs"),
        ("Ask Dr. Nguyen, 3 times.", "Ask doctor Win, three times."),
        ("C++11 and C++.", "See plus plus eleven and See plus plus."),
        ("R2D2 has 2 legs.", "Artoo two D two has two legs."),
        ("Open 24/7, on 24/7/365.", "Open around the clock, on"),
        ("a → b", "a leads to b"),
        ("St. Ives is on Main St.", "Saint ives is on Main street."),
        ("AWS costs $5.", "A W S costs five dollars."),
        ("See nginx.org.", "See nginx dot org."),
        ("nginxes", "nginxes"),
    ],
)
def test_a_respelling_is_said_in_its_place(text: str, expected: str) -> None:
    assert said(text).startswith(expected)


def test_a_respelled_letter_a_has_its_name() -> None:
    assert [(each.start, each.end, each.ipa) for each in said("AWS costs $5.").pronunciations] == [(0, 1, "ˈeɪ")]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("SQL, or sql.", [("SQL", "ˈsiːkwəl"), ("sql", "ˈsiːkwəl")]),
        ("a GIF's size", [("GIF", "dʒɪf")]),
        ("in New York, 10k.", [("New York", "nuː jɔːk"), ("ten thousand", "tɛn keɪ")]),
        ("I ♥ 你好!", [("heart", "lʌv"), ("Chinese text", "niː haʊ")]),
        ("Zoë", [("Zoe", "ˈzoʊiː")]),
        ("gif file.gif", []),
        ("NoSQL", []),
        ("the NHS", [("N H S", "ɛn eɪtʃ ɛs")]),
    ],
)
def test_phonemes_belong_to_the_written_word_as_the_rules_read_it(text: str, places: list[tuple[str, str]]) -> None:
    reading = said(text)
    found = [(str(reading[each.start : each.end]), each.ipa) for each in reading.pronunciations]
    assert [(word.lower(), ipa) for word, ipa in found] == [(word.lower(), ipa) for word, ipa in places]


@pytest.mark.parametrize("language", ["de-DE", "zxx"])
def test_a_language_without_rules_has_lexicons_too(language: str) -> None:
    reading = said("nginx und SQL", language)
    assert reading == "engine x und SQL"
    assert [(each.start, each.end) for each in reading.pronunciations] == [(13, 16)]


def test_without_readings_nothing_changes() -> None:
    assert spoken("At 5 pm.", "en-US", []) == spoken("At 5 pm.", "en-US")


_PIECES = [
    *ENTRIES,
    "nginx's",
    "New  York",
    "5 pm",
    "$3.50",
    "Dr.",
    ",",
    ".",
    "你好吗",
    "é",
    "\u0301",
    "(",
    "@x.org",
    "4",
]


@given(st.lists(st.sampled_from([*_PIECES, " ", " "]), max_size=20).map("".join), st.sampled_from(["en-GB", "de"]))
def test_origins_stay_in_order_and_pronunciations_inside(text: str, language: str) -> None:
    reading = said(text, language)
    assert reading.begins == sorted(reading.begins)
    assert reading.ends == sorted(reading.ends)
    assert len(reading) == len(reading.begins) == len(reading.ends)
    at = 0
    for each in reading.pronunciations:
        assert at <= each.start < each.end <= len(reading)
        at = each.end
    for start, end in traced.words(reading):
        first, last = reading.origin(start, end)
        assert text[first:last].strip()


@given(st.text(max_size=60), st.dictionaries(st.text(min_size=1, max_size=6), st.sampled_from(["/a/", "b 3"])))
def test_any_text_and_any_entries(text: str, entries: dict[str, str]) -> None:
    reading = spoken(text, "en-US", find_matches(text, [Index([entries])]))
    assert reading.begins == sorted(reading.begins)
    assert reading == reading.strip()
