"""The generator's state of one utterance: numbers of segments and sentences, deadlines, and what it may compute."""

import pytest
from support.silent_engine import state

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.stage_protocol import CONVERTER_MAX_BUFFERED_S, VOCODER_MAX_BUFFERED_S
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.frame_progress import FIRST_AUDIO_DEADLINE_S, FrameProgress, SpeakingRate
from steadyvoice.workers.generation.utterance_state import UtteranceState


def take(utterance: UtteranceState) -> None:
    segment = utterance.text.take(0.0, 2.0, is_first=False)
    assert segment is not None
    utterance.begin_segment(segment)


def test_segments_and_sentences_are_numbered() -> None:
    utterance = state()
    long = "A word, " + "a word, " * 50 + "end."
    utterance.text.feed(f"One. {long} Last.".encode(), 0.0)
    utterance.text.close(0.0)
    numbers = []
    while not utterance.text.done:
        take(utterance)
        words = utterance.begin.words
        assert (words[s.SEGMENT], words[s.SENTENCE]) == (utterance.segment_number, utterance.sentence)
        numbers.append((utterance.segment_number, utterance.sentence))
        utterance.end_segment()
    assert numbers == [(0, 0), (1, 1), (2, 1), (3, 2)]


def test_sentences_in_another_language_are_named_once_a_run() -> None:
    spanish = "Mañana iremos al mercado porque no hay nada en la nevera. Muy bien. "
    utterance = state()
    utterance.text.feed(f"He said this. {spanish}It was late. {spanish}".encode(), 0.0)
    utterance.text.close(0.0)
    said = []
    while not utterance.text.done:
        take(utterance)
        said.append((utterance.spoken, utterance.foreign))
        utterance.end_segment()
    named = [("Spanish text.", "es"), ("", "es")]
    assert said == [("He said this.", ""), *named, ("It was late.", ""), *named]


def test_text_in_a_language_that_the_document_names_is_left_out() -> None:
    utterance = state(ssml=True)
    utterance.text.feed(
        b"<speak>He said <lang xml:lang='fr'>bonjour. <prosody rate='fast'>Merci.</prosody></lang> And left.</speak>",
        0.0,
    )
    utterance.text.close(0.0)
    said = []
    while not utterance.text.done:
        take(utterance)
        said.append((utterance.spoken, utterance.foreign))
        utterance.end_segment()
    assert said == [("He said", ""), ("French text.", "fr"), ("", "fr"), ("And left.", "")]
    assert utterance.new_notes() == []


def test_a_restart_inside_a_run_does_not_name_it_again() -> None:
    utterance = state(restart=RestartPoint(0, 1, 0, 50, at=20, foreign="es"))
    utterance.text.feed(b"Muy bien.", 0.0)
    utterance.text.close(0.0)
    take(utterance)
    assert (utterance.spoken, utterance.foreign) == ("", "es")


def test_a_restart_continues_all_counters() -> None:
    utterance = state(restart=RestartPoint(1, 3, 0, 500, at=40, line=0, sentence=2))
    assert (utterance.segment_number, utterance.text_position, utterance.sentence) == (3, 40, 2)
    assert utterance.progress.frames == 500
    utterance.text.feed(b"Next.", 0.0)
    utterance.text.close(0.0)
    take(utterance)
    assert utterance.text_position == 45
    (word,) = utterance.words([engines.Word(0, 5, 1, 3)]).words
    assert (word.start, word.end, word.begins, word.ends, word.sentence) == (40, 45, 240_480, 241_440, 2)


def test_after_another_voice_the_restart_is_in_seconds() -> None:
    assert state(restart=RestartPoint(1, 3, seconds=1.5)).progress.frames == 150


@pytest.mark.parametrize(
    ("sink", "restart", "text", "begun", "holds", "work"),
    [
        ("device", None, "", False, False, False),
        ("device", None, "A text.", False, True, True),
        ("device", None, "", True, True, False),
        ("device", RestartPoint(1), "", False, True, False),
        ("pcm", None, "A text.", True, False, True),
    ],
)
def test_candidate(sink: str, restart: RestartPoint | None, text: str, begun: bool, holds: bool, work: bool) -> None:
    utterance = state(sink, restart=restart)
    utterance.text.feed(text.encode(), 0.0)
    utterance.begun = begun
    candidate = utterance.candidate(0.0, 0.0, 2.0, skipped=False)
    assert (candidate.holds_device, candidate.has_work) == (holds, work)
    assert candidate.deadline_s == (0.0 if begun else FIRST_AUDIO_DEADLINE_S)
    assert not candidate.is_playing


def test_the_lookahead_includes_what_later_stages_buffer() -> None:
    lookaheads = [
        state(converter=converter, buffered=buffered).candidate(0.0, 0.0, 2.0, skipped=False).lookahead_s
        for converter, buffered in (("", False), ("", True), ("shift", False), ("shift", True))
    ]
    both = VOCODER_MAX_BUFFERED_S + CONVERTER_MAX_BUFFERED_S
    assert lookaheads == [2.0, 2.0 + VOCODER_MAX_BUFFERED_S, 2.0 + CONVERTER_MAX_BUFFERED_S, 2.0 + both]


def test_deadline() -> None:
    progress = FrameProgress(0, 0.01)
    progress.add(100, now=10.0)
    assert progress.lead_s(0.4) == pytest.approx(0.6)
    assert progress.deadline_s(0.4, 10.4) == pytest.approx(0.6)
    assert progress.deadline_s(1.0, 10.2) == pytest.approx(0.8), "a client that reads ahead is not served earlier"
    assert progress.deadline_s(0.4, 12.0) == pytest.approx(0.6), "a client that reads late has its samples"
    progress.add(100, now=12.0)
    assert progress.deadline_s(2.0, 12.0) == pytest.approx(1.0), "the deadline restarts after an underrun"


def test_the_speaking_rate_is_learned() -> None:
    rate = SpeakingRate()
    assert rate.seconds(15) == pytest.approx(1.0)
    for _ in range(20):
        rate.learn(20, 1.0)
    assert rate.seconds(20) == pytest.approx(1.0, rel=0.01)
