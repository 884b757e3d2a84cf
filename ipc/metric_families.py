"""Metrics as data: what the daemon measures of itself, for Prometheus' text and for ``svctl top``."""

from typing import Literal

import msgspec

from steadyvoice.ipc.histogram import OCTAVES


class MetricSample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One series of a family."""

    labels: dict[str, str] = {}
    value: float = 0.0
    """Of a counter or gauge; of a histogram the sum of its observations, in seconds."""
    buckets: list[int] = []
    """Of a histogram: observations by bucket (ipc/histogram.py)."""


class MetricFamily(msgspec.Struct, frozen=True, omit_defaults=True):
    """All series of one name."""

    name: str
    """With the prefix ``steadyvoice_`` and its unit; of a counter with ``_total``."""
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: list[MetricSample]
    octaves: tuple[int, int] = (0, OCTAVES)
    """Of a histogram: the octaves above 1 µs within which Prometheus' text has edges, two an octave."""
