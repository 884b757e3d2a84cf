"""Summary statistics of measurements."""

import os
import platform
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, Final

POINTS: Final = (50, 95, 99)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value such that at least ``percent`` of all values are not above it.

    ordered: ascending, not empty. percent: 0 to 100.
    """
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def median(values: Iterable[float]) -> float:
    """The nearest-rank p50, rounded as by ``summary``. ValueError if there are no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return round(percentile(ordered, 50), 3)


def summary(values: Iterable[float]) -> dict[str, Any]:
    """p50, p95, p99 and max, rounded to three places, None if there are no values; and ``values``, as measured.

    ``svctl bench`` takes the values out before it prints a result, and keeps them where it is saved (kept/values.py).
    """
    measured = list(values)
    ordered = sorted(measured)
    if not ordered:
        return {**{f"p{point}": None for point in POINTS}, "max": None, "values": measured}
    points = {f"p{point}": round(percentile(ordered, point), 3) for point in POINTS}
    return {**points, "max": round(ordered[-1], 3), "values": measured}


def result(name: str, unit: str, values: Sequence[float], what: str, reference: Iterable[float]) -> dict[str, Any]:
    """The keys common to all benchmark results. what: description of the reference; ratio: p50 over its p50."""
    ours, theirs = summary(values), summary(reference)
    mine, other = ours["p50"], theirs["p50"]
    return {
        "name": name,
        "unit": unit,
        "n": len(values),
        **ours,
        "reference": {"what": what, "p50": other, "p95": theirs["p95"], "values": theirs["values"]},
        "ratio": round(mine / other, 3) if mine is not None and other else None,
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """The machine that a result depends on; the caller fills in ``policy``."""
    return {"cpus": len(os.sched_getaffinity(0)), "policy": {}, "python": platform.python_version()}
