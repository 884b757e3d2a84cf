"""The state of an utterance in ``queue`` of the status."""

import pytest

from steadyvoice.daemon.control.queue_status import state_of


@pytest.mark.parametrize(
    ("has_lane", "has_sound", "paused", "cancelled", "state"),
    [
        (False, False, False, False, "waiting"),
        (False, False, True, False, "waiting"),
        (True, False, False, False, "begun"),
        (True, True, False, False, "playing"),
        (True, False, True, False, "paused"),
        (True, True, True, False, "paused"),
        (True, True, False, True, "ending"),
        (True, True, True, True, "ending"),
    ],
)
def test_state(has_lane: bool, has_sound: bool, paused: bool, cancelled: bool, state: str) -> None:
    assert state_of(has_lane=has_lane, has_sound=has_sound, paused=paused, cancelled=cancelled) == state
