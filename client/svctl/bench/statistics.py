"""Many measurements as a few numbers."""

import os
import platform
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, Final

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


def result(name: str, unit: str, values: Sequence[float], what: str, reference: Iterable[float]) -> dict[str, Any]:
    """The keys that every benchmark's object has. what: the reference, in words; ratio: p50 over its p50."""
    ours, theirs = summary(values), summary(reference)
    mine, other = ours["p50"], theirs["p50"]
    return {
        "name": name,
        "unit": unit,
        "n": len(values),
        **ours,
        "reference": {"what": what, "p50": other, "p95": theirs["p95"]},
        "ratio": round(mine / other, 3) if mine is not None and other else None,
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """What a result depends on; ``policy`` is for who knows it to fill in."""
    return {"cpus": len(os.sched_getaffinity(0)), "policy": {}, "python": platform.python_version()}
