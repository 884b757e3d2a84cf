"""When the stages had finished an utterance's first and last block, and its underruns."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

_GAPS: Final = 64


class Timings:
    def __init__(self, origin_ns: int) -> None:
        """origin_ns: time of the request, on the monotonic clock."""
        self._origin_ns = origin_ns
        self.milliseconds: dict[str, float] = {}
        """Since the request: ``first_audio``; when each stage had finished its first and last block (``STAGE.first``,
        ``STAGE.last``), and had begun them (``STAGE.first_began``, ``STAGE.last_began``); ``device.first``."""
        self.admitted_ns = 0
        """When it left the queue, the last time; monotonic nanoseconds, as all that follow. 0: it waits."""
        self.first_ns = 0
        """When the sink received the first sample."""
        self.ends: dict[str, list[int]] = {}
        """Times of the ``first`` and ``last`` block (slot.TIMES)."""
        self.gaps: deque[tuple[int, int, str]] = deque(maxlen=_GAPS)
        """The last underruns: since when, until when, and the stage to blame."""
        self.underruns = 0
        self.worst_late_ms: dict[str, float] = {}
        """By stage."""

    @property
    def has_started(self) -> bool:
        """The sink has received the first sample."""
        return "first_audio" in self.milliseconds

    def add(self, point: str, stages: Sequence[str], times: Sequence[int], now: int) -> bool:
        """Record when each stage worked on its first or last block.

        point: ``first`` or ``last``. stages: names along the path. times: two per stage (slot.TIMES).
        False if the first block was recorded already,
        because its segment was generated again.
        """
        if point == "first" and self.has_started:
            return False
        if point == "first":
            self.first_ns = now
            self.milliseconds["first_audio"] = self._since_request(now)
        self.ends[point] = list(times)
        for name, began, finished in zip(stages, times[::2], times[1::2], strict=False):
            if finished:
                self.milliseconds[f"{name}.{point}_began"] = self._since_request(began)
                self.milliseconds[f"{name}.{point}"] = self._since_request(finished)
        return True

    def add_device(self, ns: int) -> None:
        """The device plays the first sample at this time."""
        self.milliseconds["device.first"] = self._since_request(ns)

    def add_underrun(self, stage: str, late_ms: float) -> None:
        """The late block has just come."""
        now = time.monotonic_ns()
        self.gaps.append((now - int(late_ms * 1e6), now, stage))
        self.underruns += 1
        self.worst_late_ms[stage] = max(self.worst_late_ms.get(stage, 0.0), late_ms)

    def _since_request(self, ns: int) -> float:
        return round((ns - self._origin_ns) / 1e6, 3)
