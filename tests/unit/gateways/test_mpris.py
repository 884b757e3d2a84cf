"""What plays, as MPRIS shows it."""

import pytest

from steadyvoice.gateways.mpris.state import State, title
from steadyvoice.ipc import messages as m

FIRST = m.Queued(0, 1, sink="device", text="Hello\n  there.")
SECOND = m.Queued(0, 2, sink="device", text="And more.")
STREAM = m.Queued(0, 3, sink="pcm")


def started(number: int) -> m.Started:
    return m.Started(number, 24000)


def finished(number: int) -> m.Finished:
    return m.Finished(number, "done", 5, 1.0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello  there.\n", "Hello there."),
        ("a <b> & c", "a <b> & c"),
        ('<speak><mark name="0:3"/>Tom <mark name="4:5"/>&amp; <mark name="6:11"/>Jerry</speak>', "Tom & Jerry"),
        ('<speak>Hello <mark name="', "Hello"),
        ("<speak>", "Steadyvoice"),
        ("", "Steadyvoice"),
    ],
)
def test_title(text: str, shown: str) -> None:
    assert title(text) == shown


@pytest.mark.parametrize(
    ("events", "status", "named"),
    [
        ([], "Stopped", None),
        ([FIRST], "Stopped", None),
        ([FIRST, started(1)], "Playing", "Hello there."),
        ([FIRST, SECOND, started(1), finished(2)], "Playing", "Hello there."),
        ([FIRST, SECOND, started(1), finished(1)], "Stopped", None),
        ([FIRST, SECOND, started(1), finished(1), started(2)], "Playing", "And more."),
        ([FIRST, started(1), m.Paused(0, True)], "Paused", "Hello there."),
        ([FIRST, started(1), m.Paused(0, True), m.Paused(0, False)], "Playing", "Hello there."),
        ([m.Paused(0, True)], "Paused", None),
        ([m.Queued(0, 1, sink="device"), started(1)], "Playing", "Steadyvoice"),
        ([FIRST, started(1), m.Mark(1, 0, 5, 0.0)], "Playing", "Hello there."),
        ([STREAM, started(3)], "Stopped", None),
        ([FIRST, STREAM, started(1), started(3), finished(3)], "Playing", "Hello there."),
        ([started(9), finished(9)], "Stopped", None),
    ],
)
def test_what_plays(events: list[m.Event], status: str, named: str | None) -> None:
    state = State()
    for event in events:
        state.on_event(event)
    assert state.status == status
    shown = state.metadata.get("xesam:title")
    assert (shown.value if shown else None) == named
    track = state.metadata["mpris:trackid"]
    assert track.signature == "o"
    assert track.value.endswith("NoTrack" if named is None else str(state.playing))
    assert state.properties()["CanGoNext"] is (named is not None)
