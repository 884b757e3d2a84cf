"""The words that an utterance was heard up to, also after a skip or a replay."""

import pytest

from steadyvoice.daemon.scheduling.word_timeline import WordTimeline
from steadyvoice.ipc.stage_protocol import Word

FIRST = [Word(0, 4, 0, 100, 0), Word(5, 8, 110, 200, 0), Word(9, 13, 210, 300, 0)]


@pytest.mark.parametrize(
    ("samples", "word", "heard"), [(0, FIRST[0], 0), (105, FIRST[0], 4), (110, FIRST[1], 4), (999, FIRST[2], 13)]
)
def test_words_by_position(samples: int, word: Word, heard: int) -> None:
    timeline = WordTimeline()
    timeline.add_words(FIRST)
    assert timeline.word_at(samples) == word
    assert timeline.heard_chars(samples) == heard


def test_words_of_a_segment_generated_again_are_ignored() -> None:
    timeline = WordTimeline()
    timeline.add_words(FIRST)
    timeline.add_words(FIRST)
    assert timeline.words == FIRST


def test_words_that_a_skip_left_ungenerated_are_removed() -> None:
    timeline = WordTimeline()
    timeline.add_words(FIRST)
    timeline.marked = 2
    following = Word(20, 22, 150, 180, 1)
    timeline.add_words([following])
    assert timeline.words == [FIRST[0], Word(5, 8, 110, 150, 0), following]
    assert timeline.marked == 2
    assert [timeline.heard_chars(samples) for samples in (100, 149, 150, 180)] == [4, 4, 8, 22]


def test_a_mark_of_a_removed_word_is_forgotten() -> None:
    timeline = WordTimeline()
    timeline.add_words(FIRST)
    timeline.marked = 3
    timeline.add_words([Word(20, 22, 50, 80, 1)])
    assert timeline.marked == 1
