"""Plugins of live sound for tests: well behaved, late, and faulty in each way."""

import time
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.plugins.plugin import Parameter

Samples = NDArray[np.float32]
BLOCK = 512


class Late:
    """Its input, later by a number of samples, times a gain."""

    samples = Parameter(700, 0, 50_000, "samples", fixed=True)
    gain = Parameter(1.0, -4, 4)
    opened: ClassVar[list["Late"]] = []
    closed: ClassVar[list["Late"]] = []

    def open(self, rate: int, block: int) -> None:
        self.latency = self.samples
        self.kept = np.zeros(self.samples, np.float32)
        self.blocks = 0
        Late.opened.append(self)

    def process(self, block: Samples) -> Samples:
        self.blocks += 1
        self.kept = np.concatenate((self.kept, block * np.float32(self.gain)))
        out, self.kept = self.kept[: len(block)], self.kept[len(block) :]
        return out

    def close(self) -> None:
        Late.closed.append(self)


def raises(_: Samples) -> Any:
    raise ValueError("no\nluck")


def exits(_: Samples) -> Any:
    raise SystemExit(3)


def compute(ms: float) -> None:
    until = time.perf_counter() + ms / 1000
    while time.perf_counter() < until:
        pass


FAULTS: dict[str, Callable[[Samples], Any]] = {
    "raises": raises,
    "exits": exits,
    "nothing": lambda block: None,
    "a list": lambda block: block.tolist(),
    "two rows": lambda block: block.reshape(2, -1),
    "short": lambda block: block[1:],
    "doubles": lambda block: block.astype(np.float64),
    "whole": lambda block: block.astype(np.int16),
    "nan": lambda block: np.where(np.arange(len(block)) == 400, np.nan, block).astype(np.float32),
    "infinity": lambda block: np.where(np.arange(len(block)) == 4, -np.inf, block).astype(np.float32),
    "overflow": lambda block: np.full(len(block), 3e38, np.float32),
    "explosion": lambda block: np.full(len(block), 40.0, np.float32),
}
"""What comes in place of a block, by what is wrong with it."""


class Faulty:
    """Inverts its input, and breaks the contract in a block by its index, if any."""

    fault = Parameter("nan", choices=tuple(FAULTS))
    at = Parameter(-9)
    latency = 300

    def __init__(self) -> None:
        self.blocks = -3  # of the trial

    def open(self, rate: int, block: int) -> None:
        self.kept = np.zeros(self.latency, np.float32)

    def process(self, block: Samples) -> Any:
        block *= -1  # the dry signal is not to be changed
        at, self.blocks = self.blocks, self.blocks + 1
        if at == self.at:
            return FAULTS[self.fault](block)
        self.kept = np.concatenate((self.kept, block))
        out, self.kept = self.kept[: len(block)], self.kept[len(block) :]
        return out
