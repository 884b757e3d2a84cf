"""Who is blamed for a gap (workers/playback/underruns.py): who had the late block the longest."""

from itertools import pairwise

import pytest

from steadyvoice.workers.playback.underruns import UnderrunAttribution

MS = 1_000_000
GENERATOR, VOCODER, CONVERTER, OUTPUT = range(4)


def block(*done_ms: int, begun_ms: int = 0) -> list[int]:
    """The history of a block that the stages before the output were done with at these times."""
    times = [begun_ms * MS, done_ms[0] * MS]
    for before, done in pairwise(done_ms):
        times += [before * MS, done * MS]
    return [*times, 0, 0]


def blamed(*done_ms: int, dry_ms: int = 120, now_ms: int = 200) -> tuple[int, float] | None:
    """After a block that came in time, the device runs dry, and then comes this one."""
    lateness = UnderrunAttribution(OUTPUT)
    lateness.took(block(10, 20, 30))
    assert lateness.late(40 * MS) is None
    lateness.dry(dry_ms * MS)
    lateness.took(block(*done_ms))
    return lateness.late(now_ms * MS)


@pytest.mark.parametrize(
    ("done_ms", "stage"),
    [
        pytest.param((150, 160, 170), GENERATOR, id="made late"),
        pytest.param((60, 160, 170), VOCODER, id="vocoded late"),
        pytest.param((30, 40, 190), CONVERTER, id="converted late"),
        pytest.param((30, 40, 110), OUTPUT, id="was there in time"),
    ],
)
def test_the_stage_that_had_it_longest(done_ms: tuple[int, ...], stage: int) -> None:
    assert blamed(*done_ms) == (stage, 80.0)


def test_told_once() -> None:
    lateness = UnderrunAttribution(OUTPUT)
    lateness.took(block(10, 20, 30))
    lateness.dry(25 * MS)
    assert lateness.late(35 * MS) == (GENERATOR, 10.0)
    assert lateness.late(36 * MS) is None


def test_the_gap_began_when_it_began() -> None:
    """However often the device says so before the block comes."""
    lateness = UnderrunAttribution(OUTPUT)
    for at in (100, 110, 120):
        lateness.dry(at * MS)
    lateness.took(block(150, 160, 170, begun_ms=90))
    assert lateness.late(180 * MS) == (GENERATOR, 80.0)


def test_another_utterance_owes_nothing() -> None:
    lateness = UnderrunAttribution(OUTPUT)
    lateness.took(block(10, 20, 30))
    lateness.dry(50 * MS)
    lateness.begin()
    lateness.took(block(150, 160, 170))
    assert lateness.late(180 * MS) is None
