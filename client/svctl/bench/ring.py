"""``svctl bench ring``: microseconds to pass a block from one process to another on another core.

ring   ours: copied into the slot by the producer, and out of it by the consumer
pipe   ``multiprocessing.Pipe``: ``send_bytes`` and ``recv_bytes_into``
queue  ``multiprocessing.Queue``, as deep as the ring: a numpy array put and got
raw    the reference: a numpy copy of the same size, within one process

A measurement is a batch, which ends when the last block has been taken.
"""

import multiprocessing
import os
import random
import time
from collections import defaultdict
from multiprocessing.connection import Connection
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from steadyvoice.client.svctl.bench.daemon import forked, workplace
from steadyvoice.client.svctl.bench.statistics import median, result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc import ring
from steadyvoice.ipc.notifier import SemaphoreNotifier

_SIZES: Final = (2048, 65536)
_BATCH: Final = 10_000
_WARM_UP_ROUNDS: Final = 500
"""Warm-up blocks before the first batch: they touch every page of the ring and start the queue's thread."""
_SLOTS: Final = 64

Block = NDArray[np.uint8]


class _Way(Protocol):
    """A way to pass blocks from one fork of this process to another."""

    def send(self, block: Block, count: int) -> None: ...

    def take(self, into: Block, count: int) -> None: ...


class _Ring:
    def __init__(self, size: int) -> None:
        fd = ring.create("bench", _SLOTS, size)
        self._filled, self._taken = SemaphoreNotifier(), SemaphoreNotifier()
        self._producer, self._consumer = ring.Producer(fd, self._filled), ring.Consumer(fd, self._taken)
        os.close(fd)
        self._written = [np.frombuffer(slot.payload, np.uint8, size) for slot in self._producer.slots]
        self._read = [np.frombuffer(slot.payload, np.uint8, size) for slot in self._consumer.slots]

    def send(self, block: Block, count: int) -> None:
        for _ in range(count):
            while (slot := self._producer.reserve()) is None:
                self._taken.wait(1)
            self._written[slot.index][:] = block
            self._producer.publish()

    def take(self, into: Block, count: int) -> None:
        for _ in range(count):
            while (slot := self._consumer.peek()) is None:
                self._filled.wait(1)
            into[:] = self._read[slot.index]
            self._consumer.release()


class _Pipe:
    def __init__(self) -> None:
        self._reader, self._writer = multiprocessing.Pipe(duplex=False)

    def send(self, block: Block, count: int) -> None:
        for _ in range(count):
            self._writer.send_bytes(block.data)

    def take(self, into: Block, count: int) -> None:
        for _ in range(count):
            self._reader.recv_bytes_into(into.data)


class _Queue:
    def __init__(self) -> None:
        self._queue: multiprocessing.Queue[Block] = multiprocessing.get_context("fork").Queue(_SLOTS)

    def send(self, block: Block, count: int) -> None:
        for _ in range(count):
            self._queue.put(block)

    def take(self, into: Block, count: int) -> None:
        for _ in range(count):
            self._queue.get()


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench ring --json``; its own keys:

    blocks: of each size in bytes, the summaries of ``ring``, ``pipe``, ``queue`` and ``raw``, each with its ``ratio``
    over raw (p50 over p50). The overall figure is the ring with blocks of 64 KiB.
    """
    with workplace():
        took = _measure(rounds)
    blocks = {
        str(size): {
            name: {**summary(took[size, name]), "ratio": round(median(took[size, name]) / median(took[size, "raw"]), 3)}
            for name in ("ring", "pipe", "queue", "raw")
        }
        for size in _SIZES
    }
    size = _SIZES[-1]
    what = f"numpy copy of {size} bytes within one process"
    return result("ring", "µs", took[size, "ring"], what, took[size, "raw"]) | {"batch": _BATCH, "blocks": blocks}


def _measure(rounds: int) -> dict[tuple[int, str], list[float]]:
    """Microseconds a block: one value a round, by size and way. In random order, so that drift affects all alike."""
    ways: dict[tuple[int, str], _Way] = {}
    for size in _SIZES:
        ways |= {(size, "ring"): _Ring(size), (size, "pipe"): _Pipe(), (size, "queue"): _Queue()}
    order: list[tuple[int, str]] = [*ways, *((size, "raw") for size in _SIZES)]
    cores = sorted(os.sched_getaffinity(0))
    mine, putter = multiprocessing.Pipe()
    to_taker, taker = multiprocessing.Pipe()
    took = defaultdict(list)
    # A queue's put keeps its lock if it is interrupted, so neither end is in this process, which gets the interrupts.
    with forked(_put, ways, putter, to_taker, cores[0]), forked(_take, ways, taker, cores[-1]):
        for count in (_WARM_UP_ROUNDS, *[_BATCH] * rounds):
            random.shuffle(order)
            for one in order:
                mine.send((*one, count))
                microseconds = mine.recv()
                if count == _BATCH:
                    took[one].append(microseconds)
    return took


def _put(
    ways: dict[tuple[int, str], _Way], control: "Connection[Any, Any]", taker: "Connection[Any, Any]", core: int
) -> None:
    """The producer process: sends as requested; replies with the time per block until the consumer had the last."""
    os.sched_setaffinity(0, {core})
    while True:
        size, name, count = control.recv()
        block = np.frombuffer(random.randbytes(size), np.uint8)
        began = time.perf_counter_ns()
        if name == "raw":
            _copy(block, count)
        else:
            taker.send((size, name, count))
            ways[size, name].send(block, count)
            taker.recv()
        control.send((time.perf_counter_ns() - began) / 1000 / count)


def _copy(block: Block, count: int) -> None:
    into = np.empty_like(block)
    for _ in range(count):
        into[:] = block


def _take(ways: dict[tuple[int, str], _Way], control: "Connection[Any, Any]", core: int) -> None:
    """The consumer process: takes as requested, and replies when it has the last block."""
    os.sched_setaffinity(0, {core})
    while True:
        size, name, count = control.recv()
        ways[size, name].take(np.empty(size, np.uint8), count)
        control.send(None)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["bytes", "way", "p50 µs", "p95", "p99", "max", "over raw"]]
    for size, ways in result["blocks"].items():
        for name, one in ways.items():
            figures = (one[key] for key in ("p50", "p95", "p99", "max"))
            rows.append([size, name, *(f"{figure:.2f}" for figure in figures), f"{one['ratio']:.2f}"])
    about = result["machine"]
    return "\n".join([
        f"a block from process to process, {result['n']} rounds of {result['batch']}; raw: within one process",
        "",
        table(rows),
        "",
        f"{about['cpus']} cores; Python {about['python']}",
    ])  # fmt: skip
