"""How many replicas there should be: by the busiest stage of each, which is the first to cause underruns."""

import math
from collections.abc import Iterable
from typing import Any, Final

BUSY: Final = "busy"
"""The name under which a replica reports the share of its busiest stage."""
TARGET: Final = 0.6
"""Busy share to keep. Underruns begin near 0.9, and a new replica takes seconds to be ready."""


def by_busy_stage(context: Any) -> tuple[int, dict[str, Any]]:
    """A policy of ``autoscaling_config``. context: ray.serve.config.AutoscalingContext."""
    reported = (context.aggregated_metrics or {}).get(BUSY, {})
    least, most = context.capacity_adjusted_min_replicas, context.capacity_adjusted_max_replicas
    return wanted(context.current_num_replicas, reported.values(), least, most), {}


def wanted(replicas: int, busy: Iterable[float], least: int, most: int) -> int:
    """The number of replicas that would be as busy as ``TARGET``. Pure.

    busy: of those replicas that have reported; the others count as one that is as busy as it should be.
    """
    shares = list(busy)[:replicas]
    total = sum(shares) + TARGET * (replicas - len(shares))
    return min(most, max(least, math.ceil(total / TARGET - 1e-6)))
