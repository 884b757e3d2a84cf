"""A simulated microphone with a clock of its own, for measurements and for machines without sound."""

from typing import Final

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.signals import Signal
from steadyvoice.workers.live.sources import Transfer
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.playback.null_device import frames_of

_PERIOD: Final = 128
"""Frames that become readable at once."""
_BUFFER: Final = SINK_RATE // 2
"""Frames that are kept until they are read; older ones are lost."""


class NullMicrophone:
    """Frame i of its own clock is sample i of the signal."""

    has_own_clock, rate, channels, is_over = True, SINK_RATE, 1, False

    def __init__(self, name: str, ppm: int, signal: Signal) -> None:
        """ppm: how much faster than the monotonic clock it is."""
        self.name, self._ppm, self._signal = name, ppm, signal
        self.overflows = 0
        self._opened_ns = self._read = 0

    def open(self, index: int) -> None:
        self._opened_ns, self._read = 0, 0

    def poll(self, now_ns: int, due: int) -> Transfer:
        """``due`` is ignored. The clock starts with the first call."""
        self._opened_ns = self._opened_ns or now_ns
        there = frames_of(now_ns - self._opened_ns, self._ppm) // _PERIOD * _PERIOD
        if there - self._read > _BUFFER:
            self.overflows += 1
            self._read = there - _BUFFER
        start, self._read = self._read, there
        samples: Samples = self._signal(start, there - start)
        return Transfer(samples, now_ns)

    def close(self) -> None:
        """Nothing to release."""
