"""Queue priority and pre-emption, compared with speech-dispatcher's documentation."""

import pytest

from steadyvoice.daemon.scheduling.priorities import ORDER, is_dropped, is_preempted
from steadyvoice.ipc.requests import Priority


def preempted_by(new: Priority, *, playing: bool) -> set[str]:
    return {old for old in ORDER if is_preempted(old, new, playing=playing)}


@pytest.mark.parametrize(
    ("new", "playing", "waiting"),
    [
        ("important", {"message", "text", "progress", "notification"}, {"notification"}),
        ("message", {"text", "progress", "notification"}, {"text", "notification"}),
        ("text", {"text", "progress", "notification"}, {"text", "notification"}),
        ("progress", {"notification"}, {"progress", "notification"}),
        ("notification", {"notification"}, {"notification"}),
    ],
)
def test_preempted_priorities(new: Priority, playing: set[str], waiting: set[str]) -> None:
    assert preempted_by(new, playing=True) == playing
    assert preempted_by(new, playing=False) == waiting


def test_an_important_utterance_is_never_preempted() -> None:
    assert not any(is_preempted("important", new, playing=playing) for new in ORDER for playing in (True, False))


def test_a_notification_is_dropped_unless_there_are_only_notifications() -> None:
    assert not is_dropped("notification", [])
    assert not is_dropped("notification", ["notification"])
    assert all(is_dropped("notification", ["notification", other]) for other in ORDER[:-1])
    assert not any(is_dropped(new, ORDER) for new in ORDER[:-1])
