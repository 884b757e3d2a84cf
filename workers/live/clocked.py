"""The pace of a source that gives what is asked for: a signal, a file, a named pipe."""

from typing import Final

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.clock import MAX_CATCH_UP, STALL_NS
from steadyvoice.workers.live.sources import SinkClock, Source, Transfer
from steadyvoice.workers.playback.fade import Samples

_AGAIN_S: Final = 0.0005
_SHORT_S: Final = 0.005
"""Time between two looks for samples that a pipe's writer owes."""


class ClockedFollower:
    """Of a source that gives what is asked for: it is asked for whole blocks, once the sink's clock has passed them."""

    ppm = ppm_sd = 0.0
    slips, resampled = 0, False

    def __init__(self, source: Source, sink: SinkClock, zero: float, handed: int) -> None:
        """zero: the sink's position that belongs to frame 0. handed: frames that another process has handed on.

        The very first block is there at once: the clock of a sound device runs only while it has something to play.
        """
        self._source, self._sink = source, sink
        self._zero, self._start, self._handed = zero if handed else zero - LIVE_BLOCK, handed, handed
        self._short_since: int | None = None
        """Since when the source has had less than was asked for."""
        self._is_silent = False
        self.corrections = 0

    def step(self, now_ns: int) -> Transfer:
        wanted = self._due(now_ns)
        if not wanted:
            return Transfer(np.zeros(0, np.float32), now_ns)
        samples, _ = self._source.poll(now_ns, wanted)
        if not self._source.is_over:
            samples = self._filled(samples, wanted, now_ns)
        return self._passed(samples, now_ns)

    def _filled(self, samples: Samples, wanted: int, now_ns: int) -> Samples:
        """With silence for what has not come for STALL_NS, or goes on not to come."""
        missing = wanted - len(samples)
        if not missing:
            self._short_since, self._is_silent = None, False
            return samples
        if self._short_since is None or (len(samples) and self._is_silent):
            self._short_since, self._is_silent = now_ns, False
        if now_ns - self._short_since < STALL_NS:
            return samples
        self.corrections += not self._is_silent
        if len(samples):
            self._short_since = None
        else:
            self._is_silent = True
        return np.concatenate([samples, np.zeros(missing, np.float32)])

    def silence(self, now_ns: int) -> Transfer:
        return self._passed(np.zeros(self._due(now_ns), np.float32), now_ns)

    def _due(self, now_ns: int) -> int:
        """Frames that complete the blocks that the sink's clock has passed."""
        due = int(self._sink.position(now_ns) - self._zero) - self._handed
        if due > MAX_CATCH_UP:
            self._zero += due - MAX_CATCH_UP
            self.corrections += 1
            due = MAX_CATCH_UP
        return max(0, due - (self._handed - self._start + due) % LIVE_BLOCK)

    def _passed(self, samples: Samples, now_ns: int) -> Transfer:
        """The samples as they are handed on."""
        self._handed += len(samples)
        ahead = self._sink.position(now_ns) - self._zero - self._handed
        return Transfer(samples, now_ns - int(max(0.0, ahead) * 1e9 / SINK_RATE))

    def sleep_s(self, now_ns: int, missing: int, *, begins: bool) -> float:
        due = self._sink.position(now_ns) - self._zero - self._handed
        return max(_AGAIN_S if self._short_since is None else _SHORT_S, (missing - due) / SINK_RATE)
