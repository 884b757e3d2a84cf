"""What makes a source's samples keep the sink's pace: a source with a clock of its own, and one without."""

from typing import Final, Protocol

import numpy as np

from steadyvoice.ipc.stage_protocol import LIVE_BLOCK, SINK_RATE
from steadyvoice.workers.live.clock import STALL_NS, ClockController
from steadyvoice.workers.live.resampling import HELD, VariableResampler
from steadyvoice.workers.live.seams import Seams
from steadyvoice.workers.live.sources import SinkClock, Source, Transfer
from steadyvoice.workers.playback.fade import Samples

MAX_CATCH_UP: Final = 48 * LIVE_BLOCK
"""Frames of a source without a clock that are made up for, where this process did not run."""
_COPY_MARGIN: Final = LIVE_BLOCK // 4
"""Frames by which copying may leave the sink's clock; then the two clocks are known to differ."""
_STANDSTILL_NS: Final = 50_000_000
_EARLY_S: Final = 0.00025
"""A block is looked for so much before it is expected: otherwise all would stay as late as the first one was."""
_AGAIN_S: Final = 0.0005
_RECHECK_S: Final = 0.005
_NS: Final = 1_000_000_000


def _silence(frames: int) -> Samples:
    return np.zeros(frames, np.float32)


class Follower(Protocol):
    """The properties are those of ``live_input.InputStatus``."""

    @property
    def corrections(self) -> int: ...

    @property
    def ppm(self) -> float: ...

    @property
    def ppm_sd(self) -> float: ...

    @property
    def resampled(self) -> bool: ...

    def step(self, now_ns: int) -> Transfer:
        """The samples to hand on now, and when the last of them was captured. As ``Source.poll``."""
        ...

    def silence(self, now_ns: int) -> Transfer:
        """Instead of ``step`` while the source is lost."""
        ...

    def sleep_s(self, now_ns: int, missing: int) -> float:
        """Seconds until ``missing`` more frames, which complete a block, may be there."""
        ...


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
        """The source was lost, and nothing has come since."""
        self._arrived_ns = 0

    @property
    def corrections(self) -> int:
        return self._controller.corrections

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
        if not len(samples):
            return self.silence(now_ns) if self._is_silent else Transfer(samples, at_ns)
        self._arrived_ns = at_ns
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
        return Transfer(made, controller.captured_ns(at_ns, heard) - held * _NS // SINK_RATE)

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
        frames = min(missing // LIVE_BLOCK * LIVE_BLOCK, MAX_CATCH_UP)
        self._controller.insert(frames)
        return Transfer(_silence(frames), now_ns)

    def sleep_s(self, now_ns: int, missing: int) -> float:
        if self._is_silent:
            return _RECHECK_S
        return max(_AGAIN_S, missing / SINK_RATE - (now_ns - self._arrived_ns) / 1e9 - _EARLY_S)


class ClockedFollower:
    """Of a source that gives what is asked for: it is asked for whole blocks, once the sink's clock has passed them."""

    ppm = ppm_sd = 0.0
    resampled = False

    def __init__(self, source: Source, sink: SinkClock, zero: float, handed: int) -> None:
        """zero: the sink's position that belongs to frame 0. handed: frames that another process has handed on."""
        self._source, self._sink = source, sink
        self._zero, self._start, self._handed = zero, handed, handed
        self._short_since: int | None = None
        """Since when the source has had less than was asked for."""
        self._is_silent = False
        self.corrections = 0

    def step(self, now_ns: int) -> Transfer:
        wanted = self._due(now_ns)
        if not wanted:
            return Transfer(_silence(0), now_ns)
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
        return np.concatenate([samples, _silence(missing)])

    def silence(self, now_ns: int) -> Transfer:
        return self._passed(_silence(self._due(now_ns)), now_ns)

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
        return Transfer(samples, now_ns - int(max(0.0, ahead) * _NS / SINK_RATE))

    def sleep_s(self, now_ns: int, missing: int) -> float:
        due = self._sink.position(now_ns) - self._zero - self._handed
        return max(_AGAIN_S if self._short_since is None else _RECHECK_S, (missing - due) / SINK_RATE)
