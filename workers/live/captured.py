"""The pace of a source with a clock of its own: a capture device."""

from typing import Final

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.clock import ClockController
from steadyvoice.workers.live.polling import Polling
from steadyvoice.workers.live.resampling import HELD, VariableResampler
from steadyvoice.workers.live.seams import Seams
from steadyvoice.workers.live.sources import SinkClock, Source, Transfer

_COPY_MARGIN: Final = LIVE_BLOCK // 4
"""Frames by which copying may leave the sink's clock; then the two clocks are known to differ."""
_STANDSTILL_NS: Final = 50_000_000
_AWAY_NS: Final = 500_000_000
"""A device that gives nothing for so long is silent: an idle sound server may need two seconds to start."""
_SILENT_S: Final = 0.005
"""Time between two looks for a lost source's samples."""


class CaptureFollower:
    """Of a capture device: copied until the two clocks are known to differ, then resampled."""

    def __init__(self, source: Source, sink: SinkClock, zero: float, handed: int) -> None:
        """As ``ClockController``."""
        self._source, self._sink = source, sink
        self._controller = ClockController(zero, handed)
        self._resampler = VariableResampler()
        self._seams = Seams()
        self._heard, self._moved_ns = zero, 0
        """The sink's position, and when it was last seen to move."""
        self._stands_still = False
        self._first = 0 if handed else LIVE_BLOCK
        """Frames of the very first block to come, which has the sink's device opened."""
        self._is_silent = False
        """The source is lost or gives nothing, and silence is handed on."""
        self._polling = Polling()

    @property
    def corrections(self) -> int:
        return self._controller.corrections

    @property
    def slips(self) -> int:
        return self._controller.slips

    @property
    def ppm(self) -> float:
        return self._controller.ppm

    @property
    def ppm_sd(self) -> float:
        return self._controller.ppm_sd

    @property
    def resampled(self) -> bool:
        return not self._resampler.copies

    def step(self, now_ns: int) -> Transfer:
        controller = self._controller
        samples, at_ns = self._source.poll(now_ns, 0)
        if not self._polling.arrived_ns or (self._is_silent and len(samples)):
            self._polling.opened(at_ns)
        if not len(samples):
            is_away = self._is_silent or now_ns - self._polling.arrived_ns > _AWAY_NS
            return self.silence(now_ns) if is_away else Transfer(samples, at_ns)
        self._polling.arrived(at_ns, len(samples))
        heard = self._sink.position(at_ns)
        if self._is_still(heard, at_ns):
            first, self._first = samples[: self._first], max(0, self._first - len(samples))
            self._seams.skip(self._resampler.process(samples[len(first) :], controller.ratio))
            return Transfer(first, at_ns)
        if self._is_silent:  # silence was handed on for what was captured meanwhile
            samples = samples[max(0, round(controller.error(heard)) + len(samples)) :]
            if not len(samples):
                return Transfer(samples, at_ns)
            self._is_silent = False
            self._seams.fade_in()
        self._first = 0
        if missing := controller.transferred(at_ns, len(samples), heard):
            self._seams.correct(missing)
        if self._resampler.copies and abs(controller.parted) > _COPY_MARGIN:
            self._resampler.begin()
            controller.apply()
        self._polling.captured_ns = captured_ns = controller.captured_ns(at_ns, heard)
        made = self._seams.push(self._resampler.process(samples, controller.ratio))
        held = 0 if self._resampler.copies else HELD
        return Transfer(made, captured_ns - held * 1_000_000_000 // SINK_RATE)

    def _is_still(self, heard: float, now_ns: int) -> bool:
        """The sink plays nothing: its device is lost. What is captured meanwhile is dropped."""
        if heard != self._heard:
            self._heard, self._moved_ns = heard, now_ns
            if self._stands_still:
                self._stands_still = False
                self._controller.restart()
        elif now_ns - self._moved_ns > _STANDSTILL_NS:
            self._stands_still = True
        return self._stands_still

    def silence(self, now_ns: int) -> Transfer:
        if not self._is_silent:
            self._is_silent = True
            self._controller.restart()
        missing = max(0, -int(self._controller.error(self._sink.position(now_ns))))
        frames = self._controller.catch_up(missing // LIVE_BLOCK * LIVE_BLOCK)
        self._controller.insert(frames)
        return Transfer(np.zeros(frames, np.float32), now_ns)

    def sleep_s(self, now_ns: int, missing: int, *, begins: bool) -> float:
        return _SILENT_S if self._is_silent else self._polling.sleep_s(now_ns, missing, begins=begins)
