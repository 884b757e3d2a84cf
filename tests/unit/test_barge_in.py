"""What happens to speech on the device while the user speaks, by the configured mode."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.live.barge_in import (
    Action,
    Announce,
    BargeIn,
    CancelSpeech,
    OnDevice,
    Pause,
    SetGain,
)
from steadyvoice.ipc.listening import EarlySign, EarlySignGone, Heard, Listen, SpeechEnded, SpeechStarted

Mode = Literal["duck", "pause", "cancel"]
LOW = 10 ** (-12 / 20)
SILENT = OnDevice()
PLAYS = OnDevice((7, 8), 42, has_begun=True)
WAITS = OnDevice((7, 8))
PAUSED = OnDevice((7, 8), 42, has_begun=True, is_paused=True)
SIGN, GONE, STARTED, ENDED = EarlySign(1), EarlySignGone(2), SpeechStarted(3), SpeechEnded(4)
SPEAKS = Announce("speech_started", 3, 7, 42)
SPEAKS_ALONE = Announce("speech_started", 3, 0, 0)
SILENCE = Announce("speech_ended", 4, 0, 0)
STILL_PLAYS = Announce("speech_ended", 4, 7, 42)


@pytest.mark.parametrize(
    ("mode", "happens"),
    [
        ("cancel", [(SIGN, PLAYS, [SetGain(LOW)]), (GONE, PLAYS, [SetGain(1.0)])]),
        ("cancel", [(SIGN, WAITS, []), (GONE, PLAYS, [])]),
        (
            "cancel",
            [
                (SIGN, PLAYS, [SetGain(LOW)]),
                (STARTED, PLAYS, [SPEAKS, CancelSpeech((7, 8)), SetGain(1.0)]),
                (ENDED, SILENT, [SILENCE]),
            ],
        ),
        ("cancel", [(STARTED, PLAYS, [SPEAKS, CancelSpeech((7, 8))]), (ENDED, SILENT, [SILENCE])]),
        ("cancel", [(STARTED, WAITS, [SPEAKS_ALONE, CancelSpeech((7, 8))])]),
        ("cancel", [(STARTED, SILENT, [SPEAKS_ALONE]), (ENDED, PLAYS, [STILL_PLAYS])]),
        (
            "duck",
            [
                (SIGN, PLAYS, [SetGain(LOW)]),
                (STARTED, PLAYS, [SPEAKS]),
                (ENDED, PLAYS, [SetGain(1.0), STILL_PLAYS]),
            ],
        ),
        ("duck", [(STARTED, SILENT, [SPEAKS_ALONE, SetGain(LOW)]), (ENDED, SILENT, [SetGain(1.0), SILENCE])]),
        (
            "pause",
            [
                (SIGN, PLAYS, [SetGain(LOW)]),
                (STARTED, PLAYS, [SPEAKS, Pause(True)]),
                (ENDED, PAUSED, [SetGain(1.0), Pause(False), STILL_PLAYS]),
            ],
        ),
        ("pause", [(SIGN, PAUSED, []), (STARTED, PAUSED, [SPEAKS]), (ENDED, PAUSED, [STILL_PLAYS])]),
        ("pause", [(STARTED, SILENT, [SPEAKS_ALONE]), (ENDED, SILENT, [SILENCE])]),
        ("pause", [(STARTED, PLAYS, [SPEAKS, Pause(True)]), (ENDED, PLAYS, [STILL_PLAYS])]),
    ],
)
def test_actions(mode: Mode, happens: list[tuple[Heard, OnDevice, list[Action]]]) -> None:
    barge_in = BargeIn(Listen(mode=mode))
    for event, device, actions in happens:
        assert barge_in.on(event, device) == actions


def test_a_clients_pause_is_not_ended() -> None:
    barge_in = BargeIn(Listen(mode="pause"))
    barge_in.on(STARTED, PLAYS)
    barge_in.paused_by_client()
    assert barge_in.on(ENDED, PAUSED) == [STILL_PLAYS]


def test_nothing_is_lowered_by_0_db() -> None:
    barge_in = BargeIn(Listen(mode="duck", duck_db=0))
    assert barge_in.on(SIGN, PLAYS) == barge_in.on(GONE, PLAYS) == []
    assert barge_in.on(STARTED, PLAYS) == [SPEAKS]


@pytest.mark.parametrize(
    ("mode", "events", "actions"),
    [
        ("cancel", [], []),
        ("cancel", [SIGN], [SetGain(1.0)]),
        ("duck", [STARTED], [SetGain(1.0), STILL_PLAYS]),
        ("pause", [SIGN, STARTED], [SetGain(1.0), Pause(False), STILL_PLAYS]),
        ("pause", [STARTED, ENDED], []),
    ],
)
def test_a_lost_listener_leaves_nothing_lowered_or_paused(
    mode: Mode, events: list[Heard], actions: list[Action]
) -> None:
    barge_in = BargeIn(Listen(mode=mode))
    for event in events:
        barge_in.on(event, PLAYS)
    assert barge_in.lost(4, PAUSED) == actions


@given(
    st.sampled_from(["duck", "pause", "cancel"]),
    st.lists(st.tuples(st.sampled_from([SIGN, GONE, STARTED, ENDED]), st.sampled_from([SILENT, PLAYS, WAITS, PAUSED]))),
)
def test_in_the_end_nothing_is_lowered_and_announcements_alternate(
    mode: Mode, events: list[tuple[Heard, OnDevice]]
) -> None:
    barge_in = BargeIn(Listen(mode=mode))
    actions = [action for event, device in events for action in barge_in.on(event, device)]
    actions += barge_in.lost(4, SILENT)
    gains = [action.gain for action in actions if isinstance(action, SetGain)]
    assert gains == [LOW, 1.0] * (len(gains) // 2)
    kinds = [action.kind for action in actions if isinstance(action, Announce)]
    assert kinds == ["speech_started", "speech_ended"] * (len(kinds) // 2)
