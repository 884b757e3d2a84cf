"""Pace (daemon/control/server.py): how many requests of a connection are read in a second."""

from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.control.server import PACE_BYTES, Pace


@given(
    per_second=st.integers(1, 2000),
    gaps=st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=300),
    start=st.floats(0, 1e6),
)
def test_a_second_has_its_number_and_a_burst(per_second: int, gaps: list[float], start: float) -> None:
    """Between any two requests: no more than the time allows, and what was saved up in a second before."""
    pace, now, read = Pace(per_second), start, []
    for gap in gaps:
        now += gap
        read.append(now)
        now += pace.wait_s(now)
    for first, then in enumerate(read):
        for last in range(first, len(read)):
            assert last - first <= per_second * (read[last] - then + 1) + 1e-3


@given(per_second=st.integers(1, 2000))
def test_so_many_at_once_and_then_one_at_a_time(per_second: int) -> None:
    pace = Pace(per_second)
    waits = [pace.wait_s(7.0) for _ in range(per_second + 3)]
    assert max(waits[: per_second - 1], default=0) < 1e-6
    assert all(abs(wait - n / per_second) < 1e-6 for n, wait in enumerate(waits[per_second:], 1))


@given(per_second=st.integers(1, 2000), sizes=st.lists(st.integers(0, 1 << 22), min_size=1, max_size=20))
def test_a_long_one_counts_as_several(per_second: int, sizes: list[int]) -> None:
    pace, alike = Pace(per_second), Pace(per_second)
    for size in sizes:
        wait_s = pace.wait_s(50.0, size)
        for _ in range(1 + size // PACE_BYTES):
            expected = alike.wait_s(50.0)
        assert abs(wait_s - expected) < 1e-6


@given(per_second=st.integers(1, 2000), gaps=st.lists(st.floats(1, 3), max_size=50))
def test_who_keeps_to_it_never_waits(per_second: int, gaps: list[float]) -> None:
    pace, now = Pace(per_second), 100.0
    for gap in gaps:
        now += gap / per_second + 1e-9
        assert pace.wait_s(now) == 0
