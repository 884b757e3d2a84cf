"""Readings of the daemon in the last minute, and what has happened between two of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.histogram import quantile_s
from steadyvoice.ipc.metric_families import MetricFamily

WINDOW_S: Final = 60.0
"""Readings are kept for so long."""


@dataclass(frozen=True)
class Reading:
    at: float
    """Monotonic seconds."""
    status: DaemonStatus
    families: Sequence[MetricFamily] = ()
    """Empty where the daemon reports none."""


class History:
    """Of one daemon; a reading of another one forgets those before it."""

    def __init__(self) -> None:
        self._readings: deque[Reading] = deque()

    def add(self, reading: Reading) -> None:
        readings = self._readings
        if readings and readings[-1].status["pid"] != reading.status["pid"]:
            readings.clear()
        readings.append(reading)
        while len(readings) > 2 and reading.at - readings[1].at >= WINDOW_S:
            readings.popleft()

    def clear(self) -> None:
        self._readings.clear()

    @property
    def newest(self) -> Reading:
        return self._readings[-1]

    def before(self, seconds: float) -> Reading | None:
        """The latest reading that is at least so much older than the newest one, or the oldest; None: there is none."""
        newest = self._readings[-1]
        older = None
        for reading in self._readings:
            if reading is newest or (older is not None and newest.at - reading.at < seconds):
                break
            older = reading
        return older


@dataclass(frozen=True)
class Observed:
    """Durations that a histogram has counted between two readings."""

    counts: list[int]
    """By bucket (ipc/histogram.py)."""
    sum_s: float

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def mean_s(self) -> float | None:
        return self.sum_s / self.count if self.count else None

    def quantile_s(self, fraction: float) -> float | None:
        return quantile_s(self.counts, fraction) if self.count else None


NOTHING: Final = Observed([], 0.0)


def observed(old: Reading | None, new: Reading, name: str, **labels: str) -> Observed:
    """Of all series of a histogram with these labels. old: None: no difference, so nothing."""
    if old is None:
        return NOTHING
    before, now = (_total(reading.families, name, labels) for reading in (old, new))
    earlier = before.counts or [0] * len(now.counts)
    counts = [count - past for count, past in zip(now.counts, earlier, strict=True)]
    if min(counts, default=0) < 0:  # the stage was loaded again, and counts from 0
        return now
    return Observed(counts, max(0.0, now.sum_s - before.sum_s))


def _total(families: Sequence[MetricFamily], name: str, labels: dict[str, str]) -> Observed:
    counts: list[int] = []
    sum_s = 0.0
    for sample in next((family.samples for family in families if family.name == name), []):
        if sample.buckets and labels.items() <= sample.labels.items():
            counts = [a + b for a, b in zip(counts or [0] * len(sample.buckets), sample.buckets, strict=True)]
            sum_s += sample.value
    return Observed(counts, sum_s)
