"""Chunk sizes, played on a simulated clock: no chunk is late, and the first is no later than it must be."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steadyvoice.workers.chunk_size import ChunkSizer, Cost

SIZES = tuple(0.064 * n for n in range(1, 17))


class Listener:
    """Plays in real time from the first chunk on; sums up the gaps."""

    def __init__(self) -> None:
        self.now, self.made, self._began, self.gap = 0.0, 0.0, 0.0, 0.0

    def ahead(self) -> float:
        return self._began + self.made - self.now

    def give(self, seconds: float) -> None:
        late = self.now - self._began - self.made if self.made else 0.0
        if not self.made:
            self._began = self.now
        elif late > 0:
            self.gap += late
            self._began += late
        self.made += seconds


def play(
    sizes: tuple[float, ...], fixed: float, slope: float, pace: float, *, kind: type[ChunkSizer] = ChunkSizer
) -> tuple[float, float]:
    """Seconds to the first sound, and of all gaps. A chunk costs fixed + slope s; pace: seconds per second of input."""
    cost = Cost()
    for size in (sizes[0], sizes[-1]):
        cost.learn(size, fixed + slope * size)
    listener = Listener()
    sizer = kind(sizes, cost, listener.ahead, clock=lambda: listener.now)
    step, taken, counted, first = sizes[0], 0.0, 0, 0.0
    while taken < 12 - sizes[-1]:
        arrived = int(listener.now / (step * pace) + 1e-6)
        for _ in range(arrived - counted):
            sizer.arrived(step)
        counted = arrived
        size = sizer.next(arrived * step - taken + 1e-9)
        if not size:
            listener.now = (arrived + 1) * step * pace + 1e-9
            continue
        listener.now += fixed + slope * size
        listener.give(size)
        taken += size
        first = first or listener.now
    return first, listener.gap


@given(st.floats(0.001, 0.3), st.floats(0.01, 0.8), st.floats(0.05, 0.7))
def test_no_gap_when_faster_than_real_time(fixed: float, slope: float, pace: float) -> None:
    assume(1.25 * (fixed + slope * SIZES[-1]) + 0.03 <= SIZES[-1])
    _, gap = play(SIZES, fixed, slope, pace)
    assert gap < 1e-6


@pytest.mark.parametrize(("fixed", "slope"), [(0.08, 0.1), (0.1, 0.3), (0.15, 0.5)])
def test_a_smaller_first_chunk_would_be_followed_by_a_gap(fixed: float, slope: float) -> None:
    """No chunk that plays shorter than it takes can be made up for: the first must have fixed / (1 - slope) seconds."""
    least = next(size for size in SIZES if size >= fixed / (1 - slope))

    class Hasty(ChunkSizer):
        first = SIZES[SIZES.index(least) - 1]

    assert play(SIZES, fixed, slope, 0.3, kind=Hasty)[1] > 0
    first, gap = play(SIZES, fixed, slope, 0.3)
    assert gap < 1e-6
    assert first < least * 1.6 * 0.3 + fixed + slope * least * 1.6 + 2 * SIZES[0], (
        "and it is no later than the margin requires"
    )


def test_chunks_grow_with_the_listeners_buffer() -> None:
    cost = Cost()
    cost.learn(0.1, 0.06)
    cost.learn(1.0, 0.24)
    now = ahead = 0.0
    sizer = ChunkSizer((0.1, 0.2, 0.4, 0.8), cost, lambda: ahead, clock=lambda: now)
    assert sizer.first == 0.2
    assert sizer.next(0.1) == 0.0
    assert sizer.next(5.0) == 0.2
    ahead = 0.2
    assert sizer.next(5.0) == 0.4
    ahead = 0.6
    assert sizer.next(5.0) == 0.8
    assert sizer.next(0.5) == 0.4, "when more comes is not known"
    now = 0.32
    sizer.arrived(0.1)
    now = 0.4
    sizer.arrived(0.1)
    assert sizer.next(0.7) == 0.0, "there is time to wait for a larger chunk"
    ahead = 0.2
    assert sizer.next(0.3) == 0.2, "there is no time"
    ahead = -1.0
    assert sizer.next(5.0) == 0.2, "the listener waits: the smallest chunk without another gap"


def test_the_first_chunk_plays_until_the_second_although_a_part_of_it_is_withheld() -> None:
    cost = Cost()
    cost.learn(0.1, 0.03)
    cost.learn(1.0, 0.3)
    now = 0.0
    sizes = (0.1, 0.2, 0.4, 0.8)

    def first(withheld_s: float, *arrivals: float) -> float:
        nonlocal now
        sizer = ChunkSizer(sizes, cost, lambda: -1.0, clock=lambda: now, withheld_s=withheld_s)
        for at in arrivals:
            now = at
            sizer.arrived(0.1)
        return sizer.first

    assert first(0.0) == 0.1
    assert first(0.1) == 0.2, "0.1 s is left, and the next one of 0.1 s takes 0.07 with its margin"
    assert first(0.35) == 0.8
    assert first(0.1, 1.0, 1.2) == 0.4, "its input comes 0.14 s after the first one is made"
    assert first(0.8) == 0.8, "none is long enough"


def test_two_chunks_reach_the_minimum_input_of_the_next_stage() -> None:
    min_input_s = 0.0
    sizer = ChunkSizer((0.1, 0.2, 0.4), Cost(), lambda: -1.0, lambda: min_input_s)
    assert sizer.next(1.0) == 0.1
    for needed, size in ((0.35, 0.1), (0.4, 0.2), (0.9, 0.4), (9.0, 0.4)):
        min_input_s = needed
        assert sizer.next(1.0) == size
        assert sizer.next(0.99 * size) == 0.0


def test_the_cost_follows_changes() -> None:
    cost = Cost()
    assert cost(1.0) == 0.0
    cost.learn(1.0, 0.5)
    assert cost(2.0) == pytest.approx(1.0)
    for _ in range(200):
        cost.learn(0.5, 0.3)
        cost.learn(1.0, 0.4)
    assert cost(0.75) == pytest.approx(0.35, abs=0.01)
    assert cost(2.0) == pytest.approx(0.6, abs=0.05)
