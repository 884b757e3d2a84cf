"""A listener's player: what it counts as an underrun."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.bench.load.playback import Playback


def played(blocks: list[tuple[float, float]]) -> Playback:
    playback = Playback()
    for at, seconds in blocks:
        playback.add(at, seconds)
    return playback


@pytest.mark.parametrize(
    ("blocks", "underruns", "starved_s", "worst_s", "due"),
    [
        ([(5.0, 1.0)], 0, 0.0, 0.0, 6.0),
        ([(5.0, 1.0), (5.0, 1.0)], 0, 0.0, 0.0, 7.0),
        ([(5.0, 1.0), (6.0, 1.0)], 0, 0.0, 0.0, 7.0),  # in time
        ([(5.0, 1.0), (6.5, 1.0)], 1, 0.5, 0.5, 7.5),
        ([(5.0, 1.0), (6.5, 1.0), (8.5, 1.0)], 2, 1.5, 1.0, 9.5),  # the delay of one block delays all after it
    ],
)
def test_a_block_that_comes_late_is_an_underrun(
    blocks: list[tuple[float, float]], underruns: int, starved_s: float, worst_s: float, due: float
) -> None:
    playback = played(blocks)
    assert (playback.underruns, playback.starved_s, playback.worst_s) == (underruns, starved_s, worst_s)
    assert (playback.first_at, playback.due) == (5.0, due)


def test_nothing_has_begun_before_the_first_block() -> None:
    assert not Playback().has_begun
    assert played([(0.0, 1.0)]).has_begun


def test_it_is_known_when_so_much_has_been_heard() -> None:
    playback = played([(5.0, 1.0), (5.0, 1.0)])
    assert [playback.heard_at(seconds) for seconds in (0.5, 2.0, 9.0)] == [5.5, 7.0, 7.0]


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.01, 1)), min_size=1))
def test_sound_and_silence_fill_the_time_from_the_first_block_to_the_end(blocks: list[tuple[float, float]]) -> None:
    playback = played(sorted(blocks))
    assert playback.due == pytest.approx(playback.first_at + playback.sound_s + playback.starved_s)
    assert playback.worst_s <= playback.starved_s + 1e-9
