"""The screen of ``svctl top`` at any size, and its keys."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.top.columns import STAGES, duration, fitting, number, size
from steadyvoice.client.svctl.top.rows import Header, StageRow, UtteranceRow
from steadyvoice.client.svctl.top.screen import MIN_COLUMNS, MIN_ROWS, Line, plain, screen, shares
from steadyvoice.client.svctl.top.view import SORTS, Action, View

HEAD = Header(75.0, "0.1.0", "ready", "pulse", 21.3, False, 2, 16, 1, 1, 0.0094, 0, 3, {"vocoder": 3})
STAGE = StageRow("B", "vocoder hibari", 4713, "0", "F20", 93.75, 0.123, 16e-6, 34e-6, 0.0021, 3, 64, 0, 62 << 20, 0.02)
ROWS = [replace(STAGE, name=f"stage {number}", busy=number / 10, rss_bytes=number << 20) for number in range(4)]
UTTERANCE = UtteranceRow(7, "cat 4711", "pcm", "playing", 1.5, 0.0092, 12, 90)
SPOKEN = [replace(UTTERANCE, id=number) for number in range(1, 9)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"), (0.0, "0"), (16e-6, "16us"), (0.00034, "340us"), (0.9996e-3, "1.0ms"), (0.0012, "1.2ms"),
        (0.34, "340ms"), (1.0, "1.0s"), (12.34, "12.3s"), (450, "7.5m"), (18_000, "5.0h"), (30 * 86400, "30d"),
    ],
)  # fmt: skip
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e9))
def test_a_duration_is_short(seconds: float) -> None:
    assert len(duration(seconds)) <= 6


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0, "0"), (2.54, "2.5"), (99.96, "100"), (1234.5, "1234")])
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0M"), (62 << 20, "62M"), (5 << 30, "5.0G"), (1023 << 20, "1.0G")])
def test_size(count: int, text: str) -> None:
    assert size(count) == text


def test_a_wide_terminal_has_every_column() -> None:
    assert [column.title for column in fitting(STAGES, 110)] == (
        ["S", "NAME", "PID", "CPU", "POL", "BLK/s", "BUSY%", "WAIT", "HOP95", "LONGEST", "RING", "RST", "RSS", "AGE"]
    )


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (80, "S NAME PID CPU POL BLK/s BUSY% HOP95 LONGEST RING RST"),
        (60, "S NAME BLK/s BUSY% HOP95 LONGEST RING RST"),
        (MIN_COLUMNS, "S NAME BLK/s BUSY% HOP95 RST"),
    ],
)
def test_columns_of_less_use_go_first(width: int, titles: str) -> None:
    assert [column.title for column in fitting(STAGES, width)] == titles.split()


def lines(view: View, width: int = 110, height: int = 20, utterances: list[UtteranceRow] = SPOKEN) -> list[Line]:
    return screen(HEAD, ROWS, utterances, view, width, height)


def test_the_screen() -> None:
    found = [line.text for line in lines(View(chosen=2), utterances=SPOKEN[:2])]
    assert len(found) == 20
    assert found[:3] == [
        "svd 0.1.0, up 75.0s, ready; pulse, 21 ms",
        "streams 2/16, on the device 1, queue 1, first audio p95 9.4ms in the last minute",
        "underruns 3 (0 in the last minute): vocoder 3",
    ]
    assert found[3].split() == [
        "S",
        "NAME",
        "PID",
        "CPU",
        "POL",
        "BLK/s",
        "BUSY%",
        "WAIT",
        "HOP95",
        "LONGEST",
        "RING",
        "RST",
        "RSS",
        "AGE",
    ]
    assert found[4].split() == [
        "B",
        "stage",
        "0",
        "4713",
        "0",
        "F20",
        "93.8",
        "0",
        "16us",
        "34us",
        "2.1ms",
        "3/64",
        "0",
        "0M",
        "20ms",
    ]
    assert found[8].split() == ["ID", "CLIENT", "SINK", "STATE", "AHEAD", "FIRST", "HEARD"]
    assert found[9].split() == ["1", "cat", "4711", "pcm", "playing", "1.5s", "9.2ms", "12/90"]
    assert [line.style for line in lines(View(chosen=2))][9:11] == ["plain", "chosen"]


@given(st.integers(1, 130), st.integers(1, 40), st.integers(0, 8), st.booleans())
def test_it_never_leaves_the_terminal(width: int, height: int, count: int, helps: bool) -> None:
    found = lines(View(help=helps), width, height, SPOKEN[:count])
    assert len(found) <= height
    assert all(len(line.text) <= width for line in found)
    if width < MIN_COLUMNS or height < MIN_ROWS:
        assert found[0].text == "too small: 44 x 8 are needed"[:width]


def test_what_does_not_fit_is_counted_and_the_chosen_one_is_shown() -> None:
    for chosen in range(1, 9):
        found = [line for line in lines(View(chosen=chosen), height=12) if line.style == "chosen"]
        assert [line.text.split()[0] for line in found] == [str(chosen)]
    assert any(line.text == "... 5 more" for line in lines(View(), height=14))


@pytest.mark.parametrize(
    ("height", "stages", "utterances", "shown"),
    [
        (20, 4, 3, (4, 3)),
        (9, 20, 20, (6, 3)),
        (9, 4, 20, (4, 5)),
        (9, 20, 1, (8, 1)),
        (9, 20, 0, (9, 0)),
        (2, 9, 9, (2, 0)),
    ],
)
def test_shares_of_the_height(height: int, stages: int, utterances: int, shown: tuple[int, int]) -> None:
    assert shares(height, stages, utterances) == shown


@pytest.mark.parametrize("sort", SORTS)
def test_sorting(sort: str) -> None:
    names = [row.name for row in View(sort=sort).in_order(ROWS)]
    assert names == ([f"stage {number}" for number in (3, 2, 1, 0)] if sort in ("busy", "memory") else
                     [f"stage {number}" for number in range(4)])  # fmt: skip


def test_s_goes_through_the_orders() -> None:
    view = View()
    seen = [view.sort]
    for _ in SORTS:
        view.key("s")
        seen.append(view.sort)
    assert seen == [*SORTS, "pipeline"]


def test_keys_without_a_choice() -> None:
    view = View()
    view.show([])
    assert view.key("q") == Action("quit")
    assert view.key("k") is None
    assert view.message == "choose an utterance with the arrow keys"
    assert view.key("DOWN") is None
    assert view.message == "nothing is spoken"
    assert view.key("x") is None
    assert view.message == ""


def test_arrows_choose_an_utterance() -> None:
    view = View()
    view.show([5, 6, 7])
    chosen = []
    for key in ("DOWN", "DOWN", "DOWN", "DOWN", "UP"):
        view.key(key)
        chosen.append(view.chosen)
    assert chosen == [5, 6, 7, 7, 6]
    assert view.key("k") == Action("cancel", 6)
    assert view.key("t") == Action("trace", 6)
    view.show([5, 7])
    assert view.chosen == 0
    view.key("UP")
    assert view.chosen == 7


def test_space_stops_and_goes_on() -> None:
    view = View()
    assert view.key(" ") is None
    assert lines(view)[-1].text.startswith("STOPPED")
    assert view.key(" ") == Action("read")
    assert not view.paused


@pytest.mark.parametrize(
    ("typed", "delay_s", "message"),
    [
        (["2", "ENTER"], 2.0, ""),
        (["1", "x", ".", "5", "9", "BACKSPACE", "ENTER"], 1.5, ""),
        (["9", "ESCAPE"], 0.5, ""),
        (["0", "ENTER"], 0.5, "0 is not from 0.1 to 3600 s"),
        (["ENTER"], 0.5, "nothing is not from 0.1 to 3600 s"),
        (["1", ".", ".", "ENTER"], 0.5, "1.. is not from 0.1 to 3600 s"),
    ],
)
def test_another_delay(typed: list[str], delay_s: float, message: str) -> None:
    view = View(0.5)
    view.key("d")
    assert "seconds between readings (now 0.5): " in lines(view)[-1].text
    actions = [view.key(key) for key in typed]
    assert (view.delay_s, view.message, view.typed) == (delay_s, message, None)
    assert actions[-1] == (Action("read") if delay_s != 0.5 else None)


def test_help_goes_with_any_key() -> None:
    view = View()
    view.key("h")
    assert "cancel the chosen utterance" in lines(view)[1].text
    assert view.key("q") is None
    assert view.key("q") == Action("quit")


def test_batch_lines() -> None:
    assert plain(HEAD, ROWS, []).count("\n") == 3 + 5
    assert plain(HEAD, ROWS, SPOKEN).count("\n") == 3 + 5 + 9
    assert "vocoder hibari" in plain(HEAD, [STAGE], [])
