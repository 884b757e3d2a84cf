"""An underrun is attributed to the stage that spent the longest time on the late block."""

from itertools import pairwise

import pytest

from steadyvoice.workers.playback.underruns import UnderrunAttribution

MS = 1_000_000
GENERATOR, VOCODER, CONVERTER, OUTPUT = range(4)


def block(*done_ms: int, begun_ms: int = 0) -> list[int]:
    """slot.TIMES of a block that the stages before the output finished at these times."""
    times = [begun_ms * MS, done_ms[0] * MS]
    for before, done in pairwise(done_ms):
        times += [before * MS, done * MS]
    return times


def attributed(*done_ms: int, underrun_ms: int = 120, now_ms: int = 200) -> tuple[int, float] | None:
    """An underrun follows a block that came in time, and ends with this one."""
    underruns = UnderrunAttribution()
    underruns.block_taken(block(10, 20, 30))
    assert underruns.attribute(40 * MS) is None
    underruns.underrun(underrun_ms * MS)
    underruns.block_taken(block(*done_ms))
    return underruns.attribute(now_ms * MS)


@pytest.mark.parametrize(
    ("done_ms", "stage"),
    [
        pytest.param((150, 160, 170), GENERATOR, id="generated late"),
        pytest.param((60, 160, 170), VOCODER, id="vocoded late"),
        pytest.param((30, 40, 190), CONVERTER, id="converted late"),
        pytest.param((30, 40, 110), OUTPUT, id="reached the output in time"),
    ],
)
def test_the_stage_with_the_longest_time_is_the_cause(done_ms: tuple[int, ...], stage: int) -> None:
    assert attributed(*done_ms) == (stage, 80.0)


def test_an_underrun_is_returned_once() -> None:
    underruns = UnderrunAttribution()
    underruns.block_taken(block(10, 20, 30))
    underruns.underrun(25 * MS)
    assert underruns.attribute(35 * MS) == (GENERATOR, 10.0)
    assert underruns.attribute(36 * MS) is None


def test_the_first_call_is_the_beginning_of_the_underrun() -> None:
    """The device may report an empty buffer many times before the block comes."""
    underruns = UnderrunAttribution()
    for at in (100, 110, 120):
        underruns.underrun(at * MS)
    underruns.block_taken(block(150, 160, 170, begun_ms=90))
    assert underruns.attribute(180 * MS) == (GENERATOR, 80.0)


def test_no_underrun_between_two_utterances() -> None:
    underruns = UnderrunAttribution()
    underruns.block_taken(block(10, 20, 30))
    underruns.underrun(50 * MS)
    underruns.begin()
    underruns.block_taken(block(150, 160, 170))
    assert underruns.attribute(180 * MS) is None
