"""Metrics in Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Final

from steadyvoice.ipc.histogram import lower_edge_s
from steadyvoice.ipc.metric_families import MetricFamily, MetricSample

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_IN_LABELS: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_IN_HELP: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})


def text(families: Iterable[MetricFamily]) -> str:
    """A histogram has two edges an octave, and 1 µs: up to there it counts what took no time, or was late."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {family.help.translate(_IN_HELP)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        for sample in family.samples:
            labels = ",".join(f'{name}="{value.translate(_IN_LABELS)}"' for name, value in sample.labels.items())
            if family.kind == "histogram":
                lines += _histogram(family.name, labels, sample, _edges(*family.octaves))
            else:
                lines.append(f"{family.name}{_braces(labels)} {_number(sample.value)}")
    return "\n".join([*lines, ""])


def _histogram(name: str, labels: str, sample: MetricSample, edges: list[tuple[int, str]]) -> list[str]:
    below = [0, *accumulate(sample.buckets)]
    begin = f'{name}_bucket{{{labels}{"," if labels else ""}le="'
    return [
        *(f'{begin}{edge}"}} {below[bucket]}' for bucket, edge in edges),
        f'{begin}+Inf"}} {below[-1]}',
        f"{name}_sum{_braces(labels)} {_number(sample.value)}",
        f"{name}_count{_braces(labels)} {below[-1]}",
    ]


@lru_cache
def _edges(first: int, last: int) -> list[tuple[int, str]]:
    """Number of the bucket that begins at each edge, and the edge in seconds."""
    buckets = dict.fromkeys([1, *range(1 + 4 * first, 2 + 4 * last, 2)])
    return [(bucket, repr(lower_edge_s(bucket))) for bucket in buckets]


def _braces(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
