"""Chunks that are computed: played back on a clock of their own, nothing is ever late, and nothing comes sooner."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steadyvoice.workers.chunk_size import ChunkSizer, Cost

SIZES = tuple(0.064 * n for n in range(1, 17))


class Listener:
    """Hears from the first sample on, in real time, what has been made by then; counts the gaps."""

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
    """Until the first sound, and the sum of all gaps; chunks cost fixed + slope s, sound comes every ``pace`` s/s."""
    cost = Cost()
    for size in (sizes[0], sizes[-1]):
        cost.learn(size, fixed + slope * size)
    listener = Listener()
    schedule = kind(sizes, cost, listener.ahead, clock=lambda: listener.now)
    step, taken, told, first = sizes[0], 0.0, 0, 0.0
    while taken < 12 - sizes[-1]:
        came = int(listener.now / (step * pace) + 1e-6)
        for _ in range(came - told):
            schedule.arrived(step)
        told = came
        size = schedule.next(came * step - taken + 1e-9)
        if not size:
            listener.now = (came + 1) * step * pace + 1e-9
            continue
        listener.now += fixed + slope * size
        listener.give(size)
        taken += size
        first = first or listener.now
    return first, listener.gap


@given(st.floats(0.001, 0.3), st.floats(0.01, 0.8), st.floats(0.05, 0.7))
def test_who_is_quick_enough_is_never_late(fixed: float, slope: float, pace: float) -> None:
    assume(1.25 * (fixed + slope * SIZES[-1]) + 0.03 <= SIZES[-1])
    _, gap = play(SIZES, fixed, slope, pace)
    assert gap < 1e-6


@pytest.mark.parametrize(("fixed", "slope"), [(0.08, 0.1), (0.1, 0.3), (0.15, 0.5)])
def test_a_smaller_first_chunk_would_be_followed_by_a_gap(fixed: float, slope: float) -> None:
    """Of chunks that play shorter than they take none can make up for it: the first must be fixed / (1 - slope)."""
    least = next(size for size in SIZES if size >= fixed / (1 - slope))

    class Hasty(ChunkSizer):
        first = SIZES[SIZES.index(least) - 1]  # type: ignore[assignment]

    assert play(SIZES, fixed, slope, 0.3, kind=Hasty)[1] > 0
    first, gap = play(SIZES, fixed, slope, 0.3)
    assert gap < 1e-6
    assert first < least * 1.6 * 0.3 + fixed + slope * least * 1.6 + 2 * SIZES[0], "nor is it later than safety asks"


def test_chunks_grow_as_far_as_the_listener_allows() -> None:
    cost = Cost()
    cost.learn(0.1, 0.06)
    cost.learn(1.0, 0.24)
    now = ahead = 0.0
    schedule = ChunkSizer((0.1, 0.2, 0.4, 0.8), cost, lambda: ahead, clock=lambda: now)
    assert schedule.first == 0.2
    assert schedule.next(0.1) == 0.0
    assert schedule.next(5.0) == 0.2
    ahead = 0.2
    assert schedule.next(5.0) == 0.4
    ahead = 0.6
    assert schedule.next(5.0) == 0.8
    assert schedule.next(0.5) == 0.0, "there is time to wait for more"
    now = 0.32
    schedule.arrived(0.1)
    now = 0.4
    schedule.arrived(0.1)
    ahead = 0.2
    assert schedule.next(0.3) == 0.2, "there is none"
    ahead = -1.0
    assert schedule.next(5.0) == 0.2, "he waits: the least that will not make him wait again"


def test_no_chunk_is_smaller_than_who_comes_next_has_use_for() -> None:
    takes = 0.0
    schedule = ChunkSizer((0.1, 0.2, 0.4), Cost(), lambda: -1.0, lambda: takes)
    assert schedule.next(1.0) == 0.1
    for waits_for, size in ((0.35, 0.1), (0.4, 0.2), (0.9, 0.4), (9.0, 0.4)):
        takes = waits_for
        assert schedule.next(1.0) == size
        assert schedule.next(0.99 * size) == 0.0


def test_a_cost_is_learnt_anew_when_it_changes() -> None:
    cost = Cost()
    assert cost(1.0) == 0.0
    cost.learn(1.0, 0.5)
    assert cost(2.0) == pytest.approx(1.0)
    for _ in range(200):
        cost.learn(0.5, 0.3)
        cost.learn(1.0, 0.4)
    assert cost(0.75) == pytest.approx(0.35, abs=0.01)
    assert cost(2.0) == pytest.approx(0.6, abs=0.05)
