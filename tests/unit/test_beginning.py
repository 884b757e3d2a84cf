"""Speech that begins at a sample or at a character: which requests can, and what the generator leaves out."""

from typing import Any

import pytest
from support.silent_engine import state

from steadyvoice.daemon.control.checks import check_speak
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.requests import Speak
from steadyvoice.workers.generation.frame_progress import FIRST_AUDIO_DEADLINE_S, FrameProgress
from steadyvoice.workers.generation.pick import pick
from steadyvoice.workers.generation.utterance_state import UtteranceState

TEXT = "One here. Two there. Three."
PCM: dict[str, Any] = {"text": TEXT, "sink": "pcm"}


@pytest.mark.parametrize(
    ("request_", "code", "why"),
    [
        ({**PCM, "from_sample": -1}, "out_of_range", "from_sample -1 is not from 0"),
        ({**PCM, "from_sample": 1 << 32}, "out_of_range", "from_sample 4294967296 is not from 0 to 4294967295"),
        ({**PCM, "from_char": -1}, "out_of_range", "from_char -1 is not from 0"),
        ({**PCM, "from_char": len(TEXT)}, "out_of_range", "from_char 27 is behind the end .* 27 characters"),
        ({"text": TEXT, "from_sample": 5}, "bad_message", "use from_char"),
        ({**PCM, "open": True, "from_sample": 5}, "bad_message", "needs the whole text"),
        ({"text": "control_c", "say": "key", "from_char": 2}, "bad_message", "said as a whole"),
    ],
)
def test_where_speech_cannot_begin(request_: dict[str, Any], code: str, why: str) -> None:
    with pytest.raises(RequestRefused, match=why) as refused:
        check_speak(Speak(**request_))
    assert refused.value.code == code
    assert (refused.value.field in request_) == (code == "out_of_range")


@pytest.mark.parametrize(
    "request_",
    [
        {**PCM, "from_sample": 5},
        {**PCM, "from_char": len(TEXT) - 1, "from_sample": 5},
        {"text": TEXT, "from_char": 5},
        {"open": True, "from_char": 500},
        {"text": "B", "sink": "pcm", "say": "character", "from_sample": 5},
    ],
)
def test_where_speech_can_begin(request_: dict[str, Any]) -> None:
    check_speak(Speak(**request_))


def spoken(from_char: int, text: str, **how: Any) -> tuple[list[str], UtteranceState]:
    utterance = state(from_char=from_char, **how)
    utterance.text.feed(text.encode(), 0.0)
    utterance.text.close(0.0)
    said: list[str] = []
    while not utterance.text.done:
        segment = utterance.text.take(0.0, 2.0, is_first=False)
        assert segment is not None
        if not utterance.passes_over(segment):
            start = utterance.begin_segment(segment)
            assert start.number == len(said)
            said.append(f"{start.at} {start.sentence} {utterance.spoken}")
            utterance.pending_silence = 0
            utterance.end_segment()
    return said, utterance


@pytest.mark.parametrize(
    ("from_char", "first"),
    [(0, 0), (8, 0), (9, 1), (19, 1), (20, 2), (26, 2), (27, 3)],
    ids=lambda value: str(value),
)
def test_segments_before_the_character_are_cut_and_not_spoken(from_char: int, first: int) -> None:
    assert spoken(from_char, TEXT)[0] == ["0 0 One here.", "9 1 Two there.", "20 2 Three."][first:]


def test_a_language_that_was_named_before_the_character_is_not_named_again() -> None:
    spanish = "Mañana iremos al mercado porque no hay nada en la nevera. "
    whole, _ = spoken(0, f"He said this. {spanish}Muy bien. It was late.")
    for from_char, said in ((20, whole[1:]), (14 + len(spanish), whole[2:])):
        rest, utterance = spoken(from_char, f"He said this. {spanish}Muy bien. It was late.")
        assert rest == said
        assert utterance.foreign == ""


def test_pauses_and_marks_of_a_document_before_the_character_are_left_out() -> None:
    text = "<speak>One. <mark name='a'/><break time='1s'/> Two. <break time='2s'/>Three.</speak>"
    said, utterance = spoken(text.index("Two"), text, ssml=True)
    assert [each.split(" ", 2)[2] for each in said] == ["Two.", "", "Three."]
    assert utterance.silence == 2 * 48_000
    assert not utterance.other_marks().words


def test_before_the_first_sample_to_be_heard_an_utterance_has_the_deadline_of_a_new_one() -> None:
    progress = FrameProgress(0, 0.01, given_s=2.5)
    progress.add(200, now=10.0)
    assert progress.precedes_listener
    progress.add(100, now=20.0)
    assert not progress.precedes_listener
    assert progress.lead_s(2.5) == pytest.approx(0.5)
    assert progress.deadline_s(2.5, 20.0) == pytest.approx(0.5)
    progress.add(100, now=20.0)
    assert progress.deadline_s(4.0, 20.0) == pytest.approx(1.5), "what is computed and not sent takes no part in it"
    utterance = state(from_sample=48_000)
    utterance.begun = True
    utterance.progress.add(90, 0.0)
    assert utterance.candidate(1.0, 0.0, 2.0, skipped=False).deadline_s == FIRST_AUDIO_DEADLINE_S
    utterance.progress.add(20, 0.0)
    assert utterance.candidate(1.0, 0.0, 2.0, skipped=False).deadline_s == pytest.approx(0.1)


@pytest.mark.parametrize(("from_sample", "waits"), [(48_000, True), (0, False)])
def test_what_is_computed_and_not_sent_leaves_room_for_what_is_heard(from_sample: int, waits: bool) -> None:
    utterance = state(from_sample=from_sample)
    utterance.text.feed(TEXT.encode(), 0.0)
    now = [
        pick([utterance.candidate(0.0, 0.0, 2.0, skipped=False, is_full=full)], 1.0, 0.1).candidate
        for full in (False, True)
    ]
    assert now == [0, None if waits else 0]
