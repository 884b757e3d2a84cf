"""Blocks from code that takes and returns samples in other portions, with a constant latency."""

from collections.abc import Callable
from math import gcd

import numpy as np

from steadyvoice.workers.plugins.plugin import Samples


class Aligned:
    """The output of a stream, ``latency`` samples late. Its first sample belongs to the first sample of input.

    Samples that come too late are dropped, so that the latency never grows.
    """

    def __init__(self, latency: int) -> None:
        self._samples = np.zeros(latency, np.float32)
        self._owed = 0
        """Samples that were due and not there: silence was returned in their place."""
        self.missed = 0
        """All of these so far."""

    def push(self, samples: Samples) -> None:
        late = min(self._owed, len(samples))
        self._owed -= late
        self._samples = np.concatenate((self._samples, samples[late:]))

    def take(self, count: int) -> Samples:
        """The next samples; silence in place of those that are not there."""
        taken, self._samples = self._samples[:count], self._samples[count:]
        if (missing := count - len(taken)) > 0:
            self._owed += missing
            self.missed += missing
            taken = np.concatenate((taken, np.zeros(missing, np.float32)))
        return taken


class Framed:
    """A function of frames of a fixed size, such as 10 ms, for blocks of another one.

    latency: samples by which the output is late, besides what the function itself delays.
    """

    def __init__(self, frame: int, block: int, process: Callable[[Samples], Samples]) -> None:
        self.latency = frame - gcd(frame, block)
        self._frame, self._process = frame, process
        self._input = np.zeros(0, np.float32)
        self._output = Aligned(self.latency)

    def process(self, block: Samples) -> Samples:
        samples = np.concatenate((self._input, block))
        begin = 0
        while begin + self._frame <= len(samples):
            self._output.push(self._process(samples[begin : begin + self._frame]))
            begin += self._frame
        self._input = samples[begin:]
        return self._output.take(len(block))
