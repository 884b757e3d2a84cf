"""Who waits and who falls silent, against the sentences of speech-dispatcher's documentation."""

import pytest

from steadyvoice.daemon.scheduling.priorities import ORDER, is_dropped, silences
from steadyvoice.ipc.messages import Priority


def silenced_by(new: Priority, *, playing: bool) -> set[str]:
    return {old for old in ORDER if silences(new, old, playing)}


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
def test_who_falls_silent(new: Priority, playing: set[str], waiting: set[str]) -> None:
    assert silenced_by(new, playing=True) == playing
    assert silenced_by(new, playing=False) == waiting


def test_nothing_silences_what_is_important() -> None:
    assert not any(silences(new, "important", playing) for new in ORDER for playing in (True, False))


def test_a_notification_is_said_only_where_nothing_else_is() -> None:
    assert not is_dropped("notification", [])
    assert not is_dropped("notification", ["notification"])
    assert all(is_dropped("notification", ["notification", other]) for other in ORDER[:-1])
    assert not any(is_dropped(new, ORDER) for new in ORDER[:-1])
