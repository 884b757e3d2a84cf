"""The figures that Steadyvoice is to reach: those of the product's table "Figures to reach" that a benchmark measures.

Not measured by a benchmark, and so not here: the idle daemon, and how many forms are read as a suite accepts.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from steadyvoice.client.svctl.bench.kept.contract import at

Result = dict[str, Any]

_STREAMS: Final = 100
_TIME_SLICE_MS: Final = 4.0
"""Of the kernel's scheduler, which a neighbour may take once."""


class Bar(NamedTuple):
    """A figure and its target. ``measured`` returns None where the result does not have it."""

    benchmark: str
    figure: str
    measured: Callable[[Result], float | None]
    limit: float
    unit: str = ""
    side: Literal["at most", "at least"] = "at most"
    realtime: bool = False
    """Holds only if the stages were scheduled under SCHED_FIFO."""
    counted: str = "n"
    """Key of the number of measurements."""

    def met(self, value: float) -> bool:
        return value <= self.limit if self.side == "at most" else value >= self.limit


def _key(key: str) -> Callable[[Result], float | None]:
    return lambda result: _number(result, key)


def _number(result: Result, key: str) -> float | None:
    value = next(at(result, key), (None,))[0]
    return value if isinstance(value, (int, float)) else None


def _over(key: str, reference: str) -> Callable[[Result], float | None]:
    """One number over another."""

    def measured(result: Result) -> float | None:
        ours, theirs = _number(result, key), _number(result, reference)
        return round(ours / theirs, 3) if ours is not None and theirs else None

    return measured


def _beside(result: Result) -> float | None:
    """p95 beside both kinds of streams, above 1.5 times the p95 alone."""
    beside, alone = _number(result, "beside.both.p95"), _number(result, "alone.p95")
    return round(beside - 1.5 * alone, 3) if beside is not None and alone is not None else None


def _streams(result: Result) -> float | None:
    """None if fewer were tried than are to be reached."""
    most = _number(result, "options.most")
    return _number(result, "streams") if most is None or most >= _STREAMS else None


def _recovery(result: Result) -> float | None:
    """p95 of the stage that takes longest."""
    return max((p95 for (p95,) in at(result, "recovery.*.p95") if p95 is not None), default=None)


def _violations(result: Result) -> float | None:
    return len(result["violations"]) if isinstance(result.get("violations"), list) else None


BARS: Final = (
    Bar("first-audio", '"Hello there.", p95', _key("short.p95"), 9, "ms"),
    Bar("first-audio", '"Hello there.", p50 over the bare call', _over("short.p50", "short.reference.p50"), 0.6),
    Bar("first-audio", "100 characters, p95", _key("long.p95"), 13, "ms"),
    Bar("first-audio", "100 characters, p50 over the bare call", _over("long.p50", "long.reference.p50"), 0.22),
    Bar("first-audio", "no daemon running, p95", _key("cold_ms.p95"), 600, "ms", counted="cold_ms.n"),
    Bar("command", "svctl speak to audible, p95", _key("exec_to_audible.p95"), 65, "ms"),
    Bar("command", "svctl stop to the last sample, p95", _key("stop_to_silence.p95"), 45, "ms"),
    Bar("ring", "64 KiB over a raw copy, p50", _key("ratio"), 2),
    Bar("hop", "both cores busy, p50", _key("p50"), 30, "µs", realtime=True),
    Bar("hop", "both cores busy, p99", _key("p99"), 150, "µs", realtime=True),
    Bar("overlap", "throughput over the slowest stage's bound", _key("ratio"), 0.985, side="at least"),
    Bar("neighbours", "p95 beside both streams, above 1.5 times alone", _beside, _TIME_SLICE_MS, "ms"),
    Bar("underrun", "underruns, both cores busy", _key("underruns"), 0, realtime=True),
    Bar("live", "underruns, both cores busy", _key("underruns"), 0, realtime=True),
    Bar("barge-in", "cancel to the last sample, p95", _key("to_sink_silent.p95"), 14, "ms"),
    Bar("concurrency", "streams without an underrun", _streams, _STREAMS, side="at least"),
    Bar("concurrency", "jitter at that number, p95", _key("p95"), 5, "ms"),
    Bar("soak", "a killed stage works again, p95", _recovery, 50, "ms"),
    Bar("soak", "violations: lost or repeated samples, left-overs", _violations, 0),
)
