"""What the microphone captured, beside what the loudspeaker played at that time, 10 ms after 10 ms.

Both streams run on the sink's clock, so the distance between their sample numbers is constant while the device plays.
It is estimated from the clocks of both histories, whose jitter would else move the echo before the canceller.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from steadyvoice.ipc.sample_history import SAMPLES, SampleHistory
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.listening.decimator import SINK_HOP, Samples

LEAD_NS: Final = 15_000_000
"""The far end is what is heard so much later than the near end was captured: an error of the clocks, up to this much,
leaves it before its echo, as does latency that a device does not report. More would have to be waited for, since the
output gives samples to the device 10 to 16 ms before they are heard; and where the microphone itself is played live, it
must be played later than this, with a round trip from 25 ms on, or the canceller takes the user for an echo."""
MAX_BEHIND: Final = SAMPLES // 2
"""Samples that the reader may be late, half of what a history holds."""
_KEPT_BEHIND: Final = SINK_RATE // 10
"""Samples that it reads again after it was later."""
_IDLE_NS: Final = 50_000_000
"""The device is closed, or does not play, so long after it should have played the last sample."""
_SMALL: Final = SINK_RATE * 8 // 1000
"""An error of the distance, in samples, that is left as it is: the canceller adapts slowly to another one."""
_LARGE: Final = SINK_RATE * 40 // 1000
_JUMPS: Final = 3
"""So many errors of that size in a row are corrected: the device was opened again, or has played silence of its own."""
_SMOOTHING: Final = 0.02
"""Of the error, for each 10 ms: half a second."""


@dataclass(frozen=True)
class Hop:
    """10 ms at 48 kHz: [480] each."""

    near: Samples
    far: Samples
    """Zeros where nothing plays."""
    until_ns: int
    """When the last sample of ``near`` was captured, monotonic nanoseconds."""


class AlignedReader:
    def __init__(self, capture: SampleHistory, playback: SampleHistory) -> None:
        self._capture, self._playback = capture, playback
        self._at = capture.written
        """The next captured sample."""
        self._distance: int | None = None
        """Number of the far end's sample less that of the near end's; None: nothing plays."""
        self._error = 0.0
        """Of the distance, smoothed."""
        self._jumps = 0
        """Large errors in a row."""
        self._began = self._played = playback.written
        """First sample that the device got since it plays; number of samples that it had got at the last look."""
        self._lasts_until_ns = 0
        """When these are played."""
        self.lost = 0
        """Captured samples that were not read in time."""
        self.realigned = 0
        """Corrections of the distance while the device played."""

    def next(self, now_ns: int = 0) -> Hop | None:
        """The next 10 ms; None where they are not complete yet. now_ns: monotonic; 0: at present."""
        written, captured_ns = self._capture.clock()
        if written - self._at > MAX_BEHIND:
            self.lost += written - _KEPT_BEHIND - self._at
            self._at = written - _KEPT_BEHIND
        end = self._at + SINK_HOP
        if written < end:
            return None
        now_ns = now_ns or time.monotonic_ns()
        until_ns = captured_ns - (written - end) * 1_000_000_000 // SINK_RATE
        self._align(end, until_ns)
        is_missing = self._distance is not None and end + self._distance > self._played
        if is_missing and now_ns < min(until_ns + LEAD_NS, self._lasts_until_ns):
            return None  # the output writes it before it is heard
        near = self._capture.read(self._at, SINK_HOP)
        far = self._far()
        self._at = end
        samples = np.zeros(SINK_HOP, np.float32) if near is None else np.frombuffer(near, np.float32)
        return Hop(samples, far, until_ns)

    def _align(self, end: int, until_ns: int) -> None:
        """The captured samples up to ``end`` were captured until then."""
        played, lasts_until_ns = self._playback.clock()
        if not played or lasts_until_ns + _IDLE_NS < until_ns:
            self._distance, self._played = None, played
            return
        heard = played - round((lasts_until_ns - until_ns - LEAD_NS) * SINK_RATE / 1e9)
        distance = heard - end
        if self._distance is None:
            self._began, self._distance, self._error, self._jumps = self._played, distance, 0.0, 0
        elif played != self._played:
            self._correct(distance - self._distance)
        self._played, self._lasts_until_ns = played, lasts_until_ns

    def _correct(self, error: int) -> None:
        assert self._distance is not None
        self._error += (error - self._error) * _SMOOTHING
        self._jumps = self._jumps + 1 if abs(error) > _LARGE else 0
        if self._jumps == _JUMPS:
            self._began = self._played
            self._error = error
        elif self._jumps or abs(self._error) <= _SMALL:
            return
        self._distance += round(self._error)
        self._error, self._jumps = 0.0, 0
        self.realigned += 1

    def _far(self) -> Samples:
        far = np.zeros(SINK_HOP, np.float32)
        if self._distance is None:
            return far
        start = self._at + self._distance
        first, last = max(start, self._began, 0), min(start + SINK_HOP, self._played)
        if first < last and (samples := self._playback.read(first, last - first)) is not None:
            far[first - start : last - start] = np.frombuffer(samples, np.float32)
        return far
