"""``svctl plugins check``: what a plugin costs, and whether it keeps its contract. One process, which it may end."""

import time
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.plugins import load, opening, trials
from steadyvoice.workers.plugins.plugin import Value
from steadyvoice.workers.plugins.spec import Spec

BUDGET_US: Final = LIVE_BLOCK / SINK_RATE * 1e6
_TOLERANCE: Final = SINK_RATE * 2 // 1000
"""Samples between declared and measured latency: a filter delays a little."""
_LEAKED_BYTES: Final = 1024
"""Python's own objects, such as floats, are less."""
_ALLOCATED_BYTES: Final = 1 << 18
"""Less than that the allocator has at hand; more costs page faults."""


class Report(msgspec.Struct, kw_only=True):
    """Of one plugin. Times in microseconds per block, latencies in samples."""

    plugin: str
    breaches: list[str] = []
    """Of the contract: it would be bypassed, or refused."""
    warnings: list[str] = []
    parameters: dict[str, Value] = {}
    open_ms: float = 0.0
    p50_us: float = 0.0
    p99_us: float = 0.0
    max_us: float = 0.0
    budget_us: float = BUDGET_US
    latency: int = 0
    """Declared."""
    measured_latency: int | None = None
    allocated_bytes: int = 0
    """At most at one time, within one block."""
    leaked_bytes: int = 0
    """That remain after each block."""
    waits_us: float = 0.0
    """Without computing: asleep, or in wait for a lock, a thread, a file."""


def check(spec: Spec, allowed: tuple[str, ...], on_phase: Callable[[str], object]) -> Report:
    """Try the plugin with five sounds and the ends of its parameters. on_phase: is called with the name of what begins.

    PluginRefused or NotInstalled where it cannot be opened.
    """
    on_phase("import")
    found = load.find(spec.reference, allowed)
    values = opening.values_of(found, dict(spec.values))
    on_phase("open")
    began = time.perf_counter()
    plugin, latency = opening.open_plugin(found, values, SINK_RATE, LIVE_BLOCK)
    report = Report(plugin=found.name, parameters=values, latency=latency)
    report.open_ms = (time.perf_counter() - began) * 1000
    blocks = int(trials.SECONDS * SINK_RATE / LIVE_BLOCK)
    ns: list[int] = []
    for name, sound in trials.sounds(blocks).items():
        on_phase(name)
        trial = trials.run(plugin, sound, found.source)
        ns += trial.ns
        if trial.fault:
            report.breaches.append(f"{name}, block {trial.blocks}: {trial.fault}")
            break
        if name == "noise":
            report.measured_latency = trials.latency(sound, np.stack(trial.out))
        report.waits_us = max(report.waits_us, trials.waits_us(trial))
    if ns:
        p50, p99, most = np.percentile(ns, (50, 99, 100)) / 1000
        report.p50_us, report.p99_us, report.max_us = float(p50), float(p99), float(most)
    if not report.breaches and report.p99_us <= report.budget_us:
        block = trials.sounds(1)["noise"][0]
        on_phase("memory")
        report.allocated_bytes, report.leaked_bytes = trials.memory(lambda: plugin.process(block.copy()), blocks)
        report.allocated_bytes = max(0, report.allocated_bytes - block.nbytes)  # its input is not its own
        for name, value in trials.extremes(dict(found.parameters)):
            on_phase(f"{name}={value}")
            setattr(plugin, name, value)
            trial = trials.run(plugin, trials.sounds(10)["noise"], found.source)
            setattr(plugin, name, values[name])
            if trial.fault:
                report.breaches.append(f"with {name}={value}: {trial.fault}")
    on_phase("close")
    opening.close(plugin)
    judge(report)
    return report


def judge(report: Report) -> None:
    """Add what the figures mean."""
    if report.p99_us > report.budget_us:
        report.breaches.append(
            f"too slow: 1 of 100 blocks takes longer than {report.p99_us / 1000:.1f} ms, "
            f"and a block is {report.budget_us / 1000:.2f} ms of sound"
        )
    if report.measured_latency is not None and abs(report.measured_latency - report.latency) > _TOLERANCE:
        report.warnings.append(
            f"its latency is {report.latency} samples as declared, {report.measured_latency} as measured: the dry "
            "signal would not be in time with it"
        )
    if report.leaked_bytes > _LEAKED_BYTES:
        report.warnings.append(f"its memory grows by {report.leaked_bytes} bytes with each block")
    if report.allocated_bytes > _ALLOCATED_BYTES:
        report.warnings.append(
            f"it allocates {report.allocated_bytes} bytes in each block; arrays made in open() cost less time"
        )
    if report.waits_us:
        report.warnings.append(
            f"it waits {report.waits_us:.0f} us in each block instead of computing: for a lock, a file or a thread"
        )
