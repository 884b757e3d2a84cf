"""What the microphone captured, beside what the loudspeaker played at that time, 10 ms after 10 ms.

Both streams run on the sink's clock, so the distance between their sample numbers is constant while the device plays.
It is estimated from the clocks of both histories, by the least late of many looks: an estimate that jitters would move
the echo before the canceller.
"""

import math
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
_FIRST_LOOKS, _LOOKS = 10, 100
"""Estimates, one for each 10 ms, of which the least late ones count: the first time, and later."""
_SMALL: Final = SINK_RATE * 3 // 1000
"""An error of the distance, in samples, that is left as it is: the canceller has to adapt to another distance."""
_LARGE: Final = SINK_RATE * 40 // 1000
_JUMPS: Final = 3
"""So many errors of that size in a row: the device was opened again, or has played silence of its own."""
_SAMPLE_NS: Final = 1e9 / SINK_RATE


@dataclass(frozen=True)
class Hop:
    """10 ms at 48 kHz: [480] each."""

    near: Samples
    far: Samples
    """Zeros where nothing plays."""
    until_ns: int
    """When the last sample of ``near`` was captured, monotonic nanoseconds."""
    has_moved: bool
    """The far end's place may be another one than in the hop before: the echo comes sooner or later."""


class AlignedReader:
    def __init__(self, capture: SampleHistory, playback: SampleHistory) -> None:
        self._capture, self._playback = capture, playback
        self._at = capture.written
        """The next captured sample."""
        self._distance: int | None = None
        """Number of the far end's sample less that of the near end's; None: nothing plays."""
        self._has_moved = False
        self._capture_ns = self._playback_ns = math.inf
        """When sample 0 of each was captured or played, by the least late of the last looks at their clocks."""
        self._looks_left = self._jumps = 0
        """Looks until the distance is compared with these; large errors in a row."""
        self._is_first = True
        """The device plays since so few looks that none was compared."""
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
        origin_ns = captured_ns - written * _SAMPLE_NS
        until_ns = round(origin_ns + end * _SAMPLE_NS)
        self._look(origin_ns, until_ns)
        is_missing = self._distance is not None and end + self._distance > self._played
        if is_missing and now_ns < min(until_ns + LEAD_NS, self._lasts_until_ns):
            return None  # the output writes it before it is heard
        near = self._capture.read(self._at, SINK_HOP)
        samples = np.zeros(SINK_HOP, np.float32) if near is None else np.frombuffer(near, np.float32)
        hop = Hop(samples, self._far(), until_ns, self._has_moved)
        self._at, self._has_moved = end, False
        return hop

    def _look(self, capture_ns: float, until_ns: int) -> None:
        """Look at the playback's clock. capture_ns: when sample 0 was captured, by the other clock."""
        played, lasts_until_ns = self._playback.clock()
        if not played or lasts_until_ns + _IDLE_NS < until_ns:
            self._distance, self._played = None, played
            return
        playback_ns = lasts_until_ns - played * _SAMPLE_NS
        if self._distance is None:
            self._begin(capture_ns, playback_ns)
        elif played != self._played:
            self._compare(self._distance, capture_ns, playback_ns)
        self._played, self._lasts_until_ns = played, lasts_until_ns

    def _begin(self, capture_ns: float, playback_ns: float) -> None:
        self._began, self._has_moved = self._played, True
        self._capture_ns, self._playback_ns = capture_ns, playback_ns
        self._looks_left, self._jumps, self._is_first = _FIRST_LOOKS, 0, True
        self._distance = _distance(capture_ns, playback_ns)

    def _compare(self, distance: int, capture_ns: float, playback_ns: float) -> None:
        """Lateness of a process only delays what it says of its clock: the least late of some looks is the truth."""
        is_far = abs(_distance(capture_ns, playback_ns) - distance) > _LARGE
        self._jumps = self._jumps + 1 if is_far else 0
        if self._jumps == _JUMPS:
            self.realigned += 1
            self._begin(capture_ns, playback_ns)
        if self._jumps:
            return
        self._capture_ns = min(self._capture_ns, capture_ns)
        self._playback_ns = min(self._playback_ns, playback_ns)
        self._looks_left -= 1
        if self._looks_left:
            return
        wanted = _distance(self._capture_ns, self._playback_ns)
        if self._is_first or abs(wanted - distance) > _SMALL:
            self._distance, self._has_moved = wanted, True
            self.realigned += not self._is_first
        self._is_first, self._looks_left = False, _LOOKS
        self._capture_ns = self._playback_ns = math.inf

    def _far(self) -> Samples:
        far = np.zeros(SINK_HOP, np.float32)
        if self._distance is None:
            return far
        start = self._at + self._distance
        first, last = max(start, self._began, 0), min(start + SINK_HOP, self._played)
        if first < last and (samples := self._playback.read(first, last - first)) is not None:
            far[first - start : last - start] = np.frombuffer(samples, np.float32)
        return far


def _distance(capture_ns: float, playback_ns: float) -> int:
    """Of the far end's sample that is heard LEAD_NS after the near end's was captured, from when each began."""
    return round((capture_ns - playback_ns + LEAD_NS) / _SAMPLE_NS)
