"""A text is read the same wherever its writer halts long enough for the words so far to be spoken."""

import pytest
from support.reading import words

from steadyvoice.workers.generation.segmenter import Segmenter

TEXTS = [
    "Pi is 3.14159 today and it stays so.",
    "About 10 000 people came to the fair.",
    "It costs 1 500 crowns, not 2.",
    "We meet on May 5, 2024 at noon.",
    "We meet on Jan. 5 at noon.",
    "He lives at No. 5 in our street.",
    "She paid $5 million for 3 of them.",
    "In 1999. That was the year.",
    "Take .5 mg now, then 2.5 mg.",
    "Call 555-0199 or 1 800 555 0199.",
]


def read(text: str, halt: int) -> str:
    segmenter = Segmenter()
    segmenter.feed(text[:halt])
    segments = list(iter(segmenter.flush, None))
    segmenter.feed(text[halt:])
    segmenter.close()
    segments += iter(segmenter.next, None)
    return " ".join(words(segment.text) for segment in segments)


@pytest.mark.parametrize("text", TEXTS)
def test_a_halt_changes_no_word(text: str) -> None:
    wanted = read(text, 0)
    for halt in range(1, len(text)):
        if text[halt - 1].isspace() or text[halt].isspace() or text[halt - 1].isdigit() or text[halt - 1] == ".":
            assert read(text, halt) == wanted, text[:halt]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I have 3", "I have"),
        ("I have 3 ", "I have"),
        ("I have 3.", "I have"),
        ("I have 3. ", "I have 3."),
        ("See No.", "See"),
        ("See No. ", "See"),
        ("Come on May 5, ", "Come"),
        ("It is 10 to ", "It is"),
        ("It is 10 to six o'clock, ", "It is 10 to six o'clock,"),
        ("No. ", "No."),
        ("Dr. ", None),
        ("That is all.", "That is all."),
    ],
)
def test_what_a_halt_leaves_unsaid(text: str, said: str | None) -> None:
    segmenter = Segmenter()
    segmenter.feed(text)
    segment = segmenter.flush()
    assert (segment.text if segment else None) == said
