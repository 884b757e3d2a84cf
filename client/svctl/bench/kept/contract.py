"""The keys that each benchmark's ``--json`` has for other programs, and where its targets are from.

docs/benchmarks.md lists them for the user, and a test compares both. A key names a path in the object; ``*`` stands for
any one key.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, NamedTuple


class Contract(NamedTuple):
    """Of one benchmark."""

    keys: tuple[str, ...] = ()
    """Its own, besides COMMON."""
    foreign: tuple[str, ...] = ()
    """Patterns of the distributions of other programs, besides ``reference``."""
    reference: Literal["speed", "other", "own"] = "other"
    """What it tells: how fast the machine was; nothing of that; it is measured with Steadyvoice itself."""


COMMON: Final = (
    *("name", "unit", "n", "p50", "p95", "p99", "max", "reference.what", "reference.p50", "reference.p95", "ratio"),
    *("machine.cpus", "machine.policy", "machine.python"),
)
_LOSSES: Final = ("blocks", "underruns", "overflows", "lost", "drift_samples", "ppm")

CONTRACTS: Final[dict[str, Contract]] = {
    "first-audio": Contract(
        ("cold_ms.p50", "cold_ms.p95", "short.p50", "short.p95", "long.p50", "long.p95"),
        ("*.reference",),
        "speed",
    ),
    "command": Contract(
        (
            *("exec_to_audible.p50", "exec_to_audible.p95", "stop_to_silence.p50", "stop_to_silence.p95"),
            *("cpu.svctl", "cpu.python", "cpu.ratio"),
        ),
        ("spd_say", "spd_say_stop", "cpu.python"),
        "speed",
    ),
    "ring": Contract((), ("blocks.*.pipe", "blocks.*.queue", "blocks.*.raw"), "speed"),
    "hop": Contract((), ("*.reference",), "speed"),
    "overlap": Contract(("sequential_ratio",)),
    "pipeline": Contract(("sequential_ratio", "first_audio_ms", "rtf", "chunk_ms"), (), "speed"),
    "neighbours": Contract(("alone.p50", "alone.p95", "beside.*.p50", "beside.*.p95"), reference="own"),
    "streams": Contract(("counts.*.ms.p50",), reference="own"),
    "underrun": Contract(_LOSSES, ("naive.*",)),
    "live": Contract(_LOSSES, ("naive.*",)),
    "barge-in": Contract(
        ("to_ring_silent.p50", "to_ring_silent.p95", "to_sink_silent.p50", "to_sink_silent.p95"), reference="own"
    ),
    "barge-in by voice": Contract(
        ("decision.p50", "decision.p95", "to_sink_silent.p50", "to_sink_silent.p95", "whole.p50", "whole.p95"),
        reference="own",
    ),
    "concurrency": Contract(("streams",), reference="own"),
    "load": Contract(
        ("streams", "listeners", "refused", "errors", "underruns", "starved.p50", "jitter.p95"), reference="own"
    ),
    "capacity": Contract(
        (
            *("streams", "predicted.streams", "predicted.limit", "predicted.first.p50", "predicted.first.p95"),
            *("error_percent", "first.p50", "first.p95", "herd.streams", "fleet"),
            *("herd.predicted.p50", "herd.predicted.p95", "herd.measured.p50", "herd.measured.p95"),
        ),
        reference="own",
    ),
    "gateways": Contract(("gateways.*.p50", "gateways.*.p95"), ("gateways.* peer*",), reference="own"),
    "writer": Contract(("marks.p50", "marks.p95", "underruns"), reference="own"),
    "soak": Contract(("faults", "violations", "recovery"), reference="own"),
}
"""By the name in the result."""


def missing(result: dict[str, Any]) -> list[str]:
    """The keys of the contract that this result has not. All of a benchmark's keys are missing without its name."""
    contract = CONTRACTS.get(str(result.get("name")), Contract())
    return [key for key in (*COMMON, *contract.keys) if not any(at(result, key))]


def at(result: Any, key: str) -> Iterator[tuple[Any]]:
    """Each value that the key names, in a tuple, since a value may be null or 0."""
    first, _, rest = key.partition(".")
    if not isinstance(result, dict):
        return
    for name in result if first == "*" else [first]:
        if name in result:
            yield from at(result[name], rest) if rest else [(result[name],)]


def is_foreign(name: str, path: str) -> bool:
    """Whether a distribution of this benchmark is another program's, so that it changes with the machine alone."""
    contract = CONTRACTS.get(name, Contract(reference="own"))
    if path == "reference":
        return contract.reference != "own"
    return any(fnmatchcase(path, pattern) for pattern in contract.foreign)
