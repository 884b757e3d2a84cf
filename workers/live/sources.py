"""Where live sound comes from: the interface of sources, and signals that are computed."""

from typing import NamedTuple, Protocol

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.signals import Signal
from steadyvoice.workers.playback.fade import Samples


class SinkClock(Protocol):
    """The clock of what plays live sound; ``ipc.sample_history.SampleHistory`` is one."""

    def position(self, now_ns: int) -> float:
        """Samples that were played at that time, monotonic nanoseconds."""
        ...


class MonotonicClock:
    """For a sink without a device."""

    def position(self, now_ns: int) -> float:
        return now_ns * SINK_RATE / 1e9


class Transfer(NamedTuple):
    """What a source gave at once."""

    samples: Samples
    at_ns: int
    """When the transfer was complete, monotonic nanoseconds: the last sample was captured then or before."""


class Source(Protocol):
    """Mono float32 at 48 kHz. A source with a clock of its own is a capture device; others give what is asked for."""

    @property
    def has_own_clock(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def rate(self) -> int:
        """Hertz, of the source itself."""
        ...

    @property
    def channels(self) -> int: ...

    @property
    def overflows(self) -> int:
        """Times that captured frames were lost, as far as the device knows."""
        ...

    @property
    def is_over(self) -> bool:
        """Nothing more will come."""
        ...

    def open(self, index: int) -> None:
        """index: samples that were handed on before, by a process that this one replaces; else 0.

        NoDevice: there is no such device now. UnusableSource: the file cannot be read.
        """
        ...

    def poll(self, now_ns: int, due: int) -> Transfer:
        """All samples that are there, possibly none; without a clock of its own, ``due`` of them at most. Never waits.

        now_ns: monotonic nanoseconds.
        NoDevice: the device was lost; open it again. UnusableSource.
        """
        ...

    def close(self) -> None: ...


class SignalSource:
    """A signal, by the sink's clock."""

    has_own_clock, rate, channels, overflows, is_over = False, SINK_RATE, 1, 0, False

    def __init__(self, name: str, signal: Signal) -> None:
        self.name, self._signal = name, signal
        self._index = 0

    def open(self, index: int) -> None:
        self._index = index

    def poll(self, now_ns: int, due: int) -> Transfer:
        start, self._index = self._index, self._index + due
        return Transfer(self._signal(start, due), now_ns)

    def close(self) -> None:
        """Nothing to release."""
