"""Tests of significance: chance is called so at the rate that was promised, and a change is found."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.saved import wandering

from steadyvoice.client.svctl.bench.kept.significance import holm, rank_test, tail_test

SERIES = st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=60)
TRIES = 200


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        # of scipy 1.17: mannwhitneyu(method="asymptotic", use_continuity=True)
        ([1, 5, 2, 4, 3], [6, 10, 7, 9, 8], 0.012185780355344813),
        ([3, 9, 1, 6, 1, 5, 2, 4], [5, 9, 3, 9, 5, 8, 3, 7], 0.12415307686326296),
        ([1, 2], [1, 2], 1.0),
        ([7, 7, 7], [7, 7, 7], 1.0),
    ],
)
def test_p_of_independent_values_is_that_of_the_textbook(first: list[float], second: list[float], p: float) -> None:
    assert rank_test(first, second).p == pytest.approx(p, rel=1e-3)


@pytest.mark.parametrize(
    ("counts", "memory"), [((100, 100), 0.0), ((40, 120), 0.0), ((40, 120), 0.5), ((100, 100), 0.5), ((100, 100), 0.8)]
)
def test_series_of_one_distribution_differ_as_seldom_as_promised(counts: tuple[int, int], memory: float) -> None:
    source = random.Random(5)
    pairs = [[wandering(source, count, memory) for count in counts] for _ in range(TRIES)]
    wrong = sum(rank_test(*pair).p < 0.05 for pair in pairs)
    assert wrong / TRIES < 0.05 + 0.05 * (1 + memory)  # a short series tells its own memory badly
    assert memory or wrong / TRIES > 0.01
    tails = [tail_test(first, second, 95) for first, second in pairs]
    assert sum(tail is not None and tail.p < 0.05 for tail in tails) / TRIES < 0.1


def test_without_the_correction_a_wandering_series_would_differ() -> None:
    source = random.Random(5)
    pairs = [[wandering(source, 100, 0.8) for _ in range(2)] for _ in range(50)]
    shuffled = [[random.Random(1).sample(series, 100) for series in pair] for pair in pairs]
    assert sum(rank_test(*pair).p < 0.05 for pair in shuffled) > 4 * sum(rank_test(*pair).p < 0.05 for pair in pairs)


@pytest.mark.parametrize(("memory", "p"), [(0.0, 0.001), (0.5, 0.05)])
def test_a_shift_by_a_standard_deviation_is_found(memory: float, p: float) -> None:
    source = random.Random(2)
    for _ in range(20):
        first, second = wandering(source, 100, memory), [value + 1 for value in wandering(source, 100, memory)]
        assert rank_test(first, second).p < p


def test_runs_that_differ_from_each_other_are_worth_as_many_rounds_as_there_are_runs() -> None:
    source = random.Random(3)
    runs = [[source.gauss(level, 0.1) for _ in range(50)] for level in (1, 4, 2, 5, 3, 6)]
    first, second = [v for run in runs[::2] for v in run], [v for run in runs[1::2] for v in run]
    found = rank_test(first, second)
    assert found.independent < 8
    assert found.p > 0.001


def test_a_longer_tail_is_found_where_the_middle_is_the_same() -> None:
    source = random.Random(4)
    first = [source.gauss(10, 1) for _ in range(500)]
    late = sorted(first)[450]
    second = [value if value < late else value + 20 for value in first]
    assert rank_test(first, second).p > 0.05
    tail = tail_test(first, second, 95)
    assert tail is not None
    assert tail.p < 1e-4


def test_a_tail_of_few_values_is_not_judged() -> None:
    assert tail_test([1.0] * 10, [2.0, *[1.0] * 9], 95) is None


@given(SERIES, SERIES)
def test_the_order_of_the_sides_and_the_unit_do_not_matter(first: list[float], second: list[float]) -> None:
    found = rank_test(first, second)
    assert 0 <= found.p <= 1
    assert 1 <= found.independent <= min(len(first), len(second)) or found.independent < 1
    assert rank_test(second, first) == pytest.approx(found)
    assert rank_test([v**3 for v in first], [v**3 for v in second]) == pytest.approx(found)


@given(SERIES)
def test_a_series_does_not_differ_from_itself(series: list[float]) -> None:
    assert rank_test(series, series).p == 1
    tail = tail_test(series, series, 95)
    assert tail is None or tail.p == 1


@given(st.lists(st.floats(0, 1), max_size=20))
def test_corrected_probabilities_are_larger_and_keep_their_order(probabilities: list[float]) -> None:
    corrected = holm(probabilities)
    assert all(p <= more <= 1 for p, more in zip(probabilities, corrected, strict=True))
    order = sorted(range(len(corrected)), key=probabilities.__getitem__)
    assert [corrected[at] for at in order] == sorted(corrected)


def test_many_equal_series_seldom_have_any_that_differs() -> None:
    source = random.Random(6)
    families = [
        [rank_test(*([source.random() for _ in range(20)] for _ in "ab")).p for _ in range(20)] for _ in range(100)
    ]

    def any_wrong(probabilities: list[float]) -> bool:
        return any(p < 0.05 for p in probabilities)

    assert sum(map(any_wrong, families)) > 40
    assert sum(any_wrong(holm(ps)) for ps in families) <= 12
