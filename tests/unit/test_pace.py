"""How late blocks come to the sound device, by its clock."""

import pytest

from steadyvoice.ipc import histogram
from steadyvoice.workers.playback.pace import Pace

MS = 1_000_000
BUFFER, BLOCK = 480, 128
BLOCK_MS = BLOCK / 48


def observed(*writes: tuple[float, float]) -> tuple[int, float]:
    """Blocks that were judged, and the milliseconds of all. writes: when, in ms, and how much the device then holds."""
    late = histogram.private()
    pace = Pace(late, BLOCK)
    for now, held in writes:
        pace.given(int(now * MS), int((now + held) * MS), BUFFER)
    return sum(late.counts), late.sum_s * 1e3


@pytest.mark.parametrize(
    ("writes", "count", "late_ms"),
    [
        ([(5.0, BLOCK_MS)], 0, 0.0),  # nothing was due before it
        ([(5.0, BLOCK_MS), (5.1, 2 * BLOCK_MS), (5.2, 3 * BLOCK_MS)], 2, 0.2),  # the buffer is filled at once
        ([(5.0, 10.0), (5.0 + BLOCK_MS, 10.0)], 1, 0.0),  # as soon as there is room
        ([(5.0, 10.0), (5.5 + BLOCK_MS, 9.5)], 1, 0.5),
        ([(5.0, 10.0), (5.5 + BLOCK_MS, 9.5), (5.5 + 2 * BLOCK_MS, 9.5)], 2, 1.0),  # still behind
        ([(5.0, 10.0), (4.0 + BLOCK_MS, 10.0)], 1, 0.0),  # a smaller block, which came before
    ],
)
def test_lateness(writes: list[tuple[float, float]], count: int, late_ms: float) -> None:
    assert observed(*writes) == (count, pytest.approx(late_ms, abs=0.001))


def test_after_a_pause_nothing_is_late() -> None:
    late = histogram.private()
    pace = Pace(late, BLOCK)
    pace.given(0, 10 * MS, BUFFER)
    pace.begin()
    pace.given(500 * MS, 510 * MS, BUFFER)
    assert sum(late.counts) == 0
