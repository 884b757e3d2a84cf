"""When the user speaks: thresholds, durations, and the order of what is reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc.listening import EarlySign, EarlySignGone, Heard, Listen, SpeechEnded, SpeechStarted
from steadyvoice.workers.listening.detector import Detector

MS = 1_000_000
STEP = 32 * MS
START = 10**12


def reported(
    settings: Listen, probabilities: list[float], we_speak: bool = False, echo_is_known: bool = True
) -> list[Heard]:
    detector = Detector(settings)
    return [
        event
        for number, probability in enumerate(probabilities, 1)
        for event in detector.speech(START + number * STEP, probability, we_speak, echo_is_known)
    ]


@pytest.mark.parametrize(
    ("aggressiveness", "we_speak", "threshold"),
    [
        *[(0, False, 0.8), (1, False, 0.65), (2, False, 0.5), (3, False, 0.35)],
        *[(0, True, 0.5), (1, True, 0.3), (2, True, 0.15), (3, True, 0.1)],
    ],
)
def test_speech_begins_at_the_threshold(aggressiveness: int, we_speak: bool, threshold: float) -> None:
    settings = Listen(aggressiveness=aggressiveness)
    assert reported(settings, [threshold - 0.01], we_speak) == []
    assert reported(settings, [threshold], we_speak) == [SpeechStarted(START)]


def test_speech_over_an_echo_that_is_not_known_yet_must_last_longer() -> None:
    """And be as probable as in silence."""
    assert reported(Listen(min_speech_ms=32), [0.9] * 8, True, False) == []
    assert reported(Listen(min_speech_ms=32), [0.9] * 9, True, False) == [SpeechStarted(START)]
    assert reported(Listen(min_speech_ms=32), [0.4] * 20, True, False) == []
    assert reported(Listen(min_speech_ms=32), [0.9], False, False) == [SpeechStarted(START)]


@pytest.mark.parametrize(
    ("min_speech_ms", "steps"),
    [(0, 1), (1, 1), (32, 1), (33, 2), (64, 2), (65, 3), (2000, 63)],
)
def test_speech_lasts_before_it_counts(min_speech_ms: int, steps: int) -> None:
    settings = Listen(min_speech_ms=min_speech_ms)
    assert reported(settings, [0.9] * (steps - 1) + [0.1] + [0.9] * (steps - 1)) == []
    assert reported(settings, [0.1] * 3 + [0.9] * steps) == [SpeechStarted(START + 3 * STEP)]


@pytest.mark.parametrize(("min_silence_ms", "steps"), [(0, 1), (32, 1), (200, 7), (500, 16)])
def test_speech_ends_after_silence(min_silence_ms: int, steps: int) -> None:
    settings = Listen(min_silence_ms=min_silence_ms)
    pause = [0.9, *[0.0] * (steps - 1)]
    assert reported(settings, pause * 3) == [SpeechStarted(START)]
    ended = reported(settings, [*pause, 0.9, *[0.0] * steps])
    assert ended == [SpeechStarted(START), SpeechEnded(START + (steps + 1) * STEP)]


def test_speech_goes_on_below_the_threshold() -> None:
    settings = Listen(min_silence_ms=32)
    assert reported(settings, [0.5, 0.36, 0.36]) == [SpeechStarted(START)]
    assert reported(settings, [0.5, 0.34]) == [SpeechStarted(START), SpeechEnded(START + STEP)]
    assert reported(settings, [0.15, 0.09], we_speak=True) == [SpeechStarted(START)]


@pytest.mark.parametrize(
    ("raised", "we_speak", "events"),
    [
        ([1], [1], [(0, EarlySign)]),
        ([1], [0], []),
        ([1] * 40, [1] * 40, [(0, EarlySign), (30, EarlySignGone)]),
        ([1, 0, 1, 0], [1] * 4, [(0, EarlySign)]),
        ([1] * 31 + [0, 1], [1] * 33, [(0, EarlySign), (30, EarlySignGone), (32, EarlySign)]),
        ([1, 1, 1], [1, 1, 0], [(0, EarlySign), (2, EarlySignGone)]),
        ([1, 1, 0, 1], [0, 1, 1, 1], [(3, EarlySign)]),
    ],
    ids=["at once", "only while we speak", "goes away", "held", "again", "we end", "at its beginning"],
)
def test_an_early_sign_goes_away(raised: list[int], we_speak: list[int], events: list[tuple[int, type]]) -> None:
    detector = Detector(Listen())
    got = [
        (number, type(event))
        for number, (is_raised, speaks) in enumerate(zip(raised, we_speak, strict=True))
        for event in detector.loudness(START + number * 10 * MS, bool(is_raised), bool(speaks))
    ]
    assert got == events


def test_speech_agrees_with_an_early_sign() -> None:
    detector = Detector(Listen())
    assert detector.loudness(START, True, True) == [EarlySign(START)]
    assert detector.speech(START + STEP, 0.9, True, True) == [SpeechStarted(START)]
    later = [detector.loudness(START + number * 10 * MS, number % 3 > 0, True) for number in range(4, 60)]
    assert later == [[]] * 56


@given(
    st.builds(
        Listen, aggressiveness=st.integers(0, 3), min_speech_ms=st.integers(0, 100), min_silence_ms=st.integers(0, 100)
    ),
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.09, 0.2, 0.4, 0.6, 1.0]), st.booleans(), st.booleans(), st.booleans()),
        max_size=200,
    ),
)
def test_reports_alternate(settings: Listen, hops: list[tuple[float, bool, bool, bool]]) -> None:
    detector = Detector(settings)
    user_speaks = sign = False
    started_ns = 0
    for number, (probability, is_raised, we_speak, echo_is_known) in enumerate(hops, 1):
        at_ns = START + number * 10 * MS
        events = detector.loudness(at_ns, is_raised, we_speak)
        if number % 3 == 0:
            events += detector.speech(at_ns, probability, we_speak, echo_is_known)
        for event in events:
            match event:
                case EarlySign():
                    assert not sign
                    assert not user_speaks
                    sign = True
                case EarlySignGone():
                    assert sign
                    sign = False
                case SpeechStarted():
                    assert not user_speaks
                    user_speaks, sign, started_ns = True, False, event.at_ns
                case SpeechEnded():
                    assert user_speaks
                    assert started_ns < event.at_ns <= at_ns
                    user_speaks = False
