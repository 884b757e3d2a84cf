"""The sounds with which ``svctl plugins check`` tries a plugin, and what it learns from them."""

import gc
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.workers.plugins.guard import contract_fault, level_fault
from steadyvoice.workers.plugins.load import explain
from steadyvoice.workers.plugins.plugin import Plugin, Samples

SECONDS: Final = 1.0
"""Of each sound."""
LIMIT_S: Final = 5.0
"""For one sound: a plugin that is far too slow gets no more of it."""
_CORRELATED: Final = 0.3
"""Of 1; below it the output is too unlike the input to tell its latency."""
_WAITS_PER_BLOCK: Final = 0.5
"""Voluntary context switches; a plugin that computes has none."""


def sounds(blocks: int, block: int = LIVE_BLOCK) -> dict[str, Samples]:
    """[blocks, block] each."""
    random = np.random.default_rng(0)
    shape = (blocks, block)
    impulse = np.zeros(shape, np.float32)
    impulse[0, 0] = 1.0
    square = np.where(np.arange(blocks * block) // 48 % 2, 1.0, -1.0).astype(np.float32).reshape(shape)
    noise = (0.1 * random.standard_normal(shape)).astype(np.float32)
    return {
        "noise": noise,
        "silence": np.zeros(shape, np.float32),
        "full scale": square,
        "impulse": impulse,
        "denormals": noise * np.float32(1e-38),
    }


@dataclass
class Trial:
    """What happened while blocks passed through a plugin."""

    fault: str = ""
    """The first breach of the contract; the trial ends there."""
    blocks: int = 0
    """Blocks that the plugin was given."""
    ns: list[int] = field(default_factory=list)
    """Of each block, by the clock; of a block that another program interrupted, the processor time."""
    cpu_ns: int = 0
    """Of this thread, for all blocks."""
    waits: int = 0
    """How often the thread gave up its core."""
    out: list[Samples] = field(default_factory=list)


def run(plugin: Plugin, blocks: Samples, source: str = "") -> Trial:
    """Process [n, block] samples, one by one, until LIMIT_S; keep copies of what comes out."""
    trial = Trial()
    until = time.monotonic() + LIMIT_S
    loudest = float(np.abs(blocks).max())
    for each in blocks:
        block = each.copy()
        trial.blocks += 1
        before = resource.getrusage(resource.RUSAGE_THREAD)
        cpu, began = time.thread_time_ns(), time.perf_counter_ns()
        try:
            result = plugin.process(block)
        except BaseException as error:  # a plugin may raise SystemExit, KeyboardInterrupt or any other
            trial.fault = explain(error, source)
            return trial
        ns, cpu_ns = time.perf_counter_ns() - began, time.thread_time_ns() - cpu
        after = resource.getrusage(resource.RUSAGE_THREAD)
        trial.ns.append(ns if after.ru_nivcsw == before.ru_nivcsw else cpu_ns)
        trial.cpu_ns += cpu_ns
        trial.waits += after.ru_nvcsw - before.ru_nvcsw
        trial.fault = contract_fault(result, len(block)) or level_fault(result, lambda: loudest)
        if trial.fault:
            return trial
        trial.out.append(result.copy())
        del result
        if _is_kept(block):
            trial.fault = "it keeps a reference to its input, and that memory is used again; keep block.copy()"
            return trial
        if time.monotonic() > until:
            break
    return trial


def _is_kept(block: Samples) -> bool:
    """Whether more than this function, its caller and the call refer to the block, garbage aside."""
    if sys.getrefcount(block) <= 3:
        return False
    gc.collect()
    return sys.getrefcount(block) > 3


def waits_us(trial: Trial) -> float:
    """Microseconds per block in which the plugin waited instead of computing; 0 where it seldom waits."""
    if not trial.ns or trial.waits / len(trial.ns) < _WAITS_PER_BLOCK:
        return 0.0
    return max(0.0, (sum(trial.ns) - trial.cpu_ns) / len(trial.ns) / 1000)


def latency(given: Samples, returned: Samples) -> int | None:
    """Samples by which the output is behind its input, by correlation; None where they are too unlike."""
    x, y = given.reshape(-1)[: returned.size].astype(np.float64), returned.reshape(-1).astype(np.float64)
    size = 2 * len(x)
    energy = float(np.sqrt(np.dot(x, x) * np.dot(y, y)))
    if not energy:
        return None
    product = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(x, size).conj(), size)[: len(x)]
    at = int(np.argmax(np.abs(product)))
    return at if abs(product[at]) > _CORRELATED * energy else None


def memory(process: Callable[[], object], times: int) -> tuple[int, int]:
    """Bytes that one call allocates at most, in the median, and bytes that remain allocated after it, on average."""
    tracemalloc.start()
    try:
        process()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        peaks = []
        for _ in range(times):
            tracemalloc.reset_peak()
            begin = tracemalloc.get_traced_memory()[0]
            process()
            peaks.append(tracemalloc.get_traced_memory()[1] - begin)
        gc.collect()
        remain = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return int(np.median(peaks)), max(0, remain) // times


def extremes(parameters: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and value: each end of a range, each choice, both states of a switch. Fixed parameters are left out."""
    for name, each in parameters.items():
        if each.fixed:
            continue
        if each.type_name == "bool":
            ends: tuple[Any, ...] = (False, True)
        else:
            ends = each.choices or tuple(end for end in (each.low, each.high) if end is not None)
        yield from ((name, end) for end in ends)
