"""Whether two series of measurements differ by more than chance.

Rounds of a run resemble their neighbours, because other programs come and go: a series tells as much as its length over
its correlation time of independent rounds. Runs that are joined to one series and differ from each other have a long
correlation time, so the difference between runs is allowed for in the same way.

Sources: Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other"
(1947), with the normal approximation and the correction for ties; Geyer, "Practical Markov chain Monte Carlo" (1992),
section 3.3, initial positive sequence; Holm, "A simple sequentially rejective multiple test procedure" (1979).
"""

from collections.abc import Sequence
from math import erfc, fsum, sqrt
from operator import mul
from typing import NamedTuple

from steadyvoice.client.svctl.bench.statistics import percentile

_LEAST_IN_TAIL = 5
"""Values that both series must have together above the percentile: with fewer, no difference could be found."""


class Difference(NamedTuple):
    """Between two series."""

    p: float
    """Probability of one at least as large, in either direction, if both series are of one distribution."""
    independent: float
    """Number of independent rounds that the shorter of both is worth."""


def rank_test(first: Sequence[float], second: Sequence[float]) -> Difference:
    """The test of Mann and Whitney, with the variance of series that correlate in themselves. Neither is empty."""
    count, other = len(first), len(second)
    ranked, ties = _ranks([*first, *second])
    times = _correlation_time(ranked[:count]), _correlation_time(ranked[count:])
    total = count + other
    above = fsum(ranked[count:]) - other * (other + 1) / 2
    variance = count * other / 12 * (total + 1 - ties / (total * (total - 1)))
    return _difference(abs(above - count * other / 2) - 0.5, variance, (count, other), times)


def tail_test(first: Sequence[float], second: Sequence[float], percent: float) -> Difference | None:
    """Whether one has more values above the percentile of both together; None if these are too few to tell."""
    count, other = len(first), len(second)
    bound = percentile(sorted([*first, *second]), percent)
    tails = [float(value > bound) for value in first], [float(value > bound) for value in second]
    inside = sum(tails[0]) + sum(tails[1])
    if inside < _LEAST_IN_TAIL:
        return None
    times = _correlation_time(tails[0]), _correlation_time(tails[1])
    total = count + other
    variance = inside * count * other * (total - inside) / (total**2 * (total - 1))  # hypergeometric
    return _difference(abs(sum(tails[1]) - inside * other / total) - 0.5, variance, (count, other), times)


def _difference(distance: float, variance: float, counts: tuple[int, int], times: tuple[float, float]) -> Difference:
    """distance: of the statistic from its mean; variance: of the statistic if all values were independent."""
    shares = [time / count for time, count in zip(times, counts, strict=True)]
    inflated = variance * sum(shares) / sum(1 / count for count in counts)
    p = erfc(max(0.0, distance) / sqrt(2 * inflated)) if inflated else 1.0
    return Difference(p, 1 / max(shares))


def _ranks(values: Sequence[float]) -> tuple[list[float], int]:
    """Ranks from 1, equal values with their mean; and the sum of t³ - t over groups of t equal values."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, ties, begin = [0.0] * len(values), 0, 0
    while begin < len(values):
        end = begin + 1
        while end < len(values) and values[order[end]] == values[order[begin]]:
            end += 1
        for at in order[begin:end]:
            found[at] = (begin + 1 + end) / 2
        ties += (end - begin) ** 3 - (end - begin)
        begin = end
    return found, ties


def _correlation_time(series: Sequence[float]) -> float:
    """Variance of the mean of the series over that of independent values; at least 1."""
    mean = fsum(series) / len(series)
    around = [value - mean for value in series]
    power = fsum(map(mul, around, around))
    if not power:
        return 1.0
    total, lag = -1.0, 0
    while lag < len(series):
        pair = fsum(map(mul, around, around[lag:])) + fsum(map(mul, around, around[lag + 1 :]))  # to the shorter's end
        if pair <= 0:
            break
        total += 2 * pair / power
        lag += 2
    return max(1.0, total)


def holm(probabilities: Sequence[float]) -> list[float]:
    """The same, larger: if all below a level are called different, the chance of any mistake is at most that level."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    found, most = [0.0] * len(probabilities), 0.0
    for rank, at in enumerate(order):
        most = max(most, min(1.0, probabilities[at] * (len(order) - rank)))
        found[at] = most
    return found
