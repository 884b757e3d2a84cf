"""Containment of one plugin within its process: whatever it does wrong, its place in the chain plays the dry signal.

Against exceptions, results of a wrong shape or type, NaN, gain explosions, and a plugin that is too slow on average.
What never returns, or ends the process, is for other processes to notice.
"""

import math
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import Signal
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.plugins.delay import DelayLine
from steadyvoice.workers.plugins.load import explain
from steadyvoice.workers.plugins.plugin import Plugin, Samples
from steadyvoice.workers.plugins.times import Times

FADE_SAMPLES: Final = SINK_RATE * 5 // 1000
FADE_IN: Final = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE_SAMPLES) + 0.5) / FADE_SAMPLES)).astype(np.float32)
FADE_OUT: Final = 1 - FADE_IN

EXPLOSION: Final = 10 ** (30 / 20)
"""30 dB: how far the output's peak may be over the loudest recent input, where it is over _LOUD too."""
_LOUD: Final = 2.0
"""Peak that any output may have: a source has no input, and a compressor may overshoot."""
_LOUDEST: Final = EXPLOSION
"""Peak that no output may exceed, whatever the input."""
LATE_BLOCKS: Final = 3
LATE_WINDOW: Final = 100
_WINDOW_BITS: Final = (1 << LATE_WINDOW) - 1


def contract_fault(result: object, block: int) -> str:
    """What is wrong with the type, shape or element type of a result; empty if nothing is."""
    if not isinstance(result, np.ndarray):
        return f"process returned {'nothing' if result is None else type(result).__name__}, not an array"
    if result.shape != (block,):
        return f"process returned the shape {result.shape}, not ({block},)"
    if result.dtype != np.float32:
        return f"process returned {result.dtype}, not float32; end it with .astype(np.float32)"
    return ""


def level_fault(result: Samples, loudest_input: Callable[[], float]) -> str:
    """What is wrong with the level of a result: NaN, infinite, or exploded; empty if nothing is.

    loudest_input: peak of the input until now; asked for loud results only.
    """
    highest, lowest = float(np.maximum.reduce(result)), float(np.minimum.reduce(result))
    peak = max(highest, -lowest)  # NaN spreads into both
    if peak <= _LOUD:
        return ""
    if not math.isfinite(peak):
        return "process returned NaN or infinity"
    if peak > _LOUDEST:
        return f"its output exploded: a peak of {_db(peak):+.0f} dB full scale"
    if peak > EXPLOSION * (loudest := loudest_input()):
        over = _db(peak / max(loudest, 1e-6))
        return f"its output exploded: {over:+.0f} dB over its input, {_db(peak):+.0f} dB full scale"
    return ""


def _db(ratio: float) -> float:
    return 20 * math.log10(ratio)


class Guarded:
    """One opened plugin. ``process`` always returns a block, which is valid until the next call.

    budget_ns: nanoseconds that a block may take. ``running[0]`` is ``number`` while the plugin has control: shared
    memory, if the supervisor is to know which plugin has ended or stopped this process.
    """

    def __init__(
        self,
        plugin: Plugin,
        latency: int,
        block: int,
        budget_ns: int,
        *,
        source: str = "",
        number: int = 0,
        running: "memoryview[int] | list[int] | None" = None,
    ) -> None:
        self.plugin, self.latency, self.number = plugin, latency, number
        self.problem = ""
        """Why the plugin is bypassed, in one line; empty while it is heard."""
        self.times = Times()
        self.last_ns = 0
        """Nanoseconds of the last block."""
        self._budget_ns, self._block, self._source = budget_ns, block, source
        self._running: memoryview[int] | list[int] = [0] if running is None else running
        self._delay = DelayLine(latency, block)
        self._input, self._out = np.zeros(block, np.float32), np.zeros(block, np.float32)
        self._late = 0
        """A bit for each of the last blocks that took too long."""
        self._fade = True
        """The last block was wet: the next dry one begins with a fade."""

    def process(self, block: Samples) -> Samples:
        """block: [n] float32, which stays as it is."""
        self._delay.write(block)
        if self.problem:
            return self._dry()
        np.copyto(self._input, block)
        self._running[0] = self.number
        began = time.perf_counter_ns()
        try:
            result = self.plugin.process(self._input)
        except Signal:
            raise
        except BaseException as error:  # a plugin may raise SystemExit, KeyboardInterrupt or any other
            return self._fault(explain(error, self._source))
        finally:
            self.last_ns = time.perf_counter_ns() - began
            self._running[0] = 0
        self.times.add(self.last_ns)
        if fault := contract_fault(result, self._block) or level_fault(result, self._delay.peak):
            return self._fault(fault)
        np.copyto(self._out, result)
        self._late = self._late << 1 & _WINDOW_BITS
        if self.last_ns > self._budget_ns:
            self.count_late()
        return self._out

    def count_late(self) -> None:
        """The last block took too long. After LATE_BLOCKS of the last LATE_WINDOW, the plugin is bypassed."""
        self._late |= 1
        if self._late.bit_count() >= LATE_BLOCKS and not self.problem:
            [p50] = self.times.percentiles_us(50)
            self.problem = (
                f"too slow: {LATE_BLOCKS} of the last {LATE_WINDOW} blocks took longer than "
                f"{self._budget_ns / 1e6:.1f} ms; half of all take {p50 / 1000:.2f} ms"
            )

    def _fault(self, problem: str) -> Samples:
        self.problem = problem
        return self._dry()

    def _dry(self) -> Samples:
        """The input, as late as the plugin's output would be. At first it is faded in.

        What fades out is the output so far, mirrored in time: it continues that without a step.
        """
        before = self._out[: -FADE_SAMPLES - 1 : -1] * FADE_OUT if self._fade else None
        self._delay.read(self._out)
        if before is not None:
            self._fade = False
            faded = self._out[:FADE_SAMPLES]
            faded *= FADE_IN
            faded += before
        return self._out
