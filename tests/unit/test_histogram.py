"""Buckets, sums and quantiles of ipc/histogram.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.ipc.histogram import BUCKETS, lower_edge_s, private, quantile_s

EDGES = [lower_edge_s(bucket) for bucket in range(BUCKETS)]


def bucket_of(ns: int) -> int:
    histogram = private()
    histogram.observe(ns)
    return histogram.counts.index(1)


@pytest.mark.parametrize(
    ("ns", "bucket"),
    [(-5, 0), (0, 0), (999, 0), (1_000, 1), (2_000, 5), (3_000, 7), (4_000, 9), (67_108_864_000, 105), (1 << 62, 105)],
)
def test_bucket(ns: int, bucket: int) -> None:
    assert bucket_of(ns) == bucket


@given(st.integers(4_000, 67_108_863_999))
def test_a_duration_lies_between_the_edges_of_its_bucket(ns: int) -> None:
    bucket = bucket_of(ns)
    assert round(EDGES[bucket] * 1e6) <= ns // 1000 < EDGES[bucket + 1] * 1e6


def test_edges_ascend() -> None:
    assert sorted(set(EDGES)) == EDGES


@given(st.lists(st.integers(4_000, 10_000_000_000), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_off_by_at_most_a_bucket(durations: list[int], fraction: float) -> None:
    histogram = private()
    for ns in durations:
        histogram.observe(ns)
    exact = next(ns / 1e9 for i, ns in enumerate(sorted(durations)) if i + 1 >= fraction * len(durations))
    found = quantile_s(histogram.counts, fraction)
    assert found == pytest.approx(exact, rel=0.25)
    assert histogram.sum_s == pytest.approx(sum(durations) / 1e9)


def test_nothing_observed_has_no_quantile() -> None:
    assert quantile_s(private().counts, 0.5) is None
