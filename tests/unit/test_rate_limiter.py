"""RateLimiter (daemon/control/server.py): how many requests of a connection are read in a second."""

from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.control.server import BYTES_PER_REQUEST, RateLimiter


@given(
    per_second=st.integers(1, 2000),
    gaps=st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=300),
    start=st.floats(0, 1e6),
)
def test_rate_and_burst(per_second: int, gaps: list[float], start: float) -> None:
    """Between any two requests: at most the number for that time, and one second's worth saved before."""
    limiter, now, read = RateLimiter(per_second), start, []
    for gap in gaps:
        now += gap
        read.append(now)
        now += limiter.wait_s(now)
    for first, then in enumerate(read):
        for last in range(first, len(read)):
            assert last - first <= per_second * (read[last] - then + 1) + 1e-3


@given(per_second=st.integers(1, 2000))
def test_a_burst_is_followed_by_single_requests(per_second: int) -> None:
    limiter = RateLimiter(per_second)
    waits = [limiter.wait_s(7.0) for _ in range(per_second + 3)]
    assert max(waits[: per_second - 1], default=0) < 1e-6
    assert all(abs(wait - n / per_second) < 1e-6 for n, wait in enumerate(waits[per_second:], 1))


@given(per_second=st.integers(1, 2000), sizes=st.lists(st.integers(0, 1 << 22), min_size=1, max_size=20))
def test_a_long_request_counts_as_several(per_second: int, sizes: list[int]) -> None:
    limiter, short = RateLimiter(per_second), RateLimiter(per_second)
    for size in sizes:
        wait_s = limiter.wait_s(50.0, size)
        for _ in range(1 + size // BYTES_PER_REQUEST):
            expected = short.wait_s(50.0)
        assert abs(wait_s - expected) < 1e-6


@given(per_second=st.integers(1, 2000), gaps=st.lists(st.floats(1, 3), max_size=50))
def test_below_the_rate_no_request_waits(per_second: int, gaps: list[float]) -> None:
    limiter, now = RateLimiter(per_second), 100.0
    for gap in gaps:
        now += gap / per_second + 1e-9
        assert limiter.wait_s(now) == 0
