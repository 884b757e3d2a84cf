"""Saved benchmark results, as files of a test's own."""

import json
import random
from pathlib import Path
from typing import Any

from steadyvoice.client.svctl.bench.kept.files import Run

MACHINE = {
    "cpus": 2,
    "policy": {"generator": "fifo"},
    "python": "3.11.7",
    "kernel": "6.18",
    "cpu": "a processor",
    "memory_bytes": 1 << 34,
    "load": {"start": [0.1, 0.1, 0.1], "end": [1.0, 0.4, 0.2]},
}


def saved(
    folder: Path, name: str, values: dict[str, list[float]], began: str = "2026-11-30T20:00:00Z", **more: Any
) -> Run:
    """Written below the folder, and read again."""
    kept = {"name": name, "unit": "ms", "machine": MACHINE, "began": began, "values": values, "options": {}} | more
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(' ', '-')}-{len(list(folder.iterdir()))}.json"
    path.write_text(json.dumps(kept))
    return Run(path)


def measurements(seed: int, middle: float = 10.0, count: int = 100, spread: float = 0.1) -> list[float]:
    """Times as they are measured: most near the median, a few much longer."""
    source = random.Random(seed)
    return [middle * source.lognormvariate(0, spread) for _ in range(count)]


def wandering(source: random.Random, count: int, memory: float) -> list[float]:
    """An autoregressive series: each value is the share ``memory`` of the one before, and chance."""
    value, series = source.gauss(0, 1), []
    for _ in range(count):
        series.append(value)
        value = memory * value + (1 - memory**2) ** 0.5 * source.gauss(0, 1)
    return series
