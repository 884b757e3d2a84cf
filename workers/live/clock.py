"""The ratio between the clock of a capture device and the clock of the sink, from times that are never early.

Every reading of either clock is late by some jitter, and none is early: the least late reading of each second is close
to the truth. A second-order loop follows these, as in zita-ajbridge (its two low-passes, and an integrator), with one
step a second.
"""

import math
from collections import deque
from typing import Final

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.clock_loop import LeastLate, Loop, SinkDrift

WINDOW_NS: Final = 1_000_000_000
STALL_NS: Final = 100_000_000
"""Readings that are off by more than a block for so long are a stall, and not late."""
MAX_CATCH_UP: Final = 48 * LIVE_BLOCK
"""Frames that are made up for at once, half a second; those before are given up."""
_STEP: Final = 128
"""Frames by which two clocks of 1000 ppm cannot part within a second, whatever the ratio: some were lost or inserted.
"""


class ClockController:
    """The loop. Pure: the caller gives the times, monotonic nanoseconds, and carries out corrections.

    All counts are frames at 48 kHz.
    """

    def __init__(self, zero: float, handed: int = 0) -> None:
        """zero: the sink's position that belongs to frame 0. handed: frames that another process has handed on.

        Without those, the first second's least late frame tells how much later than ``zero`` frame 0 belongs.
        """
        self._is_applied = False
        self._handed, self._zero = float(handed), zero
        self._ignored = 0.0
        """Part of the error that the loop leaves alone: what copying has added, and frames lost or inserted."""
        self._copied_ahead = 0.0
        """Frames that copying has added to what the ratio asks for."""
        self.parted = 0.0
        """Frames by which the two clocks have parted while frames were copied; not those lost or inserted."""
        self._window_ns: int | None = None
        """When the present window began."""
        self._captured, self._sink = LeastLate(), LeastLate()
        self._sink_drift = SinkDrift()
        self._loop = Loop()
        self._has_zero = handed > 0
        self._last_whole: float | None = None
        """The least late error of the last second, what is ignored included; None: the next one is no step."""
        self._beyond_since: int | None = None
        self._beyond_least = -math.inf
        self._ppm: deque[float] = deque(maxlen=60)
        self.corrections = 0
        """Times that frames were dropped or padded."""
        self.slips = 0
        """Times that less than a block was lost or inserted by the device or the sink."""

    @property
    def ratio(self) -> float:
        """Frames at the sink's rate for one captured frame."""
        return self._loop.ratio

    @property
    def ppm(self) -> float:
        """How much faster the capture clock is than the sink's, on average over 60 s of the slow loop."""
        return sum(self._ppm) / len(self._ppm) if self._ppm else 0.0

    @property
    def ppm_sd(self) -> float:
        """Standard deviation of the loop's ratio over the same time."""
        mean = self.ppm
        return math.sqrt(sum((each - mean) ** 2 for each in self._ppm) / len(self._ppm)) if self._ppm else 0.0

    def apply(self) -> None:
        """From now on the caller resamples by ``ratio``; before, it copies."""
        self._is_applied = True

    def error(self, heard: float) -> float:
        """Frames handed on beyond what belongs to the sink's position ``heard``; below 0: too few."""
        return self._handed - (heard - self._zero)

    def captured_ns(self, now_ns: int, heard: float) -> int:
        """When the last frame handed on was captured, if ``now_ns`` and ``heard`` are of the last transfer."""
        if self._last_whole is None:
            return now_ns
        late = self._last_whole - self.error(heard)
        return now_ns - int(min(max(0.0, late), SINK_RATE / 10) * 1e9 / SINK_RATE)

    def insert(self, frames: int) -> None:
        """The caller has handed on so many frames that were not captured."""
        self._handed += frames

    def restart(self) -> None:
        """The source was opened again, or the sink's clock has stood still: the ratio is kept, the window is not."""
        self._window_ns = self._last_whole = self._beyond_since = None

    def transferred(self, now_ns: int, frames: int, heard: float) -> int:
        """``frames`` more were captured by ``now_ns``, when the sink's position was ``heard``.

        Return how many frames must be added (above 0) or dropped (below 0) at once: 0 as long as there is no stall.
        """
        ratio = self._loop.ratio
        self._handed += frames * ratio if self._is_applied else frames
        if not self._is_applied:
            self._ignored += frames * (1 - ratio)
            self._copied_ahead += frames * (1 - ratio)
        if self._window_ns is None:
            self._begin_window(now_ns)
        assert self._window_ns is not None
        error = self.error(heard)
        if self._has_zero and (missing := self._stalled(now_ns, error)):
            return self._correct(missing)
        seconds = (now_ns - self._window_ns) / 1e9
        expected = seconds * SINK_RATE * (1 + self._sink_drift.share)
        self._captured.add(now_ns, self._handed - self._ignored - expected, self._handed)
        self._sink.add(now_ns, heard - expected, heard)
        if now_ns - self._window_ns < WINDOW_NS:
            return 0
        error = self._captured.best - self._sink.best + self._zero
        self._sink_drift.learn(self._sink)
        self._begin_window(now_ns)
        return self._step(error)

    def _begin_window(self, now_ns: int) -> None:
        self._window_ns = now_ns
        self._captured, self._sink = LeastLate(), LeastLate()

    def _stalled(self, now_ns: int, error: float) -> int:
        """Frames that are missing, where all readings of STALL_NS were off to the same side."""
        side = 0 if abs(error) <= LIVE_BLOCK else math.copysign(1, error)
        if not side or side * self._beyond_least < 0:
            self._beyond_since, self._beyond_least = None, -math.inf
        if not side:
            return 0
        self._beyond_least = max(self._beyond_least, error)
        if self._beyond_since is None:
            self._beyond_since = now_ns
        return -round(self._beyond_least) if now_ns - self._beyond_since >= STALL_NS else 0

    def catch_up(self, missing: int) -> int:
        """How many of so many frames are to be made up for; the others are given up, for ever."""
        frames = min(missing, MAX_CATCH_UP)
        self._zero += missing - frames
        return frames

    def _correct(self, missing: int) -> int:
        missing = self.catch_up(missing)
        self._handed += missing
        self._ignored = self._copied_ahead = self.parted = 0.0
        self._loop.settle()
        self.corrections += 1
        self.restart()
        return missing

    def _step(self, error: float) -> int:
        """A window has ended."""
        if not self._has_zero:
            self._has_zero = True
            if error > LIVE_BLOCK:  # more than was captured since the source was opened: old frames
                return self._correct(-round(error))
            self._zero -= error
            error = 0.0
        whole = error + self._ignored
        if self._last_whole is None:
            step = error - (self.parted - self._copied_ahead)
        else:
            step = whole - self._last_whole
            step = step if abs(step) > _STEP else 0.0
            self.slips += step != 0
        self._ignored += step
        error -= step
        self._last_whole = whole
        self.parted = self._copied_ahead + error
        self._loop.step(error)
        if self._loop.has_slowed:
            self._ppm.clear()
        self._ppm.append((1 / self._loop.ratio - 1) * 1e6)
        return 0
