"""The characters of the text from which each word comes, where markup or SSML says something else than is written."""

import pytest
from support.reading import segments
from support.silent_engine import state

from steadyvoice.workers.engines.engine import Word
from steadyvoice.workers.text.traced import words

CASES = [
    ("see **this** [page](u.x)", "see=see this=this page=page"),
    ("5 &copy; 6", "five=5 copyright=&copy; six=6"),
    ("- [x] ", "done:=- [x] "),
    ("- [x] it", "done:=- [x]  it=it"),
    ("1. [x] it", "one.=1. done:=[x]  it=it"),
    ("<speak><sub alias='a big dog'>WWW</sub> is</speak>", "a=WWW big=WWW dog=WWW is=is"),
    ("<speak><sub alias='a b'> </sub></speak>", "a=<sub alias='a b'> b=<sub alias='a b'>"),
    ("<speak><say-as interpret-as='digits'> 12\n</say-as> is</speak>", "one=12 two=12 is=is"),
    ("<speak>b &lt; c&#x21; d</speak>", "b=b less=&lt; than=&lt; c!=c&#x21; d=d"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_origins(text: str, expected: str) -> None:
    found = [(word.word, text[word.start : word.end]) for segment in segments(text) for word in segment.origins]
    assert " ".join(f"{word}={written}" for word, written in found) == expected


def test_a_letter_by_name_is_shown_as_a_letter() -> None:
    (segment,) = segments("<speak><say-as interpret-as='characters'>ab</say-as></speak>")
    assert (segment.text, segment.words) == ("A B", "A B")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<speak><sub alias='a big dog'>WWW</sub> is</speak>", ["WWW", "is"]),
        ("<speak><say-as interpret-as='digits'>123</say-as> &amp;</speak>", ["123", "&amp;"]),
        ("at 9:30", ["at", "9:30"]),
    ],
)
def test_words_of_one_written_word_are_reported_as_one(text: str, expected: list[str]) -> None:
    utterance = state(ssml=None)
    utterance.text.feed(text.encode(), 0.0)
    utterance.text.close(0.0)
    segment = utterance.text.take(0.0, 2.0, is_first=False)
    assert segment is not None
    utterance.begin_segment(segment)
    said = [Word(start, end, 10 * at, 10 * at + 9) for at, (start, end) in enumerate(words(utterance.spoken))]
    reported = utterance.words(said).words
    assert [text[word.start : word.end] for word in reported] == expected
    assert [word.ends for word in reported][-1] == utterance.words(said[-1:]).words[0].ends
