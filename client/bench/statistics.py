"""Many measurements as a few numbers."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

POINTS: Final = (50, 95, 99)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that at least ``percent`` of all are not above. Always one of the values.

    ordered: ascending, not empty. percent: 0 to 100.
    """
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def median(values: Iterable[float]) -> float:
    """The nearest-rank p50, rounded as ``summary`` does. ValueError where there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return round(percentile(ordered, 50), 3)


def summary(values: Iterable[float]) -> dict[str, float | None]:
    """p50, p95, p99 and max, rounded to three places; None each where there are no values."""
    ordered = sorted(values)
    if not ordered:
        return {**{f"p{point}": None for point in POINTS}, "max": None}
    return {**{f"p{point}": round(percentile(ordered, point), 3) for point in POINTS}, "max": round(ordered[-1], 3)}
