"""The pace of a source with a clock of its own: a capture device."""

from typing import Final

import numpy as np

from steadyvoice.ipc.stage_protocol import LIVE_BLOCK, SINK_RATE
from steadyvoice.workers.live.clock import ClockController
from steadyvoice.workers.live.resampling import HELD, VariableResampler
from steadyvoice.workers.live.seams import Seams
from steadyvoice.workers.live.sources import SinkClock, Source, Transfer

_COPY_MARGIN: Final = LIVE_BLOCK // 4
"""Frames by which copying may leave the sink's clock; then the two clocks are known to differ."""
_STANDSTILL_NS: Final = 50_000_000
_AWAY_NS: Final = 500_000_000
"""A device that gives nothing for so long is silent: an idle sound server may need two seconds to start."""
_LEARNS_NS, _LEARNING_S = 1_000_000_000, 0.001
_EARLY_NS: Final = 700_000
"""A block is looked for up to so much before it is expected, not always by the same: otherwise all readings would be as
late as the first one."""
_GOLDEN: Final = 0.618034
_AGAIN_S, _MOST_AGAIN_S = 0.00015, 0.002
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
        self._is_silent = False
        """The source is lost or gives nothing, and silence is handed on."""
        self._arrived_ns = 0
        self._period, self._learns_until_ns = SINK_RATE, 0
        """Frames that arrive at once: the fewest of the first second."""
        self._expected_ns = 0
        """When the next block may be complete."""
        self._share, self._again_s = 0.0, _AGAIN_S

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
        if not self._arrived_ns or (self._is_silent and len(samples)):
            self._learns_until_ns = at_ns + _LEARNS_NS
        self._arrived_ns = at_ns if len(samples) else self._arrived_ns or now_ns
        if not len(samples):
            is_away = self._is_silent or now_ns - self._arrived_ns > _AWAY_NS
            return self.silence(now_ns) if is_away else Transfer(samples, at_ns)
        if at_ns < self._learns_until_ns:
            self._period = min(self._period, len(samples))
        heard = self._sink.position(at_ns)
        if self._is_still(heard, at_ns):
            self._seams.skip(self._resampler.process(samples, controller.ratio))
            return Transfer(samples[:0], at_ns)
        if self._is_silent:  # silence was handed on for what was captured meanwhile
            samples = samples[max(0, round(controller.error(heard)) + len(samples)) :]
            if not len(samples):
                return Transfer(samples, at_ns)
            self._is_silent = False
            self._seams.fade_in()
        if missing := controller.transferred(at_ns, len(samples), heard):
            self._seams.correct(missing)
        if self._resampler.copies and abs(controller.copied_ahead) > _COPY_MARGIN:
            self._resampler.begin()
            controller.apply()
        made = self._seams.push(self._resampler.process(samples, controller.ratio))
        held = 0 if self._resampler.copies else HELD
        return Transfer(made, controller.captured_ns(at_ns, heard) - held * 1_000_000_000 // SINK_RATE)

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
        if self._is_silent:
            return _SILENT_S
        if now_ns < self._learns_until_ns:
            return _LEARNING_S
        if begins:
            frames = -(-missing // self._period) * self._period
            self._share = (self._share + _GOLDEN) % 1
            self._expected_ns = self._arrived_ns + frames * 1_000_000_000 // SINK_RATE - int(_EARLY_NS * self._share)
            self._again_s = _AGAIN_S
        expected_s = (self._expected_ns - now_ns) / 1e9
        if expected_s > self._again_s:
            return expected_s
        again_s, self._again_s = self._again_s, min(2 * self._again_s, _MOST_AGAIN_S)
        return again_s
